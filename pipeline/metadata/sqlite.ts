/** The metadata store in one SQLite file, for any number of processes on a machine. @module */
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import {
  CamelCasePlugin,
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
} from "kysely";
import { type Clock, systemClock } from "../clock.ts";
import { isDiskFull } from "../disk.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import type { Tables } from "./tables.ts";

/** How the file is opened. */
export interface SqliteOptions {
  /** The file; made if it is missing, its folder too. */
  readonly path: string;
  /** Milliseconds to wait while another process writes. Default: 10,000. */
  readonly lockWaitMs?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Durable through a crash and power loss: each change is synced to disk. Throws as `sqliteFault` says. */
export function sqliteEngine(options: SqliteOptions): Engine {
  const { path, lockWaitMs = 10_000, clock = systemClock } = options;
  const fault = (error: unknown) => sqliteFault(error, path);
  let file: DatabaseSync;
  try {
    Deno.mkdirSync(dirname(path), { recursive: true });
    // SQLite would wait without letting this process go on, also where that one holds the lock.
    file = new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw fault(error);
  }
  const waiting = new Waiting(clock, lockWaitMs);
  const bare = new Kysely<Tables>({
    dialect: new FileDialect(file, waiting),
    plugins: [new CamelCasePlugin()],
  });
  let isOpen = true;
  return {
    where: path,
    bare,
    schema: undefined,
    // Whoever begins has the whole file: see `FileDriver`.
    lock: () => Promise.resolve(),
    fault,
    [Symbol.asyncDispose]: async () => {
      if (!isOpen) return;
      isOpen = false;
      await bare.destroy();
      if (file.isOpen) file.close(); // Nothing was asked.
    },
  };
}

class FileDialect extends SqliteDialect {
  readonly #file: DatabaseSync;
  readonly #waiting: Waiting;

  constructor(file: DatabaseSync, waiting: Waiting) {
    super({ database: forKysely(file) });
    this.#file = file;
    this.#waiting = waiting;
  }

  override createDriver(): SqliteDriver {
    const onCreateConnection = async (connection: DatabaseConnection) => {
      for (const text of ["pragma journal_mode = wal", "pragma synchronous = full"]) {
        await this.#waiting.on(connection).executeQuery(CompiledQuery.raw(text));
      }
    };
    const config = { database: forKysely(this.#file), onCreateConnection };
    return new FileDriver(config, this.#file, this.#waiting);
  }

  override createAdapter(): SqliteAdapter {
    return new FileAdapter();
  }
}

/** SQLite can undo what makes tables, so that a migration is kept whole or not at all. */
class FileAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class FileDriver extends SqliteDriver {
  readonly #file: DatabaseSync;
  readonly #waiting: Waiting;

  constructor(config: SqliteDialectConfig, file: DatabaseSync, waiting: Waiting) {
    super(config);
    this.#file = file;
    this.#waiting = waiting;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    return this.#waiting.on(await super.acquireConnection());
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // Who first reads and then writes would be refused where another has written in between.
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // On a full disk SQLite has done it by itself.
    if (this.#file.isTransaction) await super.rollbackTransaction(connection);
  }
}

/** Waits while another connection writes, of this process or of another. */
class Waiting {
  readonly #clock: Clock;
  readonly #waitMs: number;

  constructor(clock: Clock, waitMs: number) {
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  on(connection: DatabaseConnection): DatabaseConnection {
    return {
      executeQuery: (query) => this.#patiently(() => connection.executeQuery(query)),
      streamQuery: (query, size) => connection.streamQuery(query, size),
    };
  }

  /** A statement that finds the file locked has done nothing: it can be tried again. */
  async #patiently<R>(work: () => Promise<QueryResult<R>>): Promise<QueryResult<R>> {
    for (let left = this.#waitMs, pauseMs = PAUSE_MIN_MS;; left -= pauseMs) {
      try {
        return await work();
      } catch (error) {
        if (!isBusy(error) || left <= 0) throw error;
      }
      pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS);
      await this.#clock.sleep(pauseMs * (0.5 + Math.random()));
    }
  }
}

const PAUSE_MIN_MS = 1;
const PAUSE_MAX_MS = 32;

/** The file as Kysely asks for it. */
function forKysely(file: DatabaseSync): SqliteDatabase {
  return { close: () => file.close(), prepare: (sql) => prepared(file, sql) };
}

function prepared(file: DatabaseSync, sql: string): SqliteStatement {
  const statement = file.prepare(sql);
  return {
    reader: statement.columns().length > 0,
    all: (binds) => statement.all(...binds as SQLInputValue[]),
    run: (binds) => statement.run(...binds as SQLInputValue[]),
    iterate: (binds) => statement.iterate(...binds as SQLInputValue[]),
  };
}

function isBusy(error: unknown): boolean {
  return /locked|busy/i.test(messageOf(error));
}

/** What the system says of a folder that can't be made, or is none. */
const UNREACHABLE = [
  Deno.errors.PermissionDenied,
  Deno.errors.NotCapable,
  Deno.errors.NotADirectory,
  Deno.errors.NotFound,
  Deno.errors.AlreadyExists,
];

/** `DISK_FULL`, `METADATA_DAMAGED`, `METADATA_UNREADABLE`, or `METADATA_FAILED`. */
function sqliteFault(cause: unknown, path: string): TickhouseError {
  const message = messageOf(cause);
  const at = { field: "metadata", value: path, cause };
  if (isDiskFull(cause)) {
    return new TickhouseError("DISK_FULL", `the metadata can't be written: ${message}`, {
      ...at,
      fix: "free space on the disk, and see that it is sound; nothing of this call was kept",
    });
  }
  if (/malformed|not a database/i.test(message)) {
    return new TickhouseError("METADATA_DAMAGED", `it can't be read: ${message}`, {
      ...at,
      fix: "restore it from a copy, or move it away: log, lake and warehouse do not need it",
    });
  }
  const isUnreachable = UNREACHABLE.some((kind) => cause instanceof kind) ||
    /readonly|read-only|unable to open/i.test(message);
  if (isUnreachable) {
    return new TickhouseError("METADATA_UNREADABLE", `it can't be read and written: ${message}`, {
      ...at,
      fix: "let this user write there, set TICKHOUSE_HOME, or TICKHOUSE_METADATA=postgres://…",
    });
  }
  const busy = isBusy(cause);
  return new TickhouseError("METADATA_FAILED", message, {
    ...at,
    kind: busy ? "transient" : "terminal",
    fix: busy
      ? "another process holds it for long: see what it does"
      : "see whether the file can be read and written",
  });
}
