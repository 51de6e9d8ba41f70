import { messageOf, TickhouseError } from "../../errors.ts";

/** Runs a statement on the log; throws `DISK_FULL`, `BROKER_DAMAGED` or `BROKER_FAILED`. */
export function guarded<T>(statement: () => T): T {
  try {
    return statement();
  } catch (cause) {
    throw cause instanceof TickhouseError ? cause : sqliteError(cause);
  }
}

/** What a failed statement means, and what to do about it. */
export function sqliteError(cause: unknown): TickhouseError {
  const message = messageOf(cause);
  if (/disk is full|disk I\/O/i.test(message)) {
    return new TickhouseError("DISK_FULL", `the log can't be written: ${message}`, {
      // SQLite says no more: a disk that fails is told the same way.
      fix: "free space on the disk, and see that it is sound; nothing of this call was kept",
      cause,
    });
  }
  if (/malformed|not a database|too large to be represented/i.test(message)) {
    return new TickhouseError("BROKER_DAMAGED", `the log can't be read: ${message}`, {
      fix: "restore broker.sqlite from a copy, or move it away with lake and warehouse",
      cause,
    });
  }
  const busy = /locked|busy/i.test(message);
  return new TickhouseError("BROKER_FAILED", `the log failed: ${message}`, {
    kind: busy ? "transient" : "terminal",
    fix: busy
      ? "another process holds the log for long: see what it does"
      : "see whether broker.sqlite can be read and written",
    cause,
  });
}
