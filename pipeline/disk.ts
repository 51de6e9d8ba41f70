import { messageOf } from "./errors.ts";

/** What systems, SQLite and DuckDB say of a file that can't grow. */
const FULL =
  /no space left|not enough space|file too large|quota exceeded|disk is full|disk full|disk I\/O|could not write|available disk space/i;

/** Whether the error of the system, of SQLite or of DuckDB says that a file can't grow. */
export function isDiskFull(error: unknown): boolean {
  return FULL.test(messageOf(error));
}
