/**
 * The DuckDB warehouse: bronze rows and positions in one transaction.
 * @module
 */
import type { RecordBatch } from "../batch.ts";
import type { Codec } from "../codec/codec.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { bronzeTable } from "../datasets/tables.ts";
import { PositionConflict, TickhouseError } from "../errors.ts";
import { Decoders } from "../decode/decoder.ts";
import { objectRows } from "../lake/layout.ts";
import { inParts } from "../sink/parts.ts";
import type { DeadLetterQueue, WriteReport } from "../sink/sink.ts";
import { Spool } from "../decode/spool.ts";
import { writeRows } from "../decode/write_rows.ts";
import { writeError } from "./engine/errors.ts";
import { DuckDbFile, type DuckDbSession, type OpenOptions } from "./engine/file.ts";
import { createSchema } from "./schema.ts";
import { SerialQueue } from "../serial.ts";
import { noteLoad } from "../warehouse/loads.ts";
import { claimLog } from "../warehouse/logs.ts";
import { moving, positionOf, type Positions } from "../warehouse/positions.ts";
import type { LoadObject, Warehouse } from "../warehouse/warehouse.ts";
import type { Bind, Result } from "../sql/session.ts";

/** How the warehouse is opened. */
export interface DuckDbWarehouseOptions extends OpenOptions {
  /** The database file. */
  readonly path: string;
  readonly codec: Codec;
  readonly deadLetters: DeadLetterQueue;
  /** Those whose bronze tables it keeps. Default: all that are declared. */
  readonly datasets?: readonly Dataset[];
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
  /** Folder for short-lived files. Default: the system's temporary folder. */
  readonly spoolFolder?: string;
  /** Changed rows after which the file is reopened, see `RENEW_ROWS`, its default. */
  readonly renewRows?: number;
}

/**
 * DuckDB 1.5 keeps 256 KiB for each 122,880 rows that came in small inserts, and more for rows that
 * models replace, until the file is closed; of 160 MiB, 45 million rows leave too little to go on.
 */
const RENEW_ROWS = 16_000_000;
/** The same for a slow feed, milliseconds. */
const RENEW_MS = 3_600_000;

/** A `Warehouse` in a DuckDB file. Writes and loads run one after the other. */
export class DuckDbWarehouse implements Warehouse {
  readonly #file: DuckDbFile;
  readonly #ownsFile: boolean;
  readonly #options: DuckDbWarehouseOptions;
  readonly #spool: Spool;
  readonly #decoders: Decoders;
  #session: DuckDbSession;
  readonly #queue = new SerialQueue();
  /** When the file was opened, by the monotonic clock. */
  #openedAt = performance.now();

  private constructor(
    file: DuckDbFile,
    session: DuckDbSession,
    spool: Spool,
    options: DuckDbWarehouseOptions,
    ownsFile = true,
  ) {
    this.#ownsFile = ownsFile;
    this.#file = file;
    this.#session = session;
    this.#options = options;
    this.#spool = spool;
    this.#decoders = new Decoders(options.codec, this.#spool);
  }

  /** Opens or makes the file; for errors see `DuckDbFile.open`. */
  static async open(options: DuckDbWarehouseOptions): Promise<DuckDbWarehouse> {
    const spool = new Spool(options.spoolFolder);
    try {
      const lockedTo = options.lockedTo && [...options.lockedTo, spool.folder];
      const file = await DuckDbFile.open(options.path, {
        ...options,
        ...(lockedTo ? { lockedTo } : {}),
      });
      return new DuckDbWarehouse(file, await file.session(), spool, options);
    } catch (error) {
      spool[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * A second writer of the open file, whose writes run beside those of this one. Closing it leaves
   * the file open; close it first.
   */
  async beside(): Promise<DuckDbWarehouse> {
    const session = await this.#file.session();
    return new DuckDbWarehouse(this.#file, session, this.#spool, this.#options, false);
  }

  migrate(): Promise<void> {
    return this.#queue.run(() => createSchema(this.#session, this.#options.datasets));
  }

  claim(topic: string, logId: string, beginnings: readonly number[] = []): Promise<void> {
    return this.#queue.run(() =>
      this.#naming(() => claimLog(this.#positions, topic, logId, beginnings))
    );
  }

  position(topic: string, partition: number): Promise<number> {
    return this.#queue.run(() => positionOf(this.#session, topic, partition));
  }

  write(dataset: Dataset, batches: readonly RecordBatch[]): Promise<WriteReport> {
    return this.#queue.run(async () => {
      await this.#renewIfDue();
      // Models and queries share the memory: less of it may be free than the batches need.
      const reports = await inParts(batches, (part) => this.#write(dataset, part));
      return {
        rows: reports.reduce((sum, { rows }) => sum + rows, 0),
        dead: reports.reduce((sum, { dead }) => sum + dead, 0),
      };
    });
  }

  #write(dataset: Dataset, batches: readonly RecordBatch[]): Promise<WriteReport> {
    const tools = {
      decoder: this.#decoders.of(dataset),
      session: this.#session,
      deadLetters: this.#options.deadLetters,
      ingestTimeUs: this.#nowMs() * 1000,
    };
    const insert = (rows: string, count: number) =>
      moving(
        this.#positions,
        batches,
        () => this.#session.run(`INSERT INTO ${bronzeTable(dataset)} BY NAME ${rows}`),
        (inserted) => inserted === count,
      );
    return this.#naming(() => writeRows(batches, tools, insert));
  }

  load(dataset: Dataset, object: LoadObject): Promise<number> {
    return this.#queue.run(async () => {
      const { topic, partition } = object;
      const position = await positionOf(this.#session, topic, partition);
      if (position >= object.nextOffset) return 0;
      if (position < object.startOffset) {
        throw new PositionConflict(this.name, topic, partition, object.startOffset, position);
      }
      const rows = await objectRows(this.#session, dataset, object.path);
      const insert = async () => {
        await noteLoad(this.#positions, object, position, this.#nowMs());
        return await this.#session.run(
          `INSERT INTO ${bronzeTable(dataset)} BY NAME
           SELECT * FROM (${rows}) WHERE _offset >= ${position}`,
        );
      };
      const range = { ...object, startOffset: position };
      return await this.#naming(() => moving(this.#positions, [range], insert));
    });
  }

  query(sql: string, binds: readonly Bind[] = []): Promise<Result> {
    return this.#queue.run(() => this.#session.query(sql, binds));
  }

  async session(): Promise<DuckDbSession> {
    if (this.#isRenewalDue()) await this.#queue.run(() => this.#renewIfDue());
    return await this.#file.session();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.idle();
    await this.#session[Symbol.asyncDispose]();
    if (!this.#ownsFile) return;
    await this.#file[Symbol.asyncDispose]();
    this.#spool[Symbol.dispose]();
  }

  /** Where its short-lived files are; statements may read and write there, and beside the file. */
  get folder(): string {
    return this.#spool.folder;
  }

  /** Names the warehouse in errors. */
  get name(): "warehouse" {
    return "warehouse";
  }

  #isRenewalDue(): boolean {
    const { renewRows = RENEW_ROWS } = this.#options;
    const rows = this.#file.changedRows;
    return rows >= renewRows || (rows > 0 && performance.now() - this.#openedAt > RENEW_MS);
  }

  /** If nobody else has a session; else before the next write or session. */
  async #renewIfDue(): Promise<void> {
    if (!this.#isRenewalDue()) return;
    const session = await this.#file.renew(this.#session);
    if (session === this.#session) return;
    this.#session = session;
    this.#openedAt = performance.now();
  }

  get #positions(): Positions {
    return { session: this.#session, dialect: "duckdb", sink: this.name };
  }

  async #naming<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw cause instanceof TickhouseError ? cause : writeError(cause);
    }
  }

  #nowMs(): number {
    return (this.#options.now ?? Date.now)();
  }
}
