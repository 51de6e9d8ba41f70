/**
 * What of a series is expected, there and missing, and why: the ledger of gaps held against the
 * exchange's calendar and the warehouse.
 * @module
 */
import type { Calendar, Closure } from "../calendar/calendar.ts";
import { day } from "../history/time.ts";
import type { Gap, GapReason } from "../metadata/gaps.ts";
import type { Range } from "../metadata/range.ts";
import type { Series } from "../metadata/metadata.ts";

/** Reasons as people read them. */
export const REASONS: Readonly<Record<GapReason, string>> = {
  no_trade: "the provider answered without it: no trade, or a halt",
  halt: "trading was halted",
  quota: "the provider's limit was reached",
  unknown_symbol: "the provider does not know the symbol",
  provider_error: "the provider answered with an error, or not as documented",
  disconnected: "the connection was gone",
  stalled: "the connection fell silent",
  no_access: "the provider does not have it, or the plan does not include it",
  not_asked: "it was not asked for",
};

/** What is known of a series before it is held against anything. */
export interface Known {
  readonly series: Series;
  /** What is covered; null for one that has gaps only. */
  readonly covered: Range | null;
  /** All of the series, whatever their state. */
  readonly gaps: readonly Gap[];
  /** Null where nobody knows it. */
  readonly exchange: string | null;
  /** Where the bars begin that the warehouse has; null where it could not be asked. */
  readonly there: ReadonlySet<number> | null;
}

/** A day that has no session, or another one than usual: nothing is missing then. */
export interface Explained {
  /** `YYYY-MM-DD`, of the exchange. */
  readonly day: string;
  /** Why it is not one of the usual. */
  readonly reason: "closed" | "holiday" | "early_close" | "late_open" | "unknown";
  /** In words. */
  readonly name: string;
}

/** A series held against calendar and warehouse. */
export interface SeriesGaps extends Series {
  /** Market identifier code; null where nobody knows it. */
  readonly exchange: string | null;
  /** What is fetched; null if nothing is. */
  readonly covered: Range | null;
  /** Bars that the calendar expects in what is covered; null where it can't be said. */
  readonly expected: number | null;
  /** Of those, bars in the warehouse; null where it could not be asked. */
  readonly there: number | null;
  /** Bars that the calendar does not expect, such as before the session. */
  readonly beside: number | null;
  /** What is missing and not filled, by time. */
  readonly gaps: readonly Gap[];
  /** What was missing once and was filled. */
  readonly filled: readonly Gap[];
  /** Where bars begin that are neither in the warehouse nor in a gap: lost in silence, if any. */
  readonly unexplained: readonly number[];
  /** Days of what is covered without a usual session. */
  readonly explained: readonly Explained[];
}

/** Holds a series against calendar and warehouse. */
export function seriesGaps(calendar: Calendar, known: Known): SeriesGaps {
  const { series, covered, gaps, exchange, there } = known;
  const missing = gaps.filter(({ state }) => state !== "filled");
  const isExpected = covered !== null && exchange !== null && calendar.has(exchange) &&
    isInterval(series.interval);
  const slots = isExpected
    ? calendar.slots(exchange, series.interval, covered.fromUs, covered.toUs)
    : null;
  const present = there && slots ? slots.filter((slot) => there.has(slot)) : null;
  // What another provider has filled is there under its name.
  const elsewhere = gaps.filter(({ state, filledBy }) =>
    state === "filled" && filledBy !== series.provider
  );
  const inGaps = coverOf([...missing, ...elsewhere]);
  return {
    ...series,
    exchange,
    covered,
    expected: slots?.length ?? null,
    there: present?.length ?? there?.size ?? null,
    beside: there && present ? there.size - present.length : null,
    gaps: missing,
    filled: gaps.filter(({ state }) => state === "filled"),
    unexplained: there && slots ? slots.filter((slot) => !there.has(slot) && !inGaps(slot)) : [],
    explained: covered && exchange !== null && calendar.has(exchange)
      ? explainedDays(calendar, exchange, covered)
      : [],
  };
}

/** Whether it is one of bars. */
function isInterval(interval: string): boolean {
  return /^\d+(s|m|h|d|wk|mo)$/.test(interval);
}

/** Tells whether a time lies in one of the ranges. */
function coverOf(ranges: readonly Range[]): (us: number) => boolean {
  const sorted = [...ranges].sort((a, b) => a.fromUs - b.fromUs);
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { fromUs, toUs } of sorted) {
    const last = ends.at(-1);
    if (last !== undefined && fromUs <= last) ends[ends.length - 1] = Math.max(last, toUs);
    else {
      starts.push(fromUs);
      ends.push(toUs);
    }
  }
  return (us) => {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((starts[middle] ?? 0) <= us) low = middle + 1;
      else high = middle;
    }
    return low > 0 && us < (ends[low - 1] ?? 0);
  };
}

function explainedDays(calendar: Calendar, exchange: string, covered: Range): Explained[] {
  const closures = calendar.closures(exchange, day(covered.fromUs), day(covered.toUs));
  const odd = calendar.sessions(exchange, covered.fromUs, covered.toUs)
    .filter(({ kind }) => kind !== "full")
    .map((session): Explained => ({
      day: session.day,
      reason: session.kind === "late_open" ? "late_open" : "early_close",
      name: session.name ?? "",
    }));
  return [...closures.map(closed), ...odd].sort((a, b) => a.day < b.day ? -1 : 1);
}

function closed({ day, reason, name }: Closure): Explained {
  if (reason === "unknown") return { day, reason, name };
  return { day, reason: reason === "weekend" ? "closed" : "holiday", name };
}

/** Bars that a range holds by the calendar; null where that can't be said. */
export function slotsIn(
  calendar: Calendar,
  exchange: string | null,
  interval: string,
  range: Range,
): number | null {
  if (exchange === null || !calendar.has(exchange) || !isInterval(interval)) return null;
  return calendar.slots(exchange, interval, range.fromUs, range.toUs).length;
}
