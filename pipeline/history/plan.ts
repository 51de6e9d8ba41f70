/** Which requests a series needs. @module */
import type { Calendar } from "../calendar/calendar.ts";
import { isDay } from "../day.ts";
import { TickhouseError } from "../errors.ts";
import type { Range } from "../metadata/range.ts";
import type { HistoryProvider } from "./provider.ts";
import type { SeriesState } from "./state.ts";
import { slotsOf } from "./expected.ts";
import { beginOf, day as dateOf, DAY_US, endOf, isDated } from "./time.ts";

/** One request. */
export interface Step {
  readonly window: Range;
  /** What is missing where it fails: what it is for, and what is to be asked for after it. */
  readonly rest: Range;
  /**
   * `again`: it is covered, and may be told otherwise now. `earlier`: it lies before what is covered,
   * and ends where that begins. `later`: it begins with the last bars of what is covered.
   */
  readonly kind: "again" | "earlier" | "gap" | "later";
  /** Whether it is the first of its kind: what lies between what is covered and it is out of reach. */
  readonly isFirst: boolean;
}

/** What to ask for. */
export interface Plan {
  /** How far back the provider goes, microseconds since 1970, where all that is wanted is before. */
  readonly reachUs?: number;
  readonly steps: readonly Step[];
  /** What was wanted and the provider does not have any more. */
  readonly beyond: readonly Range[];
}

/** What is wanted. */
export interface Wanted {
  readonly provider: HistoryProvider;
  readonly symbol: string;
  readonly interval: string;
  readonly from?: string;
  readonly to?: string;
  readonly calendar: Calendar;
}

/** The requests that are left, so that what is covered never has a hole. Throws `OPTION_INVALID`. */
export function plan(wanted: Wanted, state: SeriesState | undefined, nowUs: number): Plan {
  const { provider, interval } = wanted;
  const range = rangeOf(wanted, state, nowUs);
  const earliestUs = provider.earliestUs(interval, nowUs);
  // Nothing of it can be had: what lies between is not what was asked for.
  if (range.fromUs < range.toUs && range.toUs <= earliestUs) {
    return { steps: [], beyond: [range], reachUs: earliestUs };
  }
  const fromUs = Math.max(range.fromUs, earliestUs);
  if (!state) {
    const reach = { fromUs: range.fromUs, toUs: Math.min(earliestUs, range.toUs) };
    return { steps: stepsOf(wanted, { fromUs, toUs: range.toUs }, "later"), beyond: some(reach) };
  }
  const { covered, stale } = state;
  // What was not fetched in time is out of reach, too.
  const laterUs = Math.max(covered.toUs, earliestUs);
  return {
    steps: [
      ...stale
        ? stepsOf(wanted, { ...stale, fromUs: Math.max(stale.fromUs, earliestUs) }, "again")
        : [],
      // From what is covered backwards, then from there on.
      ...stepsOf(wanted, { fromUs, toUs: covered.fromUs }, "earlier").reverse(),
      ...laterSteps(wanted, state, { fromUs: laterUs, toUs: range.toUs }, nowUs),
    ],
    beyond: [
      ...some({ fromUs: range.fromUs, toUs: Math.min(earliestUs, covered.fromUs) }),
      ...some({ fromUs: covered.toUs, toUs: Math.min(laterUs, range.toUs) }),
    ],
  };
}

function some(range: Range): Range[] {
  return range.fromUs < range.toUs ? [range] : [];
}

/** What is new, and the last bars before it: they may have been corrected since. */
function laterSteps(wanted: Wanted, state: SeriesState, range: Range, nowUs: number): Step[] {
  if (!(range.fromUs < range.toUs) || !isDue(wanted, state, range, nowUs)) return [];
  const { provider, interval } = wanted;
  const first = state.tail[0]?.openUs ?? range.fromUs;
  const isInReach = first >= provider.earliestUs(interval, nowUs);
  const fromUs = isInReach ? Math.min(first, range.fromUs) : range.fromUs;
  return stepsOf(wanted, { fromUs, toUs: range.toUs }, "later").map((step) => ({
    ...step,
    rest: { fromUs: Math.max(step.rest.fromUs, range.fromUs), toUs: range.toUs },
  }));
}

/** Longer ranges always have something. */
const SHORT_US = 14 * DAY_US;
/** So long an answer that could not be read is left alone. */
const BROKEN_US = 600e6;

/** Whether the range may have what is not known yet: a request for nothing is one of the day's. */
function isDue(
  { calendar, provider, symbol, interval }: Wanted,
  { tail, exchange: told, told: last }: SeriesState,
  range: Range,
  nowUs: number,
): boolean {
  if (range.toUs - range.fromUs > SHORT_US || tail.some(({ provisional }) => provisional)) {
    return true;
  }
  // What could not be read may be in order by now.
  const isBroken = last.missing.some(({ reason }) => reason === "provider_error");
  if (isBroken && nowUs - last.askedUs >= BROKEN_US) return true;
  const exchange = calendar.exchangeOf(provider.name, symbol, dateOf(range.toUs)) ?? told;
  if (exchange === null || !calendar.has(exchange)) return true;
  const slots = slotsOf(calendar, provider, { exchange, interval, ...range });
  const isThere = provider.hasRunning === false ? endOf : beginOf;
  return slots.some((slot) => isThere(slot, interval, exchange, calendar) <= nowUs);
}

function stepsOf({ provider, interval }: Wanted, range: Range, kind: Step["kind"]): Step[] {
  if (!(range.fromUs < range.toUs)) return [];
  return provider.windows(interval, range).map((window, i) => ({
    window,
    isFirst: i === 0,
    rest: kind === "earlier"
      ? { fromUs: range.fromUs, toUs: window.toUs }
      : { fromUs: window.fromUs, toUs: range.toUs },
    kind,
  }));
}

/** What is wanted, as times. */
function rangeOf(wanted: Wanted, state: SeriesState | undefined, nowUs: number): Range {
  const { from, to } = wanted;
  if (from === undefined && !state) {
    throw new TickhouseError("OPTION_INVALID", "nothing was fetched yet: since when?", {
      field: "--from",
      value: `${wanted.provider.name} ${wanted.symbol} ${wanted.interval}`,
      fix: "name the first day, such as 2024-01-01",
    });
  }
  const fromUs = from === undefined
    ? state?.covered.fromUs ?? nowUs
    : startOf(wanted, "--from", from);
  const toUs = to === undefined ? nowUs : Math.min(nowUs, startOf(wanted, "--to", to, 1));
  if (from === undefined || fromUs < toUs) return { fromUs, toUs: Math.max(fromUs, toUs) };
  throw new TickhouseError("OPTION_INVALID", "the time ends before it begins, or has not begun", {
    field: "--from",
    value: from,
    fix: to === undefined ? "name a day that has begun" : `name a day up to ${to}`,
  });
}

/** Where a day begins for the bars of the interval: with its session, where that is known. */
function startOf(
  { calendar, provider, symbol, interval }: Wanted,
  field: string,
  day: string,
  plusDays = 0,
): number {
  const midnightUs = dayUs(field, day) + plusDays * DAY_US;
  if (isDated(interval)) return midnightUs;
  const date = new Date(midnightUs / 1000).toISOString().slice(0, 10);
  const exchange = calendar.exchangeOf(provider.name, symbol, date);
  if (exchange === undefined || !calendar.has(exchange)) return midnightUs;
  const around = calendar.sessions(exchange, midnightUs - DAY_US, midnightUs + 7 * DAY_US);
  const first = around.find((session) => session.day >= date);
  // A session that begins on the evening before belongs to its day.
  return first && first.openUs < midnightUs ? first.openUs : midnightUs;
}

function dayUs(field: string, day: string): number {
  const ms = isDay(day) ? Date.parse(day) : NaN;
  if (ms >= Date.UTC(1900, 0, 1) && ms < Date.UTC(2199, 0, 1)) return ms * 1000;
  throw new TickhouseError("OPTION_INVALID", "this is no day", {
    field,
    value: day,
    fix: "write it as 2024-01-31",
  });
}
