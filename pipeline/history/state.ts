/** How far a series was fetched. @module */
import { z } from "zod";
import { GAP_REASONS } from "../metadata/gaps.ts";
import { parseCursor } from "../source/state.ts";
import type { TimedBar } from "./bar.ts";

const time = z.number().int();
const figure = z.union([z.number(), z.string()]);
const range = z.strictObject({ fromUs: time, toUs: time });

const action = z.strictObject({
  exDate: z.string(),
  kind: z.enum(["split", "dividend", "capital_gain"]),
  amount: z.string(),
  currency: z.string().nullable(),
});

/** What the cursor of a series keeps, in the commit of its records. */
const STATE = z.strictObject({
  /** What is fetched, without a hole; bars from its end on are asked for again. */
  covered: range,
  /** The last bars, which the next answer is compared with. */
  tail: z.array(z.strictObject({
    openUs: time,
    open: figure,
    high: figure,
    low: figure,
    close: figure,
    adjClose: figure.nullable(),
    volume: figure.nullable(),
    provisional: z.boolean(),
  })),
  exchange: z.string().nullable(),
  /** What is covered and to be fetched again: it may be told otherwise now. */
  stale: range.nullable().default(null),
  /** Splits that the provider has told of this series: what it tells is in shares behind them. */
  splits: z.array(z.string()).default([]),
  /** The last elements that were refused: each is a dead letter once. */
  refused: z.array(z.string()).default([]),
  /** What the ledger is told of the last request, once its records are in the log. */
  told: z.strictObject({
    asked: range,
    askedUs: time,
    sha256: z.string(),
    received: z.number().int(),
    lastTimeUs: time.nullable(),
    /** Final parts of what was asked for in which nothing is missing. */
    whole: z.array(range),
    /** Splits and payouts that were new. */
    actions: z.array(action).default([]),
    missing: z.array(z.strictObject({ fromUs: time, toUs: time, reason: z.enum(GAP_REASONS) })),
  }),
});

/** What the cursor of a series keeps. */
export type SeriesState = z.infer<typeof STATE>;

/** The bars of a state that are compared with. */
export type Tail = readonly TimedBar[];

/** The state of the text. Throws `SERIES_STATE_INVALID`. */
export function parseSeriesState(text: string): SeriesState {
  return parseCursor(STATE, text, { of: "a series", fix: "fetch it from its start: --again" });
}
