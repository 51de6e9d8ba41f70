/**
 * A DuckDB database: opening it with clear errors, and sessions on it.
 * @module
 */
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBResult,
  type DuckDBResultReader,
  type Json,
} from "@duckdb/node-api";
import { dirname, join, resolve } from "node:path";
import { literal } from "../../sql/names.ts";
import { messageOf, TickhouseError } from "../../errors.ts";
import { bound } from "./binds.ts";
import { type Hold, take } from "./holders.ts";
import { fileError, unreadable, whenFree } from "./errors.ts";
import type { Bind, Cell, Result, SqlSession } from "../../sql/session.ts";

/** How a database file is opened. */
export interface OpenOptions {
  /** Default: false. Many processes may read a file that no process writes. */
  readonly readOnly?: boolean;
  /** Default: DuckDB's own, the number of cores. */
  readonly threads?: number;
  /** Such as "512MiB". Default: DuckDB's own, 80 % of the machine's. */
  readonly memoryLimit?: string;
  /** Where it spills what memory does not hold. Default: beside the file. */
  readonly spill?: { readonly folder: string; readonly bytesMax: number };
  /**
   * The folders, besides the file's own, whose files statements may read and write; nothing else of
   * the machine is then in their reach, and they can't change a setting. Default: not so, for what
   * runs only statements of tickhouse.
   */
  readonly lockedTo?: readonly string[];
}

/**
 * About a minute in all. Another process may have the file for a moment, such as a reader that found
 * nobody writing.
 */
const REOPEN_RETRY = { maxAttempts: 300, minTimeout: 50, maxTimeout: 200, jitter: 0 };

/** An open DuckDB database. */
export class DuckDbFile implements AsyncDisposable {
  readonly path: string;
  readonly #options: OpenOptions;
  #instance: DuckDBInstance;
  /** Sessions that are open, or opening. */
  #sessions = 0;
  #changedRows = 0;
  /** Ends when the database can be used: at once, unless it is being reopened. */
  #ready: Promise<unknown> = Promise.resolve();

  /** Undefined in memory. */
  readonly #hold: Hold | undefined;

  private constructor(
    path: string,
    options: OpenOptions,
    instance: DuckDBInstance,
    hold: Hold | undefined,
  ) {
    this.path = path;
    this.#options = options;
    this.#instance = instance;
    this.#hold = hold;
  }

  /**
   * Opens or makes the database; `:memory:` for one that dies with the process. Throws
   * `DATABASE_HELD` while another process writes it, or this one does, `DATABASE_UNREADABLE` for anything else.
   */
  static async open(path: string, options: OpenOptions = {}): Promise<DuckDbFile> {
    if (path === IN_MEMORY) {
      return new DuckDbFile(path, options, await instanceOf(path, options), undefined);
    }
    const hold = take(path, options.readOnly ?? false);
    if (!hold) throw held(path, `another part of this process (PID ${Deno.pid}) has it open`);
    try {
      return new DuckDbFile(path, options, await instanceOf(path, options), hold);
    } catch (error) {
      hold[Symbol.dispose]();
      throw error;
    }
  }

  /** A connection of its own. Times are UTC in it. */
  async session(): Promise<DuckDbSession> {
    await this.#ready;
    this.#sessions++;
    try {
      const connection = await this.#instance.connect();
      return new DuckDbSession(connection, {
        path: this.path,
        onChange: (rows) => this.#changedRows += rows,
        onClose: () => this.#sessions--,
      });
    } catch (error) {
      this.#sessions--;
      throw error;
    }
  }

  /** Rows that all sessions inserted, updated or deleted by `run` since the database was opened. */
  get changedRows(): number {
    return this.#changedRows;
  }

  /**
   * Closes the file and reopens it, if no other session is open: what DuckDB keeps in memory of
   * rows that were ever appended or deleted it gives back no other way. Returns the session to go
   * on with, which is the same one if others are open. Sessions asked for meanwhile wait. Throws as
   * `open` does; then the database stays closed.
   */
  async renew(own: DuckDbSession): Promise<DuckDbSession> {
    await this.#ready;
    if (this.#sessions > 1 || this.path === IN_MEMORY) return own;
    // In a thread of DuckDB's; closing would do it in this one.
    await own.run("CHECKPOINT");
    if (this.#sessions > 1) return own;
    await own[Symbol.asyncDispose]();
    this.#instance.closeSync();
    const opening = whenFree(() => instanceOf(this.path, this.#options), REOPEN_RETRY);
    this.#ready = opening;
    this.#instance = await opening;
    this.#changedRows = 0;
    return await this.session();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#instance.closeSync();
    this.#hold?.[Symbol.dispose]();
    return Promise.resolve();
  }
}

/** What the database wants to know of a session. */
interface SessionEvents {
  /** Where it lies. */
  readonly path: string;
  readonly onChange: (rows: number) => void;
  readonly onClose: () => void;
}

/** One connection to a DuckDB database. Calls run one after the other. */
export class DuckDbSession implements SqlSession {
  /**
   * The driver's connection, for what the port does not offer.
   * @ignore
   */
  readonly connection: DuckDBConnection;
  readonly #events: SessionEvents;
  #isOpen = true;

  /** @ignore */
  constructor(connection: DuckDBConnection, events: SessionEvents) {
    this.connection = connection;
    this.#events = events;
  }

  async run(sql: string): Promise<number> {
    const { rowsChanged } = await this.#naming(this.connection.run(sql));
    this.#events.onChange(rowsChanged);
    return rowsChanged;
  }

  async query(sql: string, binds: readonly Bind[] = []): Promise<Result> {
    const { values, types } = bound(binds);
    return toResult(await this.#naming(this.connection.runAndReadAll(sql, values, types)));
  }

  /**
   * As `query`, a chunk of the engine's at a time.
   * @ignore
   */
  async stream(sql: string, binds: readonly Bind[] = []): Promise<DuckDBResult> {
    const { values, types } = bound(binds);
    return await this.#naming(this.connection.stream(sql, values, types));
  }

  /** Closes the connection. */
  [Symbol.asyncDispose](): Promise<void> {
    this.connection.closeSync();
    if (this.#isOpen) this.#events.onClose();
    this.#isOpen = false;
    return Promise.resolve();
  }

  /** A damaged file or a full disk is no fault of the statement that met it. */
  async #naming<T>(running: Promise<T>): Promise<T> {
    try {
      return await running;
    } catch (cause) {
      const { path } = this.#events;
      throw (path === IN_MEMORY ? undefined : fileError(path, cause)) ?? cause;
    }
  }
}

/** A database that no file holds: what ails it is for those to say who opened it. */
const IN_MEMORY = ":memory:";

async function instanceOf(path: string, options: OpenOptions): Promise<DuckDBInstance> {
  try {
    const instance = await DuckDBInstance.create(path, {
      // Extensions would be fetched over plain HTTP, outside of Deno's permissions, and run natively.
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      // A larger write-ahead log means fewer, longer checkpoints in the middle of a live stream.
      checkpoint_threshold: "64MiB",
      // Memory is given back sooner than by default: a stream runs for weeks.
      allocator_flush_threshold: "8MiB",
      allocator_bulk_deallocation_flush_threshold: "32MiB",
      ...(options.readOnly ? { access_mode: "READ_ONLY" } : {}),
      ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
      ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
      ...(options.spill === undefined ? {} : {
        temp_directory: options.spill.folder,
        max_temp_directory_size: `${options.spill.bytesMax} bytes`,
      }),
    });
    await prepare(instance, path, options);
    return instance;
  } catch (cause) {
    throw openError(path, cause);
  }
}

/** Settings that are no option of opening. */
async function prepare(
  instance: DuckDBInstance,
  path: string,
  { lockedTo }: OpenOptions,
): Promise<void> {
  const connection = await instance.connect();
  try {
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    if (lockedTo === undefined) return;
    const own = path === ":memory:" ? [] : [dirname(resolve(path))];
    const folders = [...own, ...lockedTo].map((folder) => literal(join(folder, "/")));
    await connection.run(`SET GLOBAL allowed_directories = [${folders.join(", ")}]`);
    await connection.run("SET GLOBAL enable_external_access = false");
    await connection.run("SET GLOBAL lock_configuration = true");
  } finally {
    connection.closeSync();
  }
}

/** A result as the port has it. */
export function toResult(reader: DuckDBResultReader): Result {
  const types = reader.columnTypes().map(String);
  return {
    columns: reader.columnNames().map((name, i) => ({ name, type: types[i] ?? "" })),
    rows: reader.getRowsJson().map((row) => row.map((cell, i) => toCell(cell, types[i] ?? ""))),
  };
}

/** The driver gives 64-bit integers as text: those that a number holds become numbers. */
export function toCell(value: Json, type: string): Cell {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value !== "string") return JSON.stringify(value);
  if (!/INT/.test(type) || !Number.isSafeInteger(Number(value))) return value;
  return Number(value);
}

function held(path: string, what: string, cause?: unknown): TickhouseError {
  const fix = "stop it, or read through its endpoint";
  return new TickhouseError("DATABASE_HELD", what, {
    field: "warehouse",
    value: path,
    fix,
    cause,
  });
}

function openError(path: string, cause: unknown): TickhouseError {
  const message = messageOf(cause);
  // Other errors speak of blocks: those of a file that is damaged, or of too little memory.
  if (/could not set lock|conflicting lock/i.test(message)) {
    const holder = /PID (\d+)/.exec(message)?.[1];
    return held(path, `another process${holder ? ` (PID ${holder})` : ""} is writing it`, cause);
  }
  return fileError(path, cause) ?? unreadable(path, cause);
}
