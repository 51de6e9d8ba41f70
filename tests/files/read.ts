/** A file as it would be stored, for the tests. */
import { previewRow } from "tickhouse/source/csv/preview.ts";
import { csvSource } from "tickhouse/source/csv/csv.ts";
import type { FileAnswers } from "tickhouse/source/answers.ts";

/** What came of a file. */
export interface FileRead {
  readonly dataset: string;
  /** Text by column; the event time as `time` too. */
  readonly rows: readonly Record<string, string | null>[];
  readonly refused: readonly { readonly at: string; readonly reason: string }[];
  readonly notices: readonly string[];
}

/** Reads a file to its end, in the order of the log. */
export async function readFile(path: string, told: FileAnswers = {}): Promise<FileRead> {
  const notices: string[] = [];
  const source = await csvSource({ ...told, path, onNotice: (text) => notices.push(text) });
  const rows: Record<string, string | null>[] = [];
  const refused: { at: string; reason: string }[] = [];
  for await (const batch of source.read(undefined, new AbortController().signal)) {
    for (const { values } of batch.records) {
      for (let i = 0; i < values.length; i++) {
        const row = previewRow(source.dataset, new TextDecoder().decode(values.at(i)));
        rows.push({ ...row, time: row[source.dataset.eventTime] ?? null });
      }
    }
    refused.push(...batch.refused.map(({ at, reason }) => ({ at, reason })));
  }
  return { dataset: source.dataset.name, rows, refused, notices };
}
