/** What travels between the dashboard's server and its page, as JSON. @module */
import type { INTERVALS } from "./page/intervals.js";
import type { LiveStatus } from "./status.ts";

/**
 * Start (seconds since 1970 UTC), open, high, low, close, volume (null: not told), trades, and how
 * many records have revised it since it closed, if any.
 */
export type Bar = readonly [number, number, number, number, number, number | null, number, number?];

/**
 * A bar of trades that the models may not have; without prices where no trade may set one, as odd
 * lots.
 */
export type Second = readonly [
  number,
  number | null,
  number | null,
  number | null,
  number | null,
  number | null,
  number,
  number?,
];

/** Lengths of bars that the page offers. */
export type Interval = keyof typeof INTERVALS;

/** A split or a dividend. */
export interface CorporateAction {
  /** The day from which the price is without it, seconds since 1970 UTC. */
  readonly day: number;
  readonly action: "split" | "dividend";
  /** New shares for an old one, or money a share. */
  readonly amount: number;
}

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
  /** Null for bars. */
  readonly trades: number | null;
  /** Seconds since 1970 UTC between which trades belong to the day's figures. */
  readonly dayStart: number;
  readonly dayEnd: number;
  /** Said under the day's figures where they are not up to the moment. */
  readonly note: string | null;
}

/**
 * The newest one-second bars of a symbol; a bar replaces an earlier one of the same second, and one
 * of no trades says that there is none any more.
 */
export interface SymbolSeconds {
  readonly source: string;
  readonly symbol: string;
  readonly bars: readonly Second[];
}

/** Second of arrival, rows, and their delay in milliseconds where it means something. */
export type Activity = readonly [
  second: number,
  ticks: number,
  p50Ms: number | null,
  p99Ms: number | null,
];

/** What has come, whether or not the models have seen it. */
export interface Arrived {
  /** Rows in the warehouse, by dataset; those without rows are left out. */
  readonly rows: Readonly<Record<string, number>>;
  /** Whether the models have been built. */
  readonly modelled: boolean;
  /** Records that were refused and kept with their reasons; null if that is not known. */
  readonly deadLetters: number | null;
}

/** What the quality rules mark: see docs/quality.md. */
export interface Quality {
  /** Findings in all. */
  readonly total: number;
  /** The newest of them, newest first. */
  readonly findings: readonly {
    readonly rule: string;
    readonly source: string;
    readonly symbol: string;
    readonly detail: string;
    /** Seconds since 1970 UTC. */
    readonly time: number;
  }[];
}

/** What providers did not give yet, and a later run may fetch: see docs/feeds.md. */
export interface OpenGaps {
  /** Open gaps in all. */
  readonly total: number;
  /** Those that were noticed last, the newest first. */
  readonly newest: readonly {
    readonly provider: string;
    readonly symbol: string;
    readonly interval: string;
    /** Seconds since 1970 UTC. */
    readonly from: number;
    /** As `from`; the moment itself is outside. */
    readonly to: number;
    readonly reason: string;
    readonly detail: string | null;
  }[];
}

/** One server-sent event. What did not change since the last one is left out. */
export interface Update {
  /** The first event of a connection: it holds everything. */
  readonly first?: true;
  readonly status: LiveStatus;
  readonly seconds?: readonly SymbolSeconds[];
  readonly instruments?: readonly Instrument[];
  readonly activity?: readonly Activity[];
  readonly arrived?: Arrived;
  readonly quality?: Quality;
  readonly gaps?: OpenGaps;
  /** Why the warehouse could not be read just now; null when it can be again. */
  readonly problem?: string | null;
}

/** Answer of /candles. */
export interface Candles {
  /** What was asked for, or where the instrument has no such bars, what it has instead. */
  readonly interval: Interval;
  /** All that the instrument has, shortest first. */
  readonly intervals: readonly Interval[];
  /** Splits and dividends of the symbol, oldest first. */
  readonly actions: readonly CorporateAction[];
  /** They hold nothing from `from` on. */
  readonly bars: readonly Bar[];
  /** One-second bars from `from` on. */
  readonly seconds: readonly Second[];
  /** Seconds since 1970 UTC; live seconds before it are in `bars` already. */
  readonly from: number;
  /** Live seconds from here on belong to no bar: the session is over. Null: all belong. */
  readonly until: number | null;
  /** When sessions of the newest day begin, from which its candles are counted. */
  readonly starts: readonly number[];
}
