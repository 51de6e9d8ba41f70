import { messageOf } from "../errors.ts";

/** Whether the error of the system, of SQLite or of DuckDB says that a file can't grow. */
export function isDiskFull(error: unknown): boolean {
  return /no space|file too large|quota|disk|could not write/i.test(messageOf(error));
}
