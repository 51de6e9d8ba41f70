/** The rows of a file as they would be stored, and its last lines. @module */
import { type Dataset, wireName } from "../../datasets/dataset.ts";
import { parseNumerals } from "../../datasets/digits.ts";
import type { FileRow } from "../preview.ts";
import { CsvLines, type Window } from "./lines.ts";
import type { TextForm } from "./text.ts";

const TAIL_BYTES = 1 << 17;
/** A larger packed file is not read to its end for a preview. Bytes, packed. */
const PACKED_BYTES_MAX = 16 << 20;

/** The message as its row would be stored. */
export function previewRow(dataset: Dataset, json: string): FileRow {
  const message = parseNumerals(json) as Record<string, unknown>;
  return Object.fromEntries(
    dataset.columns.filter((c) => wireName(c) in message).map((column) => {
      const value = message[wireName(column)];
      if (value === null || value === undefined) return [column.name, null];
      if (column.type.kind !== "timestamp") return [column.name, String(value)];
      const ms = column.type.wireUnit === "s" ? Number(value) * 1000 : Number(value) / 1000;
      const iso = new Date(Math.floor(ms)).toISOString();
      return [column.name, iso.replace("T00:00:00.000Z", "").replace(".000Z", "Z")];
    }),
  );
}

/** The last lines of a file; undefined where they can't be had quickly. */
export async function lastLines(
  path: string,
  form: TextForm,
  count: number,
): Promise<Window | undefined> {
  const { size } = await Deno.stat(path);
  const direct = form.packing === "plain" && form.encoding === "utf-8";
  if (!direct && size > PACKED_BYTES_MAX) return undefined;
  const start = direct ? Math.max(0, size - TAIL_BYTES) : 0;
  await using lines = new CsvLines(path, form, start);
  // The first line of a tail is a part of one.
  if (start > 0) lines.consume((await lines.peek(1)).ends[0] ?? 0);
  for (;;) {
    const window = await lines.peek(2 * count);
    if (window.last) return lastOf(window, count);
    lines.consume(window.ends[count - 1] ?? 0);
  }
}

function lastOf({ bytes, ends, last }: Window, count: number): Window {
  const first = Math.max(0, ends.length - count);
  const from = ends[first - 1] ?? 0;
  return { bytes: bytes.subarray(from), ends: ends.slice(first).map((end) => end - from), last };
}
