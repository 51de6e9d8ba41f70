/** What a file would bring, before it is read. @module */
import { TickhouseError } from "../errors.ts";
import { type Block, drawn } from "../notebook/drawn.ts";
import type { FilePreview, FileRow } from "../source/preview.ts";
import type { Source } from "../source/source.ts";

/** What a feed would store; it draws itself. Throws `OPTION_INVALID` for a feed that can't say. */
export async function previewFile(source: Source): Promise<FilePreview> {
  if (!source.preview) {
    throw new TickhouseError("OPTION_INVALID", "this feed has no preview", {
      field: "preview",
      value: source.name,
      fix: "leave it out; files have one",
    });
  }
  const preview = await source.preview();
  return drawn(preview, () => blocksOf(preview));
}

function blocksOf({ dataset, conclusions, first, last, refused }: FilePreview): Block[] {
  const rows = (title: string, shown: readonly FileRow[]): Block[] => {
    const head = Object.keys(shown[0] ?? {});
    if (shown.length === 0) return [];
    return [title, { head, rows: shown.map((row) => head.map((name) => row[name] ?? "")) }];
  };
  return [
    ...conclusions.map(({ what, says }) => `${what.padEnd(13)}${says}`),
    ...rows(`first rows, as ${dataset} would have them`, first),
    ...rows("last rows", last),
    ...refused.map(({ at, reason }) => `refused      ${at}: ${reason}`),
    "nothing was stored: this is a preview",
  ];
}
