/** The records in a window of lines: which lines each one covers, and its cells. @module */
import { parse } from "@std/csv";
import type { Window } from "./lines.ts";

/** Lines that a quoted field may span; what runs on is a broken quote. */
export const SPAN_LINES_MAX = 16;

/** The cells of a record, or what is wrong with it. */
export type Cells = readonly string[] | string;

/** Records in file order; record `i` covers the lines [firstLine[i], nextLine[i]) of the window. */
export interface Records {
  readonly cells: readonly Cells[];
  readonly firstLine: readonly number[];
  readonly nextLine: readonly number[];
}

/** The records that begin in the first `lines` lines of the window. */
export function recordsOf(window: Window, lines: number, separator: string): Records {
  const count = Math.min(lines, window.ends.length);
  const text = decode(window.bytes.subarray(0, window.ends[count - 1] ?? 0));
  if (text === undefined) return oneByOne(window, count, separator);
  const rows = text.split("\n");
  const firstLine: number[] = [];
  for (let i = 0; i < count; i++) {
    if (rows[i] !== "" && rows[i] !== "\r") firstLine.push(i);
  }
  const cells = cellsOf(text, rows, firstLine, separator);
  if (!cells) return oneByOne(window, count, separator);
  return { cells, firstLine, nextLine: firstLine.map((i) => i + 1) };
}

/** The cells of each line that is not blank; undefined unless each of these is one good record. */
function cellsOf(
  text: string,
  rows: readonly string[],
  firstLine: readonly number[],
  separator: string,
): Cells[] | undefined {
  // Without a quote the separator is all there is to CSV, and split is four times as fast.
  if (!text.includes('"')) {
    return firstLine.map((i) => {
      const row = rows[i] as string;
      return (row.endsWith("\r") ? row.slice(0, -1) : row).split(separator);
    });
  }
  try {
    const cells = parse(text, { separator });
    // A record that spans lines leaves fewer records than lines.
    return cells.length === firstLine.length ? cells : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The bytes of line `from` up to and without line `to`, copied. */
export function linesOf(window: Window, from: number, to: number): Uint8Array<ArrayBuffer> {
  return window.bytes.slice(window.ends[from - 1] ?? 0, window.ends[to - 1]);
}

function oneByOne(window: Window, count: number, separator: string): Records {
  const cells: Cells[] = [];
  const firstLine: number[] = [];
  const nextLine: number[] = [];
  for (let line = 0; line < count;) {
    const record = recordAt(window, line, separator);
    if (record) {
      cells.push(record.cells);
      firstLine.push(line);
      nextLine.push(record.next);
    }
    line = record?.next ?? line + 1;
  }
  return { cells, firstLine, nextLine };
}

/** The record that begins at the line; undefined for a blank line. */
function recordAt(window: Window, line: number, separator: string) {
  const cells = parseLines(window, line, line + 1, separator);
  if (cells === undefined) return undefined;
  if (cells === OPEN_QUOTE) {
    const last = Math.min(line + SPAN_LINES_MAX, window.ends.length);
    for (let next = line + 2; next <= last; next++) {
      const spanning = parseLines(window, line, next, separator);
      if (typeof spanning === "object") return { cells: spanning, next };
    }
  }
  return { cells, next: line + 1 };
}

const NOT_UTF8 = "the line is not UTF-8";
const OPEN_QUOTE = "a quote is opened and not closed";
const STRAY_QUOTE = "a quote stands inside a field";

function parseLines(
  window: Window,
  from: number,
  to: number,
  separator: string,
): Cells | undefined {
  const text = decode(window.bytes.subarray(window.ends[from - 1] ?? 0, window.ends[to - 1]));
  if (text === undefined) return NOT_UTF8;
  try {
    const rows = parse(text, { separator });
    return rows.length > 1 ? OPEN_QUOTE : rows[0];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // An even number of quotes that does not parse can't be fixed by more lines.
    const open = text.split('"').length % 2 === 0 && !error.message.includes("bare");
    return open ? OPEN_QUOTE : STRAY_QUOTE;
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text; undefined if it is not UTF-8. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
