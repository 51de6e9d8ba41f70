/** Lines of a seed: a CSV file of which each record is one line, so that errors name it and dbt agrees. @module */
import { parse } from "@std/csv";
import { messageOf, TickhouseError } from "./errors.ts";

/** A line that is not blank. */
export interface SeedLine {
  /** From 1 on. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** The lines of the text that are not blank. Throws `SEED_INVALID`, naming the file and the line. */
export function seedLines(file: string, text: string): SeedLine[] {
  return text.replace(/^\uFEFF/, "").split(/\r?\n/).flatMap((row, index) => {
    if (row === "") return [];
    // A line without a quote needs no parser.
    if (!row.includes('"')) return [{ line: index + 1, cells: row.split(",") }];
    try {
      return [{ line: index + 1, cells: parse(row)[0] ?? [] }];
    } catch (cause) {
      const fix = 'close the quote on its line; a quote in a cell is written ""';
      throw seedInvalid(file, index + 1, messageOf(cause), fix, row, cause);
    }
  });
}

/** A seed that can't be read. */
export function seedInvalid(
  file: string,
  line: number,
  what: string,
  fix: string,
  value?: string,
  cause?: unknown,
): TickhouseError {
  return new TickhouseError("SEED_INVALID", `line ${line}: ${what}`, {
    field: file,
    fix,
    ...(value === undefined ? {} : { value }),
    ...(cause === undefined ? {} : { cause }),
  });
}
