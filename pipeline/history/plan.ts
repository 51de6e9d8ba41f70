/** Which requests a series needs. @module */
import type { Calendar } from "../calendar/calendar.ts";
import { TickhouseError } from "../errors.ts";
import type { Range } from "../metadata/range.ts";
import type { HistoryProvider } from "./provider.ts";
import type { SeriesState } from "./state.ts";
import { DAY_US, isDated } from "./time.ts";

/** One request. */
export interface Step {
  readonly window: Range;
  /** The window, and what is to be asked for after it: what is missing where it fails. */
  readonly rest: Range;
  /** Whether it lies before what is covered: then it ends where that begins. */
  readonly isEarlier: boolean;
}

/** What to ask for. */
export interface Plan {
  readonly steps: readonly Step[];
  /** What was wanted and the provider does not have any more. */
  readonly beyond?: Range;
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
  const fromUs = Math.max(range.fromUs, earliestUs);
  const covered = state?.covered;
  const later = { fromUs: covered ? covered.toUs : fromUs, toUs: range.toUs };
  const earlier = { fromUs, toUs: covered ? covered.fromUs : fromUs };
  const backwards = stepsOf(wanted, earlier, true).reverse();
  const isBeyond = range.fromUs < earliestUs && !(covered && covered.fromUs <= earliestUs);
  return {
    // From what is covered backwards, then from there on.
    steps: [...backwards, ...stepsOf(wanted, later, false)],
    ...(isBeyond
      ? { beyond: { fromUs: range.fromUs, toUs: Math.min(earliestUs, range.toUs) } }
      : {}),
  };
}

function stepsOf({ provider, interval }: Wanted, range: Range, isEarlier: boolean): Step[] {
  if (!(range.fromUs < range.toUs)) return [];
  return provider.windows(interval, range).map((window) => ({
    window,
    rest: isEarlier
      ? { fromUs: range.fromUs, toUs: window.toUs }
      : { fromUs: window.fromUs, toUs: range.toUs },
    isEarlier,
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
  const ms = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN;
  const isDay = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
  if (isDay && ms >= Date.UTC(1900, 0, 1) && ms < Date.UTC(2199, 0, 1)) return ms * 1000;
  throw new TickhouseError("OPTION_INVALID", "this is no day", {
    field,
    value: day,
    fix: "write it as 2024-01-31",
  });
}
