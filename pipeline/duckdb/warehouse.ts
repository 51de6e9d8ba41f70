/**
 * The DuckDB warehouse: bronze rows and positions in one transaction.
 * @module
 */
import type { RecordBatch } from "../batch.ts";
import type { Codec } from "../codec/codec.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { bronzeTable } from "../datasets/tables.ts";
import { literal } from "../sql/names.ts";
import { logReplaced, messageOf, PositionConflict, TickhouseError } from "../errors.ts";
import { Decoders } from "../decode/decoder.ts";
import { objectRows } from "../lake/layout.ts";
import { inParts } from "../sink/parts.ts";
import type { DeadLetterQueue, WriteReport } from "../sink/sink.ts";
import { Spool } from "../decode/spool.ts";
import { writeRows } from "../decode/write_rows.ts";
import { writeError } from "./engine/errors.ts";
import { DuckDbFile, type DuckDbSession, type OpenOptions } from "./engine/file.ts";
import { createSchema } from "./schema.ts";
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
  /** Changed rows after which the file is opened anew, see `RENEW_ROWS`, its default. */
  readonly renewRows?: number;
}

/**
 * DuckDB 1.5 keeps 256 KiB for each 122,880 rows that came in small inserts, and more for rows that
 * models replace, until the file is closed; of 160 MiB, 45 million rows leave too little to go on.
 */
const RENEW_ROWS = 16_000_000;
/** The same for a slow feed, milliseconds. */
const RENEW_MS = 3_600_000;

/** A range of offsets of one partition, to be moved past. */
interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly startOffset: number;
  readonly nextOffset: number;
}

/** A `Warehouse` in a DuckDB file. Writes and loads run one after the other. */
export class DuckDbWarehouse implements Warehouse {
  readonly #file: DuckDbFile;
  readonly #ownsFile: boolean;
  readonly #options: DuckDbWarehouseOptions;
  readonly #spool: Spool;
  readonly #decoders: Decoders;
  #session: DuckDbSession;
  #queue: Promise<unknown> = Promise.resolve();
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
    return this.#serially(() => createSchema(this.#session, this.#options.datasets));
  }

  claim(topic: string, logId: string, beginnings: readonly number[] = []): Promise<void> {
    return this.#serially(async () => {
      const found = await this.#session.query(
        "SELECT log_id FROM bronze._logs WHERE topic = ?",
        [topic],
      );
      const known = found.rows[0]?.[0];
      if (known === logId) return;
      if (known !== undefined) throw logReplaced(this.name, topic);
      await this.#committing(async () => {
        await this.#session.run(
          `BEGIN; INSERT INTO bronze._logs VALUES (${literal(topic)}, ${literal(logId)})`,
        );
        for (const [partition, offset] of beginnings.entries()) {
          if (offset > 0) await this.#session.run(beginAt(topic, partition, offset));
        }
      });
    });
  }

  position(topic: string, partition: number): Promise<number> {
    return this.#serially(() => this.#position(topic, partition));
  }

  write(dataset: Dataset, batches: readonly RecordBatch[]): Promise<WriteReport> {
    return this.#serially(async () => {
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
      ingestTimeUs: this.#nowUs(),
    };
    const insert = async (rows: string) => {
      await this.#begin(batches);
      return await this.#session.run(`INSERT INTO ${bronzeTable(dataset)} BY NAME ${rows}`);
    };
    return this.#committing(() => writeRows(batches, tools, insert, () => this.#rollback()));
  }

  load(dataset: Dataset, object: LoadObject): Promise<number> {
    return this.#serially(async () => {
      const { topic, partition } = object;
      const position = await this.#position(topic, partition);
      if (position >= object.nextOffset) return 0;
      if (position < object.startOffset) {
        throw new PositionConflict(this.name, topic, partition, object.startOffset, position);
      }
      return await this.#committing(async () => {
        await this.#begin([{ ...object, startOffset: position }]);
        await this.#session.run(`INSERT INTO bronze._loads VALUES (${literal(object.key)},
          ${literal(topic)}, ${partition}, ${position}, ${object.nextOffset}, ${object.rows},
          ${literal(object.sha256)}, make_timestamp(${this.#nowUs()}))`);
        return await this.#session.run(
          `INSERT INTO ${bronzeTable(dataset)} BY NAME
           SELECT * FROM (${objectRows(dataset, object.path)}) WHERE _offset >= ${position}`,
        );
      });
    });
  }

  query(sql: string, binds: readonly Bind[] = []): Promise<Result> {
    return this.#serially(() => this.#session.query(sql, binds));
  }

  async session(): Promise<DuckDbSession> {
    if (this.#isRenewalDue()) await this.#serially(() => this.#renewIfDue());
    return await this.#file.session();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.catch(() => {});
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
  get name(): string {
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

  async #position(topic: string, partition: number): Promise<number> {
    const found = await this.#session.query(
      `SELECT next_offset FROM bronze._positions WHERE topic = ? AND "partition" = ?`,
      [topic, partition],
    );
    return Number(found.rows[0]?.[0] ?? 0);
  }

  /** Begins a transaction that moves the positions over the ranges, if they stand at their starts. */
  async #begin(ranges: readonly Range[]): Promise<void> {
    if (await this.#session.run(`BEGIN; ${move(ranges)}`) === ranges.length) return;
    // Some partition has no row yet, or stands elsewhere: one by one, to tell which.
    await this.#session.run("ROLLBACK; BEGIN");
    for (const range of ranges) {
      if (await this.#session.run(move([range])) === 0) await this.#beginPartition(range);
    }
  }

  async #beginPartition({ topic, partition, startOffset, nextOffset }: Range): Promise<void> {
    const position = await this.#position(topic, partition);
    if (position !== 0 || startOffset !== 0) {
      throw new PositionConflict(this.name, topic, partition, startOffset, position);
    }
    await this.#session.run(
      `INSERT INTO bronze._positions VALUES (${literal(topic)}, ${partition}, ${nextOffset})`,
    );
  }

  async #committing<T>(work: () => Promise<T>): Promise<T> {
    try {
      const value = await work();
      await this.#session.run("COMMIT");
      return value;
    } catch (cause) {
      await this.#rollback();
      throw cause instanceof TickhouseError ? cause : writeError(cause);
    }
  }

  /** Ends the transaction without effect, if there is one. */
  async #rollback(): Promise<void> {
    try {
      await this.#session.run("ROLLBACK");
    } catch (error) {
      if (!/no transaction is active/i.test(messageOf(error))) throw error;
    }
  }

  #nowUs(): number {
    return (this.#options.now ?? Date.now)() * 1000;
  }

  #serially<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work, work);
    this.#queue = turn.catch(() => {});
    return turn;
  }
}

/** Compares and swaps positions; changes a row for each range whose start it stands at. */
function move(ranges: readonly Range[]): string {
  const values = ranges.map((r) =>
    `(${literal(r.topic)}, ${r.partition}, ${r.startOffset}, ${r.nextOffset})`
  );
  return `UPDATE bronze._positions p SET next_offset = r.next_offset
    FROM (VALUES ${values.join(", ")}) r(topic, "partition", start_offset, next_offset)
    WHERE p.topic = r.topic AND p."partition" = r."partition" AND p.next_offset = r.start_offset`;
}

/** Lets a partition that was never written begin there. */
function beginAt(topic: string, partition: number, offset: number): string {
  return `INSERT INTO bronze._positions VALUES (${literal(topic)}, ${partition}, ${offset})
    ON CONFLICT DO NOTHING`;
}
