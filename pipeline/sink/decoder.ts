/**
 * Turns batches of message bytes into rows inside DuckDB: decoding, typing and validating are
 * vectorised there, and what fails comes out with its offset.
 * @module
 */
import { countOf, offsetAt, Packed, type RecordBatch, runAt } from "../batch.ts";
import type { Codec } from "../codec/codec.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { literal, tableColumns, typedLines, validity } from "../datasets/sql.ts";
import { messageOf } from "../errors.ts";
import { explain } from "../datasets/zod.ts";
import type { SqlSession } from "../warehouse/warehouse.ts";
import type { DeadLetter } from "./sink.ts";
import { discard, type Spool } from "./spool.ts";

/** Batches spooled for DuckDB; the files go when disposed. */
export interface Spooled extends Disposable {
  /** Query for the valid rows: the system columns, then the dataset's. */
  readonly rows: string;
  /** Number of records in the batches. */
  readonly count: number;
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
   * for rows yields as many as `count`, every record is valid and has the right offset. If it does
   * not, records are bad or a message spans lines: start again with `separate`.
   */
  async spool(batches: readonly RecordBatch[], ingestTimeUs: number): Promise<Spooled> {
    const parts: RecordBatch[] = [];
    for (const batch of batches) {
      const { lines } = await this.#codec.toLines(batch.values, this.#dataset);
      parts.push({ ...batch, values: lines });
    }
    return this.spoolLines(parts, ingestTimeUs);
  }

  /** As `spool`, for batches whose values are lines already, such as `separate` gives. */
  spoolLines(batches: readonly RecordBatch[], ingestTimeUs: number): Spooled {
    // One file, one read: planning a read costs more than reading a live batch.
    const path = this.#spool.write(batches.map((batch) => batch.values.bytes), "ndjson");
    return {
      rows: this.#rowsOf(batches, path, ingestTimeUs),
      count: batches.reduce((sum, batch) => sum + countOf(batch), 0),
      [Symbol.dispose]: () => discard(path),
    };
  }

  /**
   * Finds the bad records of a batch, and returns them with the batch as lines of which exactly the
   * others are valid.
   */
  async separate(
    session: SqlSession,
    batch: RecordBatch,
  ): Promise<{ batch: RecordBatch; dead: DeadLetter[] }> {
    const { lines, failures } = await this.#codec.toLines(batch.values, this.#dataset);
    const bad = await this.#findBad(session, lines, 0, lines.length);
    const dead = bad.map((index) => this.#deadLetter(batch, index, failures.get(index)));
    return { batch: { ...batch, values: withNulls(lines, bad) }, dead };
  }

  /** Indices of the bad values among those from `from` up to `to`. */
  async #findBad(
    session: SqlSession,
    values: Packed,
    from: number,
    to: number,
  ): Promise<number[]> {
    const path = this.#spool.write([values.slice(from, to).bytes], "ndjson");
    try {
      const refused = await session.query(
        `SELECT _row FROM (${typedLines(this.#dataset, path)})
         WHERE NOT coalesce(${validity(this.#dataset)}, false) ORDER BY _row`,
      );
      return refused.rows.map(([row]) => from + Number(row) - 1);
    } catch (error) {
      if (!isBadInput(error)) throw error;
      // Some neighbouring lines, such as `{` and `}`, fail the whole read: halve until they part.
      if (to - from === 1) return [from];
      const middle = from + Math.floor((to - from) / 2);
      const left = await this.#findBad(session, values, from, middle);
      return [...left, ...await this.#findBad(session, values, middle, to)];
    } finally {
      discard(path);
    }
  }

  #rowsOf(batches: readonly RecordBatch[], path: string, ingestTimeUs: number): string {
    const topic = literal(batches[0]?.topic ?? "");
    const { offset, join } = offsetsOfRows(batches);
    return `SELECT ${topic} AS _topic, (${partitionOfRow(batches)})::INTEGER AS _partition,
        (${offset})::BIGINT AS _offset,
      make_timestamp(${ingestTimeUs}) AS _ingest_time, ${tableColumns(this.#dataset)}
      FROM (${typedLines(this.#dataset, path)}) ${join} WHERE ${validity(this.#dataset)}`;
  }

  #deadLetter(batch: RecordBatch, index: number, failure: string | undefined): DeadLetter {
    const value = batch.values.at(index);
    return {
      topic: batch.topic,
      partition: batch.partition,
      offset: offsetAt(batch, index),
      key: runAt(batch, index).key,
      value,
      reason: failure ?? explain(this.#dataset, value),
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

/** The values with those at the given indices replaced by a line that is surely no row. */
function withNulls(values: Packed, indices: readonly number[]): Packed {
  if (indices.length === 0) return values;
  const bad = new Set(indices);
  return Packed.from(
    Array.from({ length: values.length }, (_, i) => bad.has(i) ? "null" : values.at(i)),
  );
}

/** A decoder for each dataset, made when it is first asked for. */
export class Decoders {
  readonly #codec: Codec;
  readonly #spool: Spool;
  readonly #known = new Map<string, Decoder>();

  constructor(codec: Codec, spool: Spool) {
    this.#codec = codec;
    this.#spool = spool;
  }

  /** The dataset's. */
  of(dataset: Dataset): Decoder {
    const decoder = this.#known.get(dataset.name) ?? new Decoder(dataset, this.#codec, this.#spool);
    this.#known.set(dataset.name, decoder);
    return decoder;
  }
}
