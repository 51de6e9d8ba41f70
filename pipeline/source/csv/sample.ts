/** The first rows of a file: what separates cells, where the header is, and what stands before it. @module */
import { TickhouseError } from "../../errors.ts";
import { isKnownName, normalName } from "./columns.ts";
import { CsvLines, type Place } from "./lines.ts";
import { type Cells, recordsOf } from "./records.ts";
import type { TextForm } from "./text.ts";

/** Lines that are looked at before a file is read. */
export const SAMPLE_LINES = 2_000;
const SEPARATORS = [",", ";", "\t", "|"];
const SEPARATOR_LINES = 40;
const BOM = [0xef, 0xbb, 0xbf];

/** What is told of a file's rows. */
export interface SampleTold {
  readonly separator?: string | undefined;
  /** Lines to pass over before the header, or before the first row where there is none. */
  readonly skip?: number | undefined;
  /** False: the file has none. Default: it is seen. */
  readonly header?: boolean | undefined;
}

/** The first rows. */
export interface Sample {
  readonly separator: string;
  /** Lines before the header, as they stand. */
  readonly preamble: readonly string[];
  /** Undefined where the first row holds values. */
  readonly header: readonly string[] | undefined;
  /** Behind the header. */
  readonly rows: readonly (readonly string[])[];
  /** Where the row of that index begins; the first lies behind the header. */
  readonly startOf: (row: number) => Place;
}

/** Reads the first rows. Throws `CSV_EMPTY` and `CSV_NOT_TEXT`. */
export async function sampleOf(
  path: string,
  form: TextForm,
  told: SampleTold,
): Promise<Sample> {
  await using lines = new CsvLines(path, form);
  let window = await lines.peek(1);
  const bom = BOM.every((byte, i) => window.bytes[i] === byte) ? BOM.length : 0;
  lines.consume(bom);
  window = await lines.peek(SAMPLE_LINES);
  if (window.ends.length === 0) throw fileError("CSV_EMPTY", "it is empty", path);
  const text = new TextDecoder().decode(window.bytes);
  const declared = /^"?sep=(.)"?\r?\n/i.exec(text)?.[1];
  const separator = told.separator ?? declared ?? separatorOf(text);
  const { cells, firstLine, nextLine } = recordsOf(window, window.ends.length, separator);
  const first = told.skip ?? (declared === undefined ? 0 : 1);
  const from = firstLine.findIndex((line) => line >= first);
  const at = from < 0 ? -1 : told.skip === undefined ? firstTableRow(cells, from) : from;
  const top = cells[at];
  if (top === undefined) throw fileError("CSV_EMPTY", "it holds no rows", path);
  if (typeof top === "string") {
    throw fileError("CSV_NOT_TEXT", `its header can't be read: ${top}`, path);
  }
  const named = told.header ?? !holdsValues(top);
  const end = named ? at + 1 : at;
  const rows = cells.slice(end).filter((row): row is readonly string[] => typeof row === "object");
  if (rows.length === 0 && window.last && cells.length === end) {
    throw fileError("CSV_EMPTY", "it holds a header and no rows", path);
  }
  const startOf = (row: number): Place => {
    const line = named && row === 0 ? nextLine[at] ?? 0 : firstLine[end + row] ?? 0;
    return { line, byte: bom + (window.ends[line - 1] ?? 0) };
  };
  return {
    separator,
    preamble: text.split("\n").slice(0, firstLine[at]).map((one) => one.trim()),
    header: named ? top.map((name) => name.trim()) : undefined,
    rows,
    startOf,
  };
}

/** The one by which most lines have as many cells as most others; more cells if several do. */
function separatorOf(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "").slice(0, SEPARATOR_LINES);
  const scored = SEPARATORS.map((separator) => {
    const counts = lines.map((line) => unquoted(line).split(separator).length);
    const modal = commonest(counts);
    const share = counts.filter((count) => count === modal).length / Math.max(1, counts.length);
    return { separator, modal, share };
  }).filter(({ modal }) => modal > 1);
  scored.sort((a, b) => Math.round((b.share - a.share) * 5) || b.modal - a.modal);
  return scored[0]?.separator ?? ",";
}

function unquoted(line: string): string {
  return line.replaceAll(/"(?:[^"]|"")*"/g, "");
}

function commonest(counts: readonly number[]): number {
  const by = new Map<number, number>();
  for (const count of counts) by.set(count, (by.get(count) ?? 0) + 1);
  return [...by].sort(([a, n], [b, m]) => m - n || b - a)[0]?.[0] ?? 0;
}

/** The first row with as many cells as most have: what stands before it is no part of the table. */
function firstTableRow(cells: readonly Cells[], from: number): number {
  const modal = commonest(
    cells.slice(from).map((row) => typeof row === "string" ? 0 : row.length).filter(Boolean),
  );
  const at = cells.findIndex((row, i) =>
    i >= from && (typeof row === "string" || row.length === modal)
  );
  // A header of more or fewer names than the rows have cells is one all the same.
  const named = cells.findIndex((row, i) =>
    i >= from && i < at && typeof row === "object" && row.length > 1 &&
    row.filter(isKnownName).length > 1
  );
  return named >= 0 ? named : at < 0 ? from : at;
}

/** Whether a row is one of values: at least half of its cells are numbers or times, none a known name. */
function holdsValues(cells: readonly string[]): boolean {
  if (cells.some((cell) => normalName(cell) !== "" && isKnownName(cell))) return false;
  const filled = cells.filter((cell) => cell.trim() !== "");
  const values = filled.filter((cell) =>
    /^[$€£+-]?\d[\d.,: T/+Z-]*%?$/.test(cell.trim()) || /^(true|false)$/i.test(cell.trim())
  );
  return filled.length > 0 && values.length * 2 >= filled.length;
}

function fileError(code: "CSV_EMPTY" | "CSV_NOT_TEXT", what: string, path: string) {
  const fix = code === "CSV_EMPTY"
    ? "name a file with a header and rows"
    : "save it as CSV in UTF-8, or name its --encoding or --separator";
  return new TickhouseError(code, what, { field: "file", value: path, fix });
}
