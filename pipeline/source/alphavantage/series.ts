/** The series that Alpha Vantage has, and how they are asked for. @module */
import type { Range } from "../../metadata/range.ts";
import { Zone } from "../../calendar/zone.ts";
import { DAY_US } from "../../history/time.ts";
import { windowsOf } from "../../history/windows.ts";

/** What a key may ask for. */
export type Plan = "free" | "premium";

/** Its own name of the zone that its days and months are of. */
export const ZONE = "US/Eastern";
/** Days that never have more than 100 trading days, which is what a compact answer has. */
const COMPACT_DAYS = 139;
/** It has minutes from there on. */
const FIRST_MINUTE_US = Date.UTC(2000, 0, 1) * 1000;
const FIRST_DAY_US = Date.UTC(1990, 0, 1) * 1000;

/** Its names of intervals below a day. */
const MINUTES: Readonly<Record<string, string>> = {
  "1m": "1min",
  "5m": "5min",
  "15m": "15min",
  "30m": "30min",
  "1h": "60min",
};

/** Intervals that it has. */
export const INTERVALS: readonly string[] = [...Object.keys(MINUTES), "1d", "1wk", "1mo"];

/** How a series is asked for, and what it is called in the answer. */
export interface SeriesCall {
  readonly query: Readonly<Record<string, string>>;
  readonly series: string;
  /** What the head must say of the interval; undefined for days and longer. */
  readonly minutes: string | undefined;
  readonly isAdjusted: boolean;
}

const LONG: Readonly<Record<string, readonly [called: string, series: string]>> = {
  "1wk": ["TIME_SERIES_WEEKLY", "Weekly Time Series"],
  "1mo": ["TIME_SERIES_MONTHLY", "Monthly Time Series"],
};

/** How the range is asked for. */
export function callOf(
  interval: string,
  { fromUs }: Range,
  { plan, nowUs }: { readonly plan: Plan; readonly nowUs: number },
): SeriesCall {
  const minutes = MINUTES[interval];
  if (minutes !== undefined) {
    return {
      query: {
        ...{ function: "TIME_SERIES_INTRADAY", interval: minutes, month: monthOf(fromUs) },
        ...{ adjusted: "false", extended_hours: "false", outputsize: "full" },
      },
      series: `Time Series (${minutes})`,
      minutes,
      isAdjusted: false,
    };
  }
  const long = LONG[interval];
  if (long) {
    return { query: { function: long[0] }, series: long[1], minutes: undefined, isAdjusted: false };
  }
  const isAdjusted = plan === "premium";
  const isCompact = fromUs >= compactFromUs(nowUs);
  return {
    query: {
      function: isAdjusted ? "TIME_SERIES_DAILY_ADJUSTED" : "TIME_SERIES_DAILY",
      outputsize: isCompact ? "compact" : "full",
    },
    series: "Time Series (Daily)",
    minutes: undefined,
    isAdjusted,
  };
}

/** How far back it goes: keys of the free plan get the last 100 days. */
export function earliestOf(interval: string, nowUs: number, plan: Plan): number {
  if (interval in MINUTES) return FIRST_MINUTE_US;
  return interval === "1d" && plan === "free" ? compactFromUs(nowUs) : FIRST_DAY_US;
}

function compactFromUs(nowUs: number): number {
  return Math.floor(nowUs / DAY_US) * DAY_US - COMPACT_DAYS * DAY_US;
}

/** Pieces that one request each can ask for: minutes come by the month, all else at once. */
export function piecesOf(interval: string, range: Range): Range[] {
  if (!(interval in MINUTES)) return windowsOf(range, Infinity);
  const pieces: Range[] = [];
  for (let fromUs = range.fromUs; fromUs < range.toUs;) {
    const toUs = Math.min(range.toUs, nextMonthUs(fromUs));
    pieces.push({ fromUs, toUs });
    fromUs = toUs;
  }
  return pieces;
}

const EASTERN = new Zone(ZONE);

/** The month of the zone that the time lies in, `YYYY-MM`. */
function monthOf(us: number): string {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(us / 1000)).toZonedDateTimeISO(ZONE)
    .toPlainDate().toString().slice(0, 7);
}

function nextMonthUs(us: number): number {
  const [year = 0, month = 1] = monthOf(us).split("-").map(Number);
  return EASTERN.timeUs(Date.UTC(year, month, 1) / 86_400_000, 0);
}
