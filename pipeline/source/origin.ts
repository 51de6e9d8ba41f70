/** What a file's records are known by, in the log and in the tables. @module */
import { basename } from "node:path";
import { sha256 } from "../sha256.ts";

const NAME_CHARS_MAX = 48;

/** Name of the cursor of a file, by its real path. */
export function fileCursor(realPath: string): string {
  return `csv:${realPath}`;
}

/**
 * Value of the column `origin` for the records of a file: the end of its name, and a hash of its
 * real path, such as `AAPL.csv#3fa9c21b`.
 */
export async function originOf(realPath: string): Promise<string> {
  const hash = await sha256(new TextEncoder().encode(fileCursor(realPath)));
  return `${[...basename(realPath)].slice(-NAME_CHARS_MAX).join("")}#${hash.slice(0, 8)}`;
}

/** State of a file's cursor after its records were taken back: the next ingest reads it from the start. */
export const WITHDRAWN_STATE: string = JSON.stringify({ withdrawn: true });

/**
 * Value of the column `origin` for what takes a fact back by a withdrawal. Of a fact only what came
 * after it counts: so the same records, read again, count again. No file has such a name.
 */
export const WITHDRAWN_ORIGIN = "#withdrawn";
