/** What the cursor of the trades keeps, in the commit of its records. @module */
import { z } from "zod";
import { parseCursor } from "../state.ts";

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
  const fix = "use another home, or remove the log";
  return parseCursor(STATE, text, { of: "Finnhub's trades", fix });
}
