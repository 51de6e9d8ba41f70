/**
 * A CSV file as a source: header mapped to a dataset, bad rows refused one by one, resumable.
 * @module
 */
import type { ErrorCode } from "../../error_codes.ts";
import type { Dataset } from "../../datasets/dataset.ts";
import { TickhouseError } from "../../errors.ts";
import { Chunk } from "./chunk.ts";
import { type Layout, layoutOf, noticesOf } from "./header.ts";
import { CsvLines, type FileIdentity, identify, type Place } from "./lines.ts";
import { Pace, type Sleep } from "./pace.ts";
import { linesOf, recordsOf, SPAN_LINES_MAX } from "./records.ts";
import { RowWriter } from "./rows.ts";
import type { DateOrder } from "./time.ts";
import type { Source, SourceBatch } from "../source.ts";

/** Options of `csvSource`. */
export interface CsvOptions {
  /** The file: plain or gzip, told by its content. */
  readonly path: string;
  /** Default: the dataset that the header fits. */
  readonly dataset?: Dataset;
  /** Those that it can be. Default: all that are declared. */
  readonly datasets?: readonly Dataset[];
  /** Values of columns that the file does not have, such as `{symbol: "AAPL"}`. Default: none. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** As fast as it goes, or in event time, `speed` times as fast as it happened. Default: "flat". */
  readonly pace?: "flat" | { readonly speed: number };
  /** Lines a batch, at the most. Default: 20,000. */
  readonly chunkRows?: number;
  /** Between cells. Default: ",". */
  readonly separator?: string;
  /** Order of day and month in days such as 03/04/2024. Default: such days are refused. */
  readonly dateOrder?: DateOrder;
  /** Told, once, what the reader should know but need not fix. Default: nobody is told. */
  readonly onNotice?: (notice: string) => void;
  /** Milliseconds, for the pace. Default: `performance.now`. */
  readonly clock?: () => number;
  /** For the pace. Default: std's `delay`. */
  readonly sleep?: Sleep;
}

const CHUNK_ROWS_MAX = 1_000_000;
const HEADER_LINES_MAX = 32;
const BOM = [0xef, 0xbb, 0xbf];

/**
 * Opens the file and finds out what its columns mean. Throws `FILE_UNREADABLE`, `CSV_EMPTY`,
 * `CSV_NOT_TEXT`, `CSV_DAMAGED`, `CSV_COLUMNS_MISSING`, `CSV_COLUMNS_AMBIGUOUS`, `OPTION_INVALID`.
 *
 * ```ts
 * import { csvSource } from "./csv.ts";
 * const source = await csvSource({ path: "data/index_daily_sample.csv" });
 * let rows = 0;
 * for await (const batch of source.read(undefined, new AbortController().signal)) {
 *   for (const { values } of batch.records) rows += values.length;
 * }
 * if (rows !== 500) throw new Error(`${source.dataset.name}: ${rows} rows`);
 * ```
 */
export async function csvSource(options: CsvOptions): Promise<CsvSource> {
  checkOptions(options);
  const identity = await identify(options.path);
  const { header, start } = await readHeader(options.path, options.separator ?? ",");
  const layout = layoutOf(
    header,
    options.defaults,
    options.dataset ? [options.dataset] : options.datasets,
  );
  for (const notice of noticesOf(layout)) options.onNotice?.(notice);
  return new CsvSource(await Deno.realPath(options.path), options, identity, layout, start);
}

/** A CSV file. Made by `csvSource`. */
export class CsvSource implements Source {
  readonly name: string;
  readonly dataset: Dataset;
  /** Which cell feeds which column. */
  readonly layout: Layout;
  readonly #path: string;
  readonly #options: CsvOptions;
  readonly #identity: FileIdentity;
  readonly #start: Place;

  /** @ignore */
  constructor(
    path: string,
    options: CsvOptions,
    identity: FileIdentity,
    layout: Layout,
    start: Place,
  ) {
    this.name = `csv:${layout.dataset.name}:${path}`;
    this.dataset = layout.dataset;
    this.layout = layout;
    this.#path = path;
    this.#options = options;
    this.#identity = identity;
    this.#start = start;
  }

  async *read(state: string | undefined, signal: AbortSignal): AsyncGenerator<SourceBatch> {
    const { pace = "flat", chunkRows = 20_000, separator = ",", clock, sleep } = this.#options;
    const replay = pace === "flat" ? undefined : new Pace(pace.speed, clock, sleep);
    let at = state === undefined ? this.#start : this.#resume(state);
    await using lines = await CsvLines.open(this.#path, at.byte);
    const idPrefix = this.#identity.sha256.slice(0, 12);
    const writer = new RowWriter(this.layout, idPrefix, this.#options.dateOrder);
    while (!signal.aborted) {
      const window = await lines.peek(chunkRows + SPAN_LINES_MAX);
      if (window.ends.length === 0) break;
      const records = recordsOf(window, chunkRows, separator);
      const chunk = new Chunk(records, writer, at.line);
      const lastLine = records.nextLine.at(-1) ?? Math.min(chunkRows, window.ends.length);
      // Blank lines behind the last record belong to the chunk.
      const endLine = Math.max(lastLine, Math.min(chunkRows, window.ends.length));
      while (!signal.aborted) {
        const { done, waitForUs } = chunk.take(replay);
        const line = done ? endLine : chunk.line;
        const byte = window.ends[line - 1] ?? 0;
        const place = { line: at.line + line, byte: at.byte + byte };
        const batch = chunk.batch((from, to) => linesOf(window, from, to));
        const ended = done && window.last && line === window.ends.length;
        if (batch || done) {
          yield {
            records: batch?.records ?? [],
            refused: batch?.refused ?? [],
            state: JSON.stringify({ file: this.#identity, ...place }),
            progress: ended ? 1 : Math.min(lines.bytesRead / this.#identity.size, 1),
          };
        }
        if (done) {
          at = place;
          lines.consume(byte);
          break;
        }
        await replay?.wait(waitForUs, signal);
      }
    }
    for (const notice of this.#roundings(writer)) this.#options.onNotice?.(notice);
  }

  #roundings({ rounded }: RowWriter): string[] {
    return this.dataset.columns.flatMap(({ name, type }) => {
      const count = rounded.get(name);
      const scale = type.kind === "decimal" ? type.scale : 0;
      return count ? [`${name}: ${count} values were rounded to ${scale} decimals`] : [];
    });
  }

  #resume(state: string): Place {
    const { sha256, size, line, byte } = parseState(state);
    if (sha256 === this.#identity.sha256 && size === this.#identity.size) return { line, byte };
    throw new TickhouseError("CSV_CHANGED", `${line} lines of it were read, then it changed`, {
      field: "file",
      value: this.#path,
      fix: "restore the file, or give the new content a name of its own to read it from the start",
    });
  }
}

/** The header's cells, and the place behind it. */
async function readHeader(path: string, separator: string) {
  await using lines = await CsvLines.open(path);
  let window = await lines.peek(HEADER_LINES_MAX);
  const bom = BOM.every((byte, i) => window.bytes[i] === byte) ? BOM.length : 0;
  lines.consume(bom);
  window = await lines.peek(HEADER_LINES_MAX);
  const { cells: [header, row], nextLine: [line = 0] } = recordsOf(
    window,
    window.ends.length,
    separator,
  );
  if (typeof header === "string") {
    throw fileError(
      "CSV_NOT_TEXT",
      `its header can't be read: ${header}`,
      path,
      "save it as CSV in UTF-8",
    );
  }
  if (header === undefined || (row === undefined && window.last)) {
    const what = header ? "it holds a header and no rows" : "it is empty";
    throw fileError("CSV_EMPTY", what, path, "name a file with a header and rows");
  }
  const start: Place = { line, byte: bom + (window.ends[line - 1] ?? 0) };
  return { header: header.map((name) => name.trim()), start };
}

function parseState(state: string): FileIdentity & Place {
  try {
    const { file: { sha256, size }, line, byte } = JSON.parse(state);
    if (typeof sha256 === "string" && [size, line, byte].every(Number.isSafeInteger)) {
      return { sha256, size, line, byte };
    }
  } catch (cause) {
    throw stateError(state, cause);
  }
  throw stateError(state);
}

function stateError(state: string, cause?: unknown): TickhouseError {
  return new TickhouseError("CSV_STATE_INVALID", "this is no state of a CSV source", {
    field: "state",
    value: state,
    fix: "begin from the start, under a new name",
    cause,
  });
}

function fileError(code: ErrorCode, what: string, path: string, fix: string): TickhouseError {
  return new TickhouseError(code, what, { field: "file", value: path, fix });
}

function checkOptions({ pace = "flat", chunkRows = 1, separator = "," }: CsvOptions): void {
  const refuse = (field: string, value: unknown, fix: string) => {
    throw new TickhouseError("OPTION_INVALID", "not a value for this option", {
      field,
      value,
      fix,
    });
  };
  if (!Number.isInteger(chunkRows) || chunkRows < 1 || chunkRows > CHUNK_ROWS_MAX) {
    refuse("chunkRows", chunkRows, `give a whole number from 1 to ${CHUNK_ROWS_MAX}`);
  }
  if (pace !== "flat" && !(pace.speed > 0 && pace.speed < Infinity)) {
    refuse("speed", pace.speed, "give a number above 0, or ask for the flat pace");
  }
  if (separator.length !== 1 || /["\r\n]/.test(separator)) {
    refuse("separator", separator, "give one character, such as ;");
  }
}
