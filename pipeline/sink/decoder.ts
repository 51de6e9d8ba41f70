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
    const parts = [];
    for (const batch of batches) parts.push((await this.#codec.toLines(batch.values)).lines);
    // One file, one read: planning a read costs more than reading a live batch.
    const path = this.#spool.write(parts.map((lines) => lines.bytes), "ndjson");
    return {
      rows: this.#rowsOf(batches, path, ingestTimeUs),
      count: batches.reduce((sum, batch) => sum + countOf(batch), 0),
      [Symbol.dispose]: () => discard(path),
    };
  }

  /**
   * Finds the bad records of a batch, and returns them with the batch in a form of which exactly
   * the others are valid.
   */
  async separate(
    session: SqlSession,
    batch: RecordBatch,
  ): Promise<{ batch: RecordBatch; dead: DeadLetter[] }> {
    const { lines, failures } = await this.#codec.toLines(batch.values);
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
    return `SELECT ${topic} AS _topic, (${byBatch(batches, (b) => `${b.partition}`)})::INTEGER
        AS _partition, (${byBatch(batches, offsetOfRow)})::BIGINT AS _offset,
      make_timestamp(${ingestTimeUs}) AS _ingest_time, ${tableColumns(this.#dataset)}
      FROM (${typedLines(this.#dataset, path)}) WHERE ${validity(this.#dataset)}`;
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

/** An expression that differs by the batch that `_row` belongs to; `before`: rows ahead of it. */
function byBatch(
  batches: readonly RecordBatch[],
  expression: (batch: RecordBatch, before: number) => string,
): string {
  let rows = 0;
  const cases = batches.map((batch) => {
    const value = expression(batch, rows);
    rows += countOf(batch);
    return { value, until: rows };
  });
  const last = cases.pop();
  if (!last || cases.length === 0) return last?.value ?? "0";
  const whens = cases.map(({ value, until }) => `WHEN _row <= ${until} THEN ${value}`);
  return `CASE ${whens.join(" ")} ELSE ${last.value} END`;
}

function offsetOfRow(batch: RecordBatch, before: number): string {
  return batch.offsets
    ? `list_extract([${batch.offsets.join(",")}], _row - ${before})`
    : `_row + ${batch.startOffset - before - 1}`;
}

/** The values with those at the given indices replaced by a line that is surely no row. */
function withNulls(values: Packed, indices: readonly number[]): Packed {
  if (indices.length === 0) return values;
  const bad = new Set(indices);
  return Packed.from(
    Array.from({ length: values.length }, (_, i) => bad.has(i) ? "null" : values.at(i)),
  );
}
