/**
 * Turns batches of message bytes into rows inside DuckDB: decoding, typing and validating are
 * vectorised there, and what fails comes out with its offset.
 * @module
 */
import { countOf, offsetAt, Packed, type RecordBatch, runAt } from "../batch.ts";
import type { Codec } from "../codec/codec.ts";
import { type Dataset, MESSAGE_BYTES_MAX } from "../datasets/dataset.ts";
import { certainty, malformedLines, tableColumns, typedLines, validity } from "./lines.ts";
import { literal } from "../sql/names.ts";
import { messageOf } from "../errors.ts";
import { exactLine, explain } from "../datasets/zod.ts";
import type { SqlSession } from "../sql/session.ts";
import type { DeadLetter } from "../sink/sink.ts";
import { triesOf } from "../sink/dead_letters.ts";
import { discard, type Spool } from "./spool.ts";

/** Batches spooled for DuckDB; the files go when disposed. */
export interface Spooled extends Disposable {
  /** Query for the valid rows: the system columns, then the dataset's. */
  readonly rows: string;
  /** Number of records in the batches. */
  readonly count: number;
}

/** A message that was found to be no record. */
const NULL_LINE = new TextEncoder().encode("null");

/** What a read found of lines, by index. */
interface Judgement {
  /** Lines that are no row. */
  readonly bad: number[];
  /** Lines whose numbers must be read by themselves to be exact. */
  readonly unsure: number[];
}

/** Decodes the batches of one dataset. */
export class Decoder {
  readonly #dataset: Dataset;
  readonly #codec: Codec;
  readonly #spool: Spool;

  constructor(dataset: Dataset, codec: Codec, spool: Spool) {
    this.#dataset = dataset;
    this.#codec = codec;
    this.#spool = spool;
  }

  /**
   * Spools batches of one topic, for rows stamped with `ingestTimeUs` (microseconds since 1970). If the query
   * for rows yields as many as `count`, every record is valid, exact, and has the right offset. If it
   * does not, or fails, records are bad or in doubt: start again with `separate`. Undefined if that
   * can be seen by looking at them.
   */
  async spool(
    batches: readonly RecordBatch[],
    ingestTimeUs: number,
  ): Promise<Spooled | undefined> {
    const parts: RecordBatch[] = [];
    for (const batch of batches) {
      const { lines } = await this.#codec.toLines(batch.values, this.#dataset);
      if (unreadable(lines).length > 0) return undefined;
      parts.push({ ...batch, values: lines });
    }
    const sure = `${validity(this.#dataset)} AND ${certainty(this.#dataset)}`;
    return this.#spoolLines(parts, ingestTimeUs, sure, true);
  }

  /** As `spool`, for what `separate` gives: its lines are exact. */
  spoolSeparated(batches: readonly RecordBatch[], ingestTimeUs: number): Spooled {
    return this.#spoolLines(batches, ingestTimeUs, validity(this.#dataset), false);
  }

  #spoolLines(
    batches: readonly RecordBatch[],
    ingestTimeUs: number,
    good: string,
    quick: boolean,
  ): Spooled {
    // One file, one read: planning a read costs more than reading a live batch.
    const path = this.#spool.write(batches.map((batch) => batch.values.bytes), "ndjson");
    return {
      rows: this.#rowsOf(batches, typedLines(this.#dataset, path, quick), ingestTimeUs, good),
      count: batches.reduce((sum, batch) => sum + countOf(batch), 0),
      [Symbol.dispose]: () => discard(path),
    };
  }

  /**
   * Finds the bad records of a batch, and returns them with the batch as lines of which exactly the
   * others are valid. Each line is judged alone: it never matters what is beside it.
   */
  async separate(
    session: SqlSession,
    batch: RecordBatch,
  ): Promise<{ batch: RecordBatch; dead: DeadLetter[] }> {
    const { lines, failures } = await this.#codec.toLines(batch.values, this.#dataset);
    const readable = withLines(lines, new Map(unreadable(lines).map(asNull)));
    const reasons = new Map(failures);
    const found = await this.#judgeAll(session, readable, reasons);
    const bad = new Set(found.bad);
    const exact = new Map<number, string>();
    for (const index of found.unsure) {
      const line = exactLine(this.#dataset, new TextDecoder().decode(readable.at(index)));
      if (line === undefined) bad.add(index);
      else exact.set(index, line);
    }
    const indices = [...exact.keys()];
    const again = await this.#judgeAll(session, Packed.from([...exact.values()]), new Map());
    for (const index of again.bad) bad.add(indices[index] ?? 0);
    const dead = [...bad].sort((a, b) => a - b).map((index) =>
      this.#deadLetter(batch, index, reasons.get(index) ?? explain(this.#dataset, lines.at(index)))
    );
    const replaced = new Map<number, string | Uint8Array>([...exact, ...[...bad].map(asNull)]);
    return { batch: { ...batch, values: withLines(readable, replaced) }, dead };
  }

  /** Judges the lines; adds to `reasons` why those are bad that are no lines of JSON. */
  async #judgeAll(
    session: SqlSession,
    lines: Packed,
    reasons: Map<number, string>,
  ): Promise<Judgement> {
    const judged = await this.#judge(session, lines);
    if (judged) return judged;
    const malformed = await this.#malformed(session, lines, reasons);
    const well = withLines(lines, new Map(malformed.map(asNull)));
    return await this.#judgeApart(session, well, 0, well.length);
  }

  /** As `judge`; what fails together is halved until it stands alone. */
  async #judgeApart(
    session: SqlSession,
    lines: Packed,
    from: number,
    to: number,
  ): Promise<Judgement> {
    const judged = await this.#judge(session, lines.slice(from, to));
    if (judged) {
      const place = (index: number) => from + index;
      return { bad: judged.bad.map(place), unsure: judged.unsure.map(place) };
    }
    if (to - from === 1) return { bad: [from], unsure: [] };
    const middle = from + Math.floor((to - from) / 2);
    const left = await this.#judgeApart(session, lines, from, middle);
    const right = await this.#judgeApart(session, lines, middle, to);
    return { bad: [...left.bad, ...right.bad], unsure: [...left.unsure, ...right.unsure] };
  }

  /** Judges lines that are JSON objects or `null`; undefined if some are something else. */
  async #judge(session: SqlSession, lines: Packed): Promise<Judgement | undefined> {
    if (lines.length === 0) return { bad: [], unsure: [] };
    const path = this.#spool.write([lines.bytes], "ndjson");
    try {
      const { rows } = await session.query(
        `SELECT _row, coalesce(_valid, false), coalesce(_sure, false) FROM
         (SELECT *, ${validity(this.#dataset)} AS _valid, ${certainty(this.#dataset)} AS _sure
           FROM (${typedLines(this.#dataset, path)}))
         WHERE _row >= ${lines.length} OR NOT coalesce(_valid AND _sure, false) ORDER BY _row`,
      );
      if (Number(rows.at(-1)?.[0]) !== lines.length) return undefined;
      const indices = (wanted: (row: readonly unknown[]) => boolean) =>
        rows.filter(wanted).map(([row]) => Number(row) - 1);
      return {
        bad: indices(([, valid]) => !valid),
        unsure: indices(([, valid, sure]) => Boolean(valid) && !sure),
      };
    } catch (error) {
      if (isBadInput(error)) return undefined;
      throw error;
    } finally {
      discard(path);
    }
  }

  /** Indices of the lines that are no JSON object, with which DuckDB would read no other. */
  async #malformed(
    session: SqlSession,
    lines: Packed,
    reasons: Map<number, string>,
  ): Promise<number[]> {
    const quoted = Array.from({ length: lines.length }, (_, i) => quotedLine(lines.at(i)));
    const path = this.#spool.write([Packed.from(quoted).bytes], "ndjson");
    try {
      const { rows } = await session.query(malformedLines(this.#dataset, path));
      return rows.map(([row, twice]) => {
        const index = Number(row) - 1;
        if (twice) reasons.set(index, "the message has a field twice");
        return index;
      });
    } finally {
      discard(path);
    }
  }

  #rowsOf(
    batches: readonly RecordBatch[],
    lines: string,
    ingestTimeUs: number,
    good: string,
  ): string {
    const topic = literal(batches[0]?.topic ?? "");
    const { offset, join } = offsetsOfRows(batches);
    return `SELECT ${topic} AS _topic, (${partitionOfRow(batches)})::INTEGER AS _partition,
        (${offset})::BIGINT AS _offset,
      make_timestamp(${ingestTimeUs}) AS _ingest_time, ${tableColumns(this.#dataset)}
      FROM (${lines}) ${join} WHERE ${good}`;
  }

  #deadLetter(batch: RecordBatch, index: number, reason: string): DeadLetter {
    const { key, headers } = runAt(batch, index);
    const tries = triesOf(headers);
    return {
      topic: batch.topic,
      partition: batch.partition,
      offset: offsetAt(batch, index),
      key,
      value: batch.values.at(index),
      reason,
      ...(tries === undefined ? {} : { tries }),
    };
  }
}

/**
 * Whether DuckDB refused what the records say. Anything else, such as a full disk, must never make
 * dead letters of good records.
 */
export function isBadInput(error: unknown): boolean {
  const refusals =
    /^(Invalid Input Error: .*(JSON|maximum_object_size)|Conversion Error|Out of Range)/;
  return refusals.test(messageOf(error));
}

/** Up to this many stretches a CASE is faster than a join. */
const CASES_MAX = 16;

/** Rows from `row` on (counted from 1) whose offset is the row's number plus `shift`. */
interface Stretch {
  readonly row: number;
  readonly shift: number;
}

/** An expression for the offset of the row numbered `_row`, and what it is to be joined with. */
function offsetsOfRows(batches: readonly RecordBatch[]): { offset: string; join: string } {
  const stretches = stretchesOf(batches);
  if (stretches.length <= CASES_MAX) {
    const shift = byRow(stretches.map(({ row, shift }) => ({ row, value: `${shift}` })));
    return { offset: `_row + ${shift}`, join: "" };
  }
  // A text is parsed at once; a list of numbers would be planned number by number.
  const list = (values: readonly number[]) => `unnest('[${values.join(",")}]'::BIGINT[])`;
  const join = `ASOF JOIN (SELECT ${list(stretches.map(({ row }) => row))} AS _from,
    ${list(stretches.map(({ shift }) => shift))} AS _shift) ON _row >= _from`;
  return { offset: "_row + _shift", join };
}

function stretchesOf(batches: readonly RecordBatch[]): Stretch[] {
  const stretches: Stretch[] = [];
  let row = 1;
  for (const batch of batches) {
    const count = countOf(batch);
    // Without offsets of their own, the records of a batch follow each other.
    const looks = batch.offsets ? count : Math.min(count, 1);
    for (let i = 0; i < looks; i++) {
      const shift = offsetAt(batch, i) - row - i;
      if (i === 0 || shift !== stretches.at(-1)?.shift) stretches.push({ row: row + i, shift });
    }
    row += count;
  }
  return stretches;
}

function partitionOfRow(batches: readonly RecordBatch[]): string {
  let row = 1;
  return byRow(batches.map((batch) => {
    const value = `${batch.partition}`;
    row += countOf(batch);
    return { row: row - countOf(batch), value };
  }));
}

/** An expression for the value of the last entry that begins at `_row` or before. */
function byRow(entries: readonly { readonly row: number; readonly value: string }[]): string {
  const [first, ...rest] = entries;
  const whens = rest.reverse().map(({ row, value }) => `WHEN _row >= ${row} THEN ${value}`);
  return whens.length === 0
    ? first?.value ?? "0"
    : `CASE ${whens.join(" ")} ELSE ${first?.value} END`;
}

/** The lines with some replaced. */
function withLines(lines: Packed, replaced: ReadonlyMap<number, string | Uint8Array>): Packed {
  if (replaced.size === 0) return lines;
  return Packed.from(
    Array.from({ length: lines.length }, (_, i) => replaced.get(i) ?? lines.at(i)),
  );
}

/** That line as one that is surely no row. */
function asNull(index: number): [number, Uint8Array] {
  return [index, NULL_LINE];
}

/**
 * Indices of lines that DuckDB would read in one place and refuse in another: those that are too
 * long, and those with anything but JSON's blanks outside of the braces, such as a byte-order mark.
 */
function unreadable({ bytes, ends }: Packed): number[] {
  const found: number[] = [];
  for (let i = 0, start = 0; i < ends.length; i++) {
    const end = ends[i] ?? 0;
    let from = start;
    let to = end - 2;
    while (from < to && isBlank(bytes[from])) from++;
    while (to > from && isBlank(bytes[to])) to--;
    const isObject = bytes[from] === OPEN_BRACE && bytes[to] === CLOSE_BRACE;
    if (!isObject || end - start - 1 > MESSAGE_BYTES_MAX) found.push(i);
    start = end;
  }
  return found;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The line as a JSON text; empty if it is not UTF-8. */
function quotedLine(line: Uint8Array): string {
  try {
    return JSON.stringify(UTF8.decode(line));
  } catch {
    return '""';
  }
}

/** A decoder for each dataset, made when it is first asked for. */
export class Decoders {
  readonly #codec: Codec;
  readonly #spool: Spool;
  readonly #known = new Map<Dataset, Decoder>();

  constructor(codec: Codec, spool: Spool) {
    this.#codec = codec;
    this.#spool = spool;
  }

  /** The dataset's. */
  of(dataset: Dataset): Decoder {
    const decoder = this.#known.get(dataset) ?? new Decoder(dataset, this.#codec, this.#spool);
    this.#known.set(dataset, decoder);
    return decoder;
  }
}
