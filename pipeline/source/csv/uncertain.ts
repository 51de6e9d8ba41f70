/** What is not certain of a file is not guessed. @module */
import { TickhouseError } from "../../errors.ts";

/** An error that names the flag that answers. */
export function uncertain(
  field: string,
  value: string | undefined,
  what: string,
  fix: string,
): TickhouseError {
  return new TickhouseError("CSV_UNCERTAIN", what, {
    field,
    ...(value === undefined ? {} : { value }),
    fix,
  });
}
