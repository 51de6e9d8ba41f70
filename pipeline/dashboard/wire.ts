/** What travels between the dashboard's server and its page, as JSON. @module */
import type { LiveStatus } from "./status.ts";

/** Start (seconds since 1970 UTC), open, high, low, close, volume, trades. */
export type Bar = readonly [number, number, number, number, number, number, number];

/** Lengths of bars that the page offers. */
export type Interval = "1s" | "1m" | "5m" | "1h" | "1d";

/** Seconds of each interval. */
export const INTERVAL_SECONDS: Readonly<Record<Interval, number>> = {
  "1s": 1,
  "1m": 60,
  "5m": 300,
  "1h": 3600,
  "1d": 86_400,
};

/** One symbol of one source, and where it stands on its latest trading day. */
export interface Instrument {
  readonly dataset: string;
  readonly source: string;
  /** Untrusted text. */
  readonly symbol: string;
  readonly name: string;
  readonly sector: string;
  /** Relative size on the treemap; null if unknown. */
  readonly weight: number | null;
  readonly lastPrice: number;
  /** Seconds since 1970 UTC. */
  readonly lastTime: number;
  readonly previousClose: number | null;
  readonly dayOpen: number;
  readonly dayHigh: number;
  readonly dayLow: number;
  readonly volume: number | null;
  readonly trades: number;
  /** Seconds since 1970 UTC between which trades belong to the day's figures. */
  readonly dayStart: number;
  readonly dayEnd: number;
  /** Said under the day's figures where they are not up to the moment. */
  readonly note: string | null;
}

/** The newest one-second bars of a symbol; a bar replaces an earlier one of the same second. */
export interface SymbolSeconds {
  readonly source: string;
  readonly symbol: string;
  readonly bars: readonly Bar[];
}

/** Second of arrival, rows, and their delay in milliseconds where it means something. */
export type Activity = readonly [
  second: number,
  ticks: number,
  p50Ms: number | null,
  p99Ms: number | null,
];

/** One server-sent event. What did not change since the last one is left out. */
export interface Update {
  /** The first event of a connection: it holds everything. */
  readonly first?: true;
  readonly status: LiveStatus;
  readonly seconds?: readonly SymbolSeconds[];
  readonly instruments?: readonly Instrument[];
  readonly activity?: readonly Activity[];
  /** Why the warehouse could not be read just now; null when it can be again. */
  readonly problem?: string | null;
}

/** Answer of /candles. */
export interface Candles {
  /** They hold nothing from `from` on. */
  readonly bars: readonly Bar[];
  /** One-second bars from `from` on. */
  readonly seconds: readonly Bar[];
  /** Seconds since 1970 UTC; live seconds before it are in `bars` already. */
  readonly from: number;
  /** Live seconds from here on belong to no bar: the session is over. Null: all belong. */
  readonly until: number | null;
}
