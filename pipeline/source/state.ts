/** What cursors keep, as text. @module */
import type { z } from "zod";
import { TickhouseError } from "../errors.ts";

/** Whose state it is, and how to go on without it. */
export interface StateOf {
  /** Such as "a series". */
  readonly of: string;
  readonly fix: string;
}

/** The state of the text. Throws `SERIES_STATE_INVALID`. */
export function parseCursor<T>(schema: z.ZodType<T>, text: string, { of, fix }: StateOf): T {
  let cause: unknown;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    cause = parsed.error;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    cause = error;
  }
  throw new TickhouseError("SERIES_STATE_INVALID", `this is no state of ${of}`, {
    field: "state",
    value: text,
    fix,
    cause,
  });
}
