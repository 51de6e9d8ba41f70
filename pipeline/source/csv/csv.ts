/**
 * A CSV file as a source: understood first, then read row by row; bad rows are refused one by one,
 * and reading goes on where it stopped.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import type { Dataset } from "../../datasets/dataset.ts";
import { messageOf, TickhouseError } from "../../errors.ts";
import { fileCursor, originOf } from "../origin.ts";
import type { Conclusion, FilePreview } from "../preview.ts";
import type { Source, SourceBatch } from "../source.ts";
import { lastLines, previewRow } from "./preview.ts";
import { Chunk } from "./chunk.ts";
import { UNKNOWN_FORMAT } from "./columns.ts";
import { CsvLines, type Place } from "./lines.ts";
import { KnownIds, type RowsSeen } from "./known_ids.ts";
import { type CsvOptions, howHash, howOf } from "./options.ts";
import { Pace } from "./pace.ts";
import { linesOf, type Records, recordsOf, SPAN_LINES_MAX } from "./records.ts";
import { type Note, RowWriter } from "./rows.ts";
import { type FileState, parseState } from "./state.ts";
import { firstOf, turned } from "./ties.ts";
import { TimeReader } from "./times.ts";
import { TradeIds } from "./trade_id.ts";
import { understand, type Understanding } from "./understand.ts";

const NEWLINE = 10;
const CHUNK_ROWS = 20_000;
/** Lines that a preview reads at each end, and rows that it shows of them. */
const PREVIEW_LINES = 200;
const PREVIEW_ROWS = 5;
/** Dividends and splits that are shown; more are counted. */
const EVENTS_SHOWN = 5;

/**
 * Opens the file and understands it; `onNotice` is told what was concluded. Throws
 * `FILE_UNREADABLE`, `CSV_EMPTY`, `CSV_NOT_TEXT`, `CSV_PACKED`, `CSV_DAMAGED`, `CSV_UNCERTAIN`,
 * `CSV_COLUMNS_MISSING`, `CSV_COLUMNS_AMBIGUOUS`, `OPTION_INVALID`.
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
  const size = await sizeOf(options.path);
  const path = await Deno.realPath(options.path);
  const understanding = await understand(options);
  for (const { what, says } of understanding.conclusions) options.onNotice?.(`${what}: ${says}`);
  return new CsvSource(path, size, options, understanding, await originOf(path));
}

/** A file whose text is, up to some place, what was read before. */
interface Unchanged {
  readonly before: FileState;
  readonly hash: Hash;
  /** Whether nothing stands behind that place. */
  readonly whole: boolean;
}

/** A CSV file. Made by `csvSource`. */
export class CsvSource implements Source {
  readonly name: string;
  readonly dataset: Dataset;
  readonly conclusions: readonly Conclusion[];
  readonly #path: string;
  readonly #size: number;
  readonly #options: CsvOptions;
  readonly #what: Understanding;
  readonly #origin: string;

  /** @ignore */
  constructor(
    path: string,
    size: number,
    options: CsvOptions,
    what: Understanding,
    origin: string,
  ) {
    this.name = fileCursor(path);
    this.dataset = what.dataset;
    this.conclusions = what.conclusions;
    this.#path = path;
    this.#size = size;
    this.#options = options;
    this.#what = what;
    this.#origin = origin;
  }

  /** What was concluded of the file, and its first and last rows; nothing is stored. */
  async preview(): Promise<FilePreview> {
    const { form, separator, start, conclusions } = this.#what;
    await using lines = new CsvLines(this.#path, form);
    const at = await skipTo(lines, createHash("sha256"), start);
    const writers = this.#writers();
    const first: string[] = [];
    const refused: { at: string; reason: string }[] = [];
    const take = ({ cells, firstLine }: Records, before: number, into: string[]) => {
      for (const [i, row] of cells.entries()) {
        const line = before + (firstLine[i] ?? 0) + 1;
        const refuse = (reason: string) => {
          // Of the last lines it is not known which they are.
          if (before === at.line) refused.push({ at: `line ${line}`, reason });
        };
        if (typeof row === "string") {
          refuse(row);
          continue;
        }
        for (const writer of writers) {
          if (writers.length > 1 && writer.isBlank(row)) continue;
          const json = writer.write(row, line);
          if (typeof json === "string") into.push(json);
          else refuse(json.reason);
        }
      }
    };
    const window = await lines.peek(PREVIEW_LINES + SPAN_LINES_MAX);
    take(this.#kept(recordsOf(window, PREVIEW_LINES, separator)), at.line, first);
    const last: string[] = [];
    if (!window.last || window.ends.length > PREVIEW_LINES) {
      const tail = await lastLines(this.#path, form, PREVIEW_LINES);
      if (tail) take(this.#kept(recordsOf(tail, PREVIEW_LINES, separator)), Infinity, last);
    }
    const shown = (rows: readonly string[]) => rows.map((row) => previewRow(this.dataset, row));
    return {
      dataset: this.dataset.name,
      conclusions,
      first: shown(first.slice(0, PREVIEW_ROWS)),
      last: shown(last.slice(-PREVIEW_ROWS)),
      refused: refused.slice(0, PREVIEW_ROWS),
    };
  }

  async *read(state: string | undefined, signal: AbortSignal): AsyncGenerator<SourceBatch> {
    const before = this.#before(state);
    if (before === undefined) {
      yield* this.#readFrom(undefined, signal);
      return;
    }
    const unchanged = await this.#unchanged(before);
    if (unchanged) {
      yield* this.#readFrom(unchanged.before, signal, new TradeIds(), unchanged);
      return;
    }
    this.#notice(
      before.accepted === 0
        ? "the file changed since it was read; nothing of it had been accepted"
        : `the file changed since ${before.line} lines of it were read: it is read again from its ` +
          "start; what it no longer has stays until `deno task withdraw` takes it back",
    );
    yield* this.#readFrom(undefined, signal);
  }

  /** The options, and what was concluded that changes values: a file that grows may say otherwise. */
  #how(): string {
    const { dataset, interval, numbers: { decimal }, times: { numbers }, zone } = this.#what;
    const as = [dataset.name, interval, decimal === "," && "decimal commas", numbers, zone?.name]
      .concat(this.#formatSource(), this.#what.idForm?.byVenue && "ids by venue");
    const named = as.filter(Boolean).join(" ");
    return `${howOf(this.#options)}, as ${named}`;
  }

  /** The source of the rows, where a format gives it. */
  #formatSource(): string | undefined {
    const source = this.#what.layouts[0]?.constants.get("source");
    const told = this.#options.set?.["source"] !== undefined;
    return told || source === UNKNOWN_FORMAT ? undefined : source;
  }

  #notice(text: string): void {
    this.#options.onNotice?.(text);
  }

  /** The state to go on from; undefined to begin. Throws `CSV_READ_OTHERWISE`. */
  #before(state: string | undefined): FileState | undefined {
    const { again = false } = this.#options;
    const before = state === undefined || again ? undefined : parseState(state);
    const how = this.#how();
    if (before === undefined || before.how === howHash(how)) return before;
    if (before.accepted === 0) return undefined;
    throw new TickhouseError(
      "CSV_READ_OTHERWISE",
      `${before.accepted} records of it were read with ${before.options}, now it is ${how}`,
      {
        field: "file",
        value: this.#path,
        fix: "read it again by --again; take back what it brought before by `deno task withdraw`",
      },
    );
  }

  /** The state and the hash at its place, if the text up to there is what was read. */
  async #unchanged(before: FileState): Promise<Unchanged | undefined> {
    await using lines = new CsvLines(this.#path, this.#what.form);
    const hash = createHash("sha256");
    await skipTo(lines, hash, before);
    if (hash.copy().digest("hex") !== before.sha256) return undefined;
    // A last line that was read without its line break may have got one, but nothing else.
    const { bytes, last } = await lines.peek(1);
    const lineEnd = /^\r?\n/.exec(new TextDecoder().decode(bytes.subarray(0, 2)))?.[0] ?? "";
    const { endsInLine } = before;
    const whole = bytes.length === 0 && last;
    if (!endsInLine || whole) return { before, hash, whole };
    hash.update(lineEnd);
    const byte = before.byte + lineEnd.length;
    return lineEnd === "" ? undefined : { before: { ...before, byte }, hash, whole };
  }

  #writers(ids = new TradeIds()): RowWriter[] {
    const { layouts, numbers, times, zone, ofDays, interval, format, idForm, packed, newestFirst } =
      this.#what;
    const reader = new TimeReader({ times, zone, ofDays });
    return layouts.map((layout) => {
      const constants = new Map([...layout.constants, ["origin", this.#origin]]);
      return new RowWriter({
        ...{
          layout: { ...layout, constants },
          numbers,
          times: reader,
          interval,
          ofDays,
          ids,
          packed,
        },
        asItIs: times.pattern !== undefined,
        known: idForm && new KnownIds(idForm, layout.cells.has("action"), newestFirst),
        correctsItself: format?.columns?.["trade_id"] === null,
        values: format?.values,
      });
    });
  }

  async *#readFrom(
    before: FileState | undefined,
    signal: AbortSignal,
    ids = new TradeIds(),
    unchanged?: Unchanged,
  ): AsyncGenerator<SourceBatch> {
    const { pace = "flat", chunkRows = CHUNK_ROWS, clock, sleep } = this.#options;
    const { form, separator, layouts, idForm } = this.#what;
    const replay = pace === "flat" ? undefined : new Pace(pace.speed, clock, sleep);
    const writers = this.#writers(ids);
    // Trades are named by those before them: their files are read from the start, if they grew.
    const named = idForm !== undefined || layouts.some(({ madeId }) => madeId);
    const going = unchanged && before && (unchanged.whole || !named)
      ? { hash: unchanged.hash, at: before }
      : undefined;
    await using lines = new CsvLines(this.#path, form, going?.at.byte);
    const hash = going?.hash ?? createHash("sha256");
    let accepted = before?.accepted ?? 0;
    let at: Place = going?.at ?? await skipTo(lines, hash, this.#what.start);
    while (!signal.aborted) {
      const window = await lines.peek(chunkRows + SPAN_LINES_MAX);
      if (window.ends.length === 0) break;
      // What was read before ends with a chunk.
      const left = (before?.byte ?? 0) - at.byte;
      const old = left > 0;
      const count = old
        ? Math.min(chunkRows, window.ends.filter((end) => end <= left).length)
        : Math.min(chunkRows, window.ends.length);
      const { records, order } = this.#recordsOf(
        recordsOf(window, count, separator),
        old || window.last,
      );
      const chunk = new Chunk(records, writers, at.line, order);
      const lastLine = records.nextLine.at(-1) ?? count;
      // Blank lines behind the last record belong to the chunk.
      const endLine = order && !window.last ? lastLine : Math.max(lastLine, count);
      let [seen, taken] = [0, 0];
      while (!signal.aborted) {
        const { done, waitForUs } = chunk.take(replay);
        if (ids.disordered) {
          // Names need all trades before them: from the start again, to here without a word.
          const here = { line: at.line + taken, byte: at.byte + seen };
          const known = this.#state(here, hash, accepted, false);
          yield* this.#readFrom(old ? before : known, signal, new TradeIds(true));
          return;
        }
        const line = done ? endLine : chunk.line;
        const byte = window.ends[line - 1] ?? 0;
        const place = { line: at.line + line, byte: at.byte + byte };
        hash.update(window.bytes.subarray(seen, byte));
        [seen, taken] = [byte, line];
        const batch = chunk.batch((from, to) => linesOf(window, from, to));
        // What was read before only names its trades.
        if (!old && (batch || done)) {
          accepted += (batch?.records ?? []).reduce((sum, { values }) => sum + values.length, 0);
          yield {
            records: batch?.records ?? [],
            refused: batch?.refused ?? [],
            state: JSON.stringify(
              this.#state(place, hash, accepted, window.bytes[byte - 1] !== NEWLINE),
            ),
            progress: done && window.last && line === window.ends.length
              ? 1
              : Math.min(lines.bytesRead / this.#size, 1),
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
    if (before && at.byte === before.byte) {
      this.#notice(`nothing new: all ${before.line} lines of it were read before`);
    }
    for (const notice of noticesOf(writers)) this.#notice(notice);
  }

  #state(
    { line, byte }: Place,
    hash: Hash,
    accepted: number,
    endsInLine: boolean,
  ): FileState {
    const options = this.#how();
    const sha256 = hash.copy().digest("hex");
    return { line, byte, endsInLine, sha256, how: howHash(options), options, accepted };
  }

  #kept(records: Records): Records {
    const footer = this.#what.format?.footer;
    return footer ? withoutFooter(records, footer) : records;
  }

  /** The records to take, and in which order. */
  #recordsOf(records: Records, last: boolean): { records: Records; order?: Uint32Array } {
    const { newestFirst, layouts: [layout], dataset } = this.#what;
    const kept = this.#kept(records);
    if (!newestFirst || dataset.name !== "ticks") return { records: kept };
    const time = layout?.cells.get(dataset.eventTime) ?? -1;
    const { order, whole } = turned(kept, time);
    // A group that goes on beyond the window is taken with the next, unless it is all there is.
    if (last || whole === 0) return { records: kept, order };
    return { records: firstOf(kept, whole), order: order.subarray(0, whole) };
  }
}

/** Moves on to the place, whose text goes into the hash. */
async function skipTo(lines: CsvLines, hash: Hash, to: Place): Promise<Place> {
  let [line, byte] = [0, 0];
  while (byte < to.byte) {
    // No more lines than needed: what lies behind may be damaged.
    const { bytes, ends } = await lines.peek(Math.min(CHUNK_ROWS, Math.max(1, to.line - line)));
    if (ends.length === 0) break;
    const part = bytes.subarray(0, to.byte - byte);
    hash.update(part);
    lines.consume(part.length);
    line += ends.length;
    byte += part.length;
  }
  return { line: to.line, byte: to.byte };
}

/** A note of the vendor's at the end is no row. */
function withoutFooter({ cells, firstLine, nextLine }: Records, footer: RegExp): Records {
  const keep = cells.map((row) => typeof row === "string" || !footer.test(row[0] ?? ""));
  const kept = <T>(values: readonly T[]) => values.filter((_, i) => keep[i]);
  return { cells: kept(cells), firstLine: kept(firstLine), nextLine: kept(nextLine) };
}

function noticesOf(writers: readonly RowWriter[]): string[] {
  const notices: string[] = [];
  const add = (notes: (writer: RowWriter) => ReadonlyMap<string, Note>, what: string) => {
    for (const writer of writers) {
      for (const [column, { count, first }] of notes(writer)) {
        const values = count === 1 ? "1 value" : `${count} values`;
        notices.push(`${column}: ${values} ${what}, first on ${first}`);
      }
    }
  };
  add(({ rounded }) => rounded, "rounded");
  add(({ emptied }) => emptied, "that can't be read or held: null");
  const { count = 0, first = "" } = writers[0]?.finer ?? {};
  if (count > 0) {
    notices.push(`${count} times were cut to microseconds, first ${JSON.stringify(first)}`);
  }
  notices.push(...writers.flatMap(({ known }) => known ? idNotices(known) : []));
  const repeated = writers.reduce((sum, writer) => sum + writer.repeated, 0);
  if (repeated > 0) {
    notices.push(
      `${repeated} rows have the time of the row before: of each time the last one counts`,
    );
  }
  const unusual = writers.flatMap((writer) => writer.unusual());
  if (unusual.length > 0) {
    const more = unusual.length > 3 ? ` and ${unusual.length - 3} more symbols` : "";
    notices.push(
      `${unusual.slice(0, 3).join(", ")}${more}: no bar is as far from the one before as the ` +
        "interval says; `deno task withdraw` takes them back if they are of another length",
    );
  }
  const events = writers.flatMap((writer) => writer.events);
  if (events.length > 0) {
    const more = events.length > EVENTS_SHOWN ? ` and ${events.length - EVENTS_SHOWN} more` : "";
    notices.push(
      `dividends and splits beside the prices, for models/seeds/ref_corporate_actions.csv: ` +
        events.slice(0, EVENTS_SHOWN).join("; ") + more,
    );
  }
  return notices;
}

/** What is to be known of the ids. */
function idNotices({ versions, earlier, unmatched, forgetful }: KnownIds): string[] {
  const told = ({ count, line }: RowsSeen, one: string, many: string, says: string) =>
    count === 0
      ? []
      : [`trade_id: ${count} ${count === 1 ? one : many} ${says}, first on line ${line}`];
  const ofAnother = ["cancel or correction", "cancels or corrections"] as const;
  return [
    ...told(versions, "row", "rows", "with the id of a trade before: later versions by sequence"),
    ...told(earlier, ...ofAnother, "for the trade of an earlier day that has the number"),
    ...told(unmatched, ...ofAnother, "for a trade that does not stand before it in the file"),
    ...forgetful ? ["trade_id: ids were compared with those of some million rows before"] : [],
  ];
}

async function sizeOf(path: string): Promise<number> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (isFile) return size;
  } catch (cause) {
    const missing = cause instanceof Deno.errors.NotFound;
    throw unreadable(path, missing ? "there is no such file" : messageOf(cause), cause);
  }
  throw unreadable(path, "it is not a file");
}

function unreadable(path: string, what: string, cause?: unknown): TickhouseError {
  return new TickhouseError("FILE_UNREADABLE", what, {
    field: "file",
    value: path,
    fix: "name a CSV file, plain or packed, that can be read",
    cause,
  });
}
