/** The metadata store in one SQLite file, for any number of processes on a machine. @module */
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { CamelCasePlugin, Kysely, SqliteAdapter, type SqliteDatabase, SqliteDialect } from "kysely";
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
}

/** Durable through a crash and power loss: each change is synced to disk. Throws as `sqliteFault` says. */
export function sqliteEngine({ path, lockWaitMs = 10_000 }: SqliteOptions): Engine {
  const fault = (error: unknown) => sqliteFault(error, path);
  let file: DatabaseSync | undefined;
  try {
    Deno.mkdirSync(dirname(path), { recursive: true });
    file = new DatabaseSync(path, { timeout: lockWaitMs });
    file.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  } catch (error) {
    file?.close();
    throw fault(error);
  }
  const bare = new Kysely<Tables>({
    dialect: new FileDialect({ database: forKysely(file) }),
    plugins: [new CamelCasePlugin()],
  });
  let isOpen = true;
  return {
    where: path,
    bare,
    schema: undefined,
    // Whoever begins has the whole file: see `forKysely`.
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

/** SQLite can undo what makes tables, so that a migration is kept whole or not at all. */
class FileDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new class extends SqliteAdapter {
      override get supportsTransactionalDdl(): boolean {
        return true;
      }
    }();
  }
}

/** The file as Kysely asks for it. */
function forKysely(file: DatabaseSync): SqliteDatabase {
  return {
    close: () => file.close(),
    prepare: (sql) => {
      // Who first reads and then writes would be refused where another has written in between.
      const statement = file.prepare(sql === "begin" ? "begin immediate" : sql);
      return {
        reader: statement.columns().length > 0,
        all: (binds) => statement.all(...binds as SQLInputValue[]),
        run: (binds) => statement.run(...binds as SQLInputValue[]),
        iterate: (binds) => statement.iterate(...binds as SQLInputValue[]),
      };
    },
  };
}

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
  const isUnreachable = cause instanceof Deno.errors.PermissionDenied ||
    cause instanceof Deno.errors.NotCapable || cause instanceof Deno.errors.NotADirectory ||
    /readonly|read-only|unable to open|not permitted|denied/i.test(message);
  if (isUnreachable) {
    return new TickhouseError("METADATA_UNREADABLE", `it can't be read and written: ${message}`, {
      ...at,
      fix: "let this user write there, set TICKHOUSE_HOME, or TICKHOUSE_METADATA=postgres://…",
    });
  }
  const isBusy = /locked|busy/i.test(message);
  return new TickhouseError("METADATA_FAILED", message, {
    ...at,
    kind: isBusy ? "transient" : "terminal",
    fix: isBusy
      ? "another process holds it for long: see what it does"
      : "see whether the file can be read and written",
  });
}
