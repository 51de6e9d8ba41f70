/**
 * The Snowflake warehouse: bronze rows and positions in one transaction.
 * @module
 */
import type { RecordBatch } from "../batch.ts";
import type { Codec } from "../codec/codec.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { PositionConflict } from "../errors.ts";
import { Decoders } from "../decode/decoder.ts";
import { objectRows } from "../lake/layout.ts";
import type { DeadLetter, DeadLetterQueue, WriteReport } from "../sink/sink.ts";
import { Spool } from "../decode/spool.ts";
import { writeRows } from "../decode/write_rows.ts";
import { DuckDbFile, type DuckDbSession } from "../duckdb/engine/file.ts";
import { loadByCopy } from "./copy.ts";
import type { SnowflakeOptions } from "./options.ts";
import { SnowflakePool } from "./pool.ts";
import { positionsIn } from "./positions.ts";
import { keepRows, miscount, sendRows } from "./rows.ts";
import { createSnowflakeSchema, evolveTables } from "./schema.ts";
import { SnowflakeSession } from "./session.ts";
import { SerialQueue } from "../serial.ts";
import { noteLoad } from "../warehouse/loads.ts";
import { claimLog } from "../warehouse/logs.ts";
import { moving, mustStand, positionOf } from "../warehouse/positions.ts";
import type { LoadObject, Warehouse } from "../warehouse/warehouse.ts";
import type { Bind, Result } from "../sql/session.ts";

/** How the warehouse is opened. */
export interface SnowflakeWarehouseOptions extends SnowflakeOptions {
  readonly codec: Codec;
  readonly deadLetters: DeadLetterQueue;
  /** Those whose bronze tables it keeps. Default: all that are declared. */
  readonly datasets?: readonly Dataset[];
  /** An external stage over the root of the lake. Default: files are put to `bronze.lake`. */
  readonly stage?: string | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Folder for short-lived files. Default: the system's temporary folder. */
  readonly spoolFolder?: string | undefined;
  /** Sessions at a time. Default: 4. */
  readonly sessionsMax?: number | undefined;
}

/** What the DuckDB may take that decodes. */
const ENGINE = { memoryLimit: "512MiB", threads: 1 };

/** A `Warehouse` in Snowflake. Writes and loads run one after the other; any number may write. */
export class SnowflakeWarehouse implements Warehouse {
  readonly #options: SnowflakeWarehouseOptions;
  readonly #pool: SnowflakePool;
  readonly #file: DuckDbFile;
  readonly #engine: DuckDbSession;
  readonly #spool: Spool;
  readonly #decoders: Decoders;
  readonly #queue = new SerialQueue();

  private constructor(
    options: SnowflakeWarehouseOptions,
    pool: SnowflakePool,
    file: DuckDbFile,
    engine: DuckDbSession,
  ) {
    this.#options = options;
    this.#pool = pool;
    this.#file = file;
    this.#engine = engine;
    this.#spool = new Spool(options.spoolFolder);
    this.#decoders = new Decoders(options.codec, this.#spool);
  }

  /** Logs in; for errors see `SnowflakeSession.open`. */
  static async open(options: SnowflakeWarehouseOptions): Promise<SnowflakeWarehouse> {
    const pool = new SnowflakePool(options, options.sessionsMax);
    // So that a wrong option is told here.
    await pool.use(() => Promise.resolve());
    const file = await DuckDbFile.open(":memory:", ENGINE);
    return new SnowflakeWarehouse(options, pool, file, await file.session());
  }

  migrate(): Promise<void> {
    return this.#pool.use((session) => createSnowflakeSchema(session, this.#options.datasets));
  }

  /**
   * Lets the tables that are there follow their declarations; for ways in that never `migrate`.
   * Throws `TABLE_DIFFERS`.
   */
  async evolve(): Promise<void> {
    await this.#pool.use((session) => evolveTables(session, this.#options.datasets));
  }

  claim(topic: string, logId: string, beginnings?: readonly number[]): Promise<void> {
    return this.#pool.use((session) => claimLog(positionsIn(session), topic, logId, beginnings));
  }

  position(topic: string, partition: number): Promise<number> {
    return this.#pool.use((session) => positionOf(session, topic, partition));
  }

  write(dataset: Dataset, batches: readonly RecordBatch[]): Promise<WriteReport> {
    return this.#queue.run(async () => {
      const tools = {
        decoder: this.#decoders.of(dataset),
        session: this.#engine,
        deadLetters: (letters: readonly DeadLetter[]) => this.#bury(batches, letters),
        ingestTimeUs: this.#nowMs() * 1000,
      };
      // Nothing is sent before all is decoded.
      const keep = (rows: string) => keepRows(this.#engine, dataset, rows);
      const report = await writeRows(batches, tools, keep);
      await this.#pool.use((session) =>
        moving(positionsIn(session), batches, async () => {
          const sent = await sendRows(this.#engine, session, dataset);
          if (sent !== report.rows) throw miscount(dataset, report.rows, sent);
        })
      );
      return report;
    });
  }

  load(dataset: Dataset, object: LoadObject): Promise<number> {
    return this.#queue.run(() =>
      this.#pool.use(async (session) => {
        const { topic, partition, startOffset, nextOffset } = object;
        const position = await positionOf(session, topic, partition);
        if (position >= nextOffset) return 0;
        if (position < startOffset) {
          throw new PositionConflict(this.name, topic, partition, startOffset, position);
        }
        return position === startOffset
          ? await loadByCopy(session, dataset, object, {
            stage: this.#options.stage,
            nowMs: this.#nowMs(),
          })
          : await this.#loadRest(session, dataset, object, position);
      })
    );
  }

  query(sql: string, binds: readonly Bind[] = []): Promise<Result> {
    return this.#pool.use((session) => session.query(sql, binds));
  }

  session(): Promise<SnowflakeSession> {
    return SnowflakeSession.open(this.#options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.idle();
    await this.#pool[Symbol.asyncDispose]();
    await this.#engine[Symbol.asyncDispose]();
    await this.#file[Symbol.asyncDispose]();
    this.#spool[Symbol.dispose]();
  }

  /** Names the warehouse in errors. */
  get name(): string {
    return "snowflake";
  }

  /** Makes dead letters durable, unless another writer has done so: the positions tell. */
  async #bury(batches: readonly RecordBatch[], letters: readonly DeadLetter[]): Promise<void> {
    await this.#pool.use((session) => mustStand(positionsIn(session), batches));
    await this.#options.deadLetters(letters);
  }

  /** Loads an object of which the first rows are there: COPY can't leave rows out. */
  async #loadRest(
    session: SnowflakeSession,
    dataset: Dataset,
    object: LoadObject,
    position: number,
  ): Promise<number> {
    const rows = await objectRows(this.#engine, dataset, object.path);
    const rest = `SELECT * FROM (${rows}) WHERE _offset >= ${position}`;
    await keepRows(this.#engine, dataset, rest);
    const positions = positionsIn(session);
    return await moving(positions, [{ ...object, startOffset: position }], async () => {
      await noteLoad(positions, object, position, this.#nowMs());
      return await sendRows(this.#engine, session, dataset);
    });
  }

  #nowMs(): number {
    return (this.#options.now ?? Date.now)();
  }
}
