/** What DuckDB's errors mean. @module */
import { retry, RetryError, type RetryOptions } from "@std/async";
import { hasCode, messageOf, TickhouseError } from "../../errors.ts";
import { isDiskFull } from "../../disk.ts";

/** Whether another process has the database's file. */
export function isHeld(error: unknown): boolean {
  return hasCode(error, "DATABASE_HELD");
}

/** Whether the memory limit was too low for what was asked; also of an error caused by that. */
export function isOutOfMemory(error: unknown): boolean {
  if (error instanceof TickhouseError && error.cause) return isOutOfMemory(error.cause);
  return LACKS_MEMORY.test(messageOf(error));
}

/** What DuckDB says at once, and what a commit says that failed for it. */
const LACKS_MEMORY =
  /^Out of Memory|^TransactionContext Error: .*failed to (pin|allocate|offload) .*of size/s;
/** Of an engine that can't go on: only a new start can. */
const LOST_FOR_MEMORY = /^FATAL Error.*(Out of Memory|failed to pin)/s;

/** What DuckDB says of a file, or of its write-ahead log, that is not what it wrote. */
const DAMAGED =
  /not a valid DuckDB|corrupt|checksum|could not read enough bytes|replaying WAL|deserializ|serialization|database has been invalidated/i;
/** Kinds of its errors that are about files, not about a statement. */
const OF_FILES = /^(IO|FATAL|INTERNAL|Serialization|TransactionContext|Out of Memory) Error/i;

/**
 * The error for one that means that the file at `path` is damaged, that no file can grow, or that
 * the memory is too little; undefined for anything else, such as what is wrong with a statement.
 */
export function fileError(path: string, cause: unknown): TickhouseError | undefined {
  const message = messageOf(cause);
  if (!OF_FILES.test(message)) return undefined;
  const first = message.split("\n")[0] ?? message;
  if (isDiskFull(cause)) {
    return new TickhouseError("DISK_FULL", first, {
      field: "warehouse",
      value: path,
      fix: "free space on the disk, also in the temporary folder; nothing of this call was kept",
      cause,
    });
  }
  if (isOutOfMemory(cause)) {
    return new TickhouseError("OUT_OF_MEMORY", first, {
      field: "TICKHOUSE_MEMORY",
      kind: "transient",
      fix: "raise it, or ask for less at once; nothing of this call was kept",
      cause,
    });
  }
  if (LOST_FOR_MEMORY.test(message)) {
    return new TickhouseError("OUT_OF_MEMORY", first, {
      field: "TICKHOUSE_MEMORY",
      fix: "start again, with more of it; what was committed is kept",
      cause,
    });
  }
  return DAMAGED.test(message) ? unreadable(path, cause) : undefined;
}

/** The database can't be read. */
export function unreadable(path: string, cause: unknown): TickhouseError {
  const message = messageOf(cause);
  return new TickhouseError("DATABASE_UNREADABLE", message.split("\n")[0] ?? message, {
    field: "warehouse",
    value: path,
    fix: DAMAGED.test(message)
      ? `restore it from a copy, or move it away (with ${path}.wal, if there is one) and fill a ` +
        "new one by `deno task load`"
      : "name a DuckDB file in a folder that exists and can be written",
    cause,
  });
}

/** What a write that failed says. */
export function writeError(cause: unknown): TickhouseError {
  const message = messageOf(cause).split("\n")[0] ?? "";
  const full = isDiskFull(cause);
  // Whatever aborted it, the positions tell what is kept, and it is tried again.
  const conflict = /conflict|transaction is aborted/i.test(message);
  // Models and queries share the memory: a moment later there may be enough.
  const memory = isOutOfMemory(cause);
  return new TickhouseError(full ? "DISK_FULL" : "WAREHOUSE_WRITE", message, {
    field: memory ? "TICKHOUSE_MEMORY" : "warehouse",
    kind: conflict || memory ? "transient" : "terminal",
    fix: full
      ? "free space on the disk; nothing of this batch was kept"
      : memory
      ? "raise it; what was not kept is tried again"
      : "nothing of this batch was kept",
    cause,
  });
}

/** The same for one whose tables are not those that tickhouse made; else what was thrown. */
export function tableError(cause: unknown): unknown {
  const message = messageOf(cause);
  const isMissing = cause instanceof TickhouseError
    ? cause.code === "TABLE_UNKNOWN"
    : /^(Catalog|Binder) Error/.test(message);
  if (!isMissing) return cause;
  return new TickhouseError("WAREHOUSE_INCOMPLETE", message.split("\n")[0] ?? message, {
    field: "warehouse",
    fix: "`deno task stream` makes what is missing; if it was there, restore the " +
      "warehouse from a copy, or move it away and fill a new one by `deno task load`",
    cause,
  });
}

/** Opens a database; as often as the options allow while another process has its file. */
export async function whenFree<T>(open: () => Promise<T>, options: RetryOptions): Promise<T> {
  try {
    return await retry(open, { ...options, isRetriable: isHeld });
  } catch (error) {
    throw error instanceof RetryError ? error.cause : error;
  }
}
