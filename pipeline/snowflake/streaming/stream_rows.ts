/**
 * Batches as lines of JSON for Snowpipe Streaming, made and cut in DuckDB.
 * @module
 */
import type { RecordBatch } from "../../batch.ts";
import type { Codec } from "../../codec/codec.ts";
import { type Dataset, storedColumns } from "../../datasets/dataset.ts";
import { Decoder } from "../../decode/decoder.ts";
import type { DeadLetterQueue, WriteReport } from "../../sink/sink.ts";
import { Spool } from "../../decode/spool.ts";
import { identifier } from "../../sql/names.ts";
import { writeRows } from "../../decode/write_rows.ts";
import { DuckDbFile, type DuckDbSession } from "../../duckdb/engine/file.ts";

/** Rows of one partition that travel together. */
export interface RowChunk {
  readonly partition: number;
  /** Of its last row. */
  readonly lastOffset: number;
  /** A row a line. */
  readonly lines: string;
}

/** What it takes to make rows. */
export interface StreamRowsOptions {
  readonly dataset: Dataset;
  readonly codec: Codec;
  readonly deadLetters: DeadLetterQueue;
  /** Bytes of a chunk before compression, but for one row that is larger. */
  readonly bytesMax: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly spoolFolder?: string | undefined;
}

/** Decodes batches of one dataset, one after the other. */
export class StreamRows implements AsyncDisposable {
  readonly #options: StreamRowsOptions;
  readonly #engine: DuckDbFile;
  readonly #session: DuckDbSession;
  readonly #spool: Spool;
  readonly #decoder: Decoder;

  private constructor(options: StreamRowsOptions, engine: DuckDbFile, session: DuckDbSession) {
    this.#options = options;
    this.#engine = engine;
    this.#session = session;
    this.#spool = new Spool(options.spoolFolder);
    this.#decoder = new Decoder(options.dataset, options.codec, this.#spool);
  }

  static async open(options: StreamRowsOptions): Promise<StreamRows> {
    const engine = await DuckDbFile.open(":memory:", { memoryLimit: "256MiB", threads: 1 });
    return new StreamRows(options, engine, await engine.session());
  }

  /** The batches' rows by partition and offset; dead letters are durable when this returns. */
  async encode(
    batches: readonly RecordBatch[],
  ): Promise<{ chunks: readonly RowChunk[]; report: WriteReport }> {
    const { deadLetters, now } = this.#options;
    const tools = {
      decoder: this.#decoder,
      session: this.#session,
      deadLetters,
      ingestTimeUs: now() * 1000,
    };
    let chunks: RowChunk[] = [];
    const keep = async (rows: string) => {
      const found = await this.#session.query(this.#chunking(rows));
      chunks = found.rows.map(([partition, last, , lines]) => ({
        partition: Number(partition),
        lastOffset: Number(last),
        lines: String(lines),
      }));
      return found.rows.reduce((sum, [, , count]) => sum + Number(count), 0);
    };
    const report = await writeRows(batches, tools, keep);
    return { chunks, report };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
    await this.#engine[Symbol.asyncDispose]();
    this.#spool[Symbol.dispose]();
  }

  /** Whole numbers as they are, all else as text: a decimal as a number would lose digits. */
  #chunking(rows: string): string {
    const { dataset, bytesMax } = this.#options;
    const fields = storedColumns(dataset).map(({ name, type }) =>
      `'${identifier(name)}': "${name}"${type.kind === "integer" ? "" : "::VARCHAR"}`
    );
    return `SELECT _partition, max(_offset), count(*), string_agg(_line, chr(10) ORDER BY _offset)
      FROM (SELECT *, (sum(strlen(_line) + 1) OVER (
          PARTITION BY _partition ORDER BY _offset) - 1) // ${bytesMax} AS _chunk
        FROM (SELECT _partition, _offset, to_json({${fields.join(", ")}})::VARCHAR AS _line
          FROM (${rows})))
      GROUP BY _partition, _chunk ORDER BY _partition, _chunk`;
  }
}
