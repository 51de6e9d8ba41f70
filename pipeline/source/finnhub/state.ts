/** What the cursor of the trades keeps, in the commit of its records. @module */
import { z } from "zod";
import { TickhouseError } from "../../errors.ts";

const STATE = z.strictObject({
  /** Records of all runs. */
  sent: z.number().int().min(0),
  /**
   * By symbol: until when all was heard, microseconds since 1970; what is missing is noted from
   * there on.
   */
  until: z.record(z.string(), z.number().int()),
});

/** What the cursor of the trades keeps. */
export type TradesState = z.infer<typeof STATE>;

/** The state of the text. Throws `SERIES_STATE_INVALID`. */
export function parseTradesState(text: string): TradesState {
  let cause: unknown;
  try {
    const parsed = STATE.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    cause = parsed.error;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    cause = error;
  }
  throw new TickhouseError("SERIES_STATE_INVALID", "this is no state of Finnhub's trades", {
    field: "state",
    value: text,
    fix: "use another home, or remove the log",
    cause,
  });
}
