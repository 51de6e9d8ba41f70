/** What an answer says, by the exchange's calendar. @module */
import type { Calendar } from "../calendar/calendar.ts";
import { weekday } from "../calendar/zone.ts";
import type { TimedBar } from "./bar.ts";
import { expected, type Missing, missingOf } from "./expected.ts";
import type { Step } from "./plan.ts";
import type { BarsAnswer, HistoryProvider } from "./provider.ts";
import type { SeriesState } from "./state.ts";
import type { Range } from "../metadata/range.ts";
import { day, DAY_US, endOf, isDated, spanUs } from "./time.ts";

/** Final bars that later answers are compared with, beside those that are not. */
const TAIL_BARS = 5;

/** What an answer says. */
export interface Reading {
  /** Those of the window, ascending. */
  readonly bars: readonly TimedBar[];
  /** Up to here nothing changes any more but by corrections. */
  readonly settledUs: number;
  readonly missing: readonly Missing[];
  /** Bars that are missing. */
  readonly missingSlots: number;
  /** Null where nobody knows it. */
  readonly exchange: string | null;
  /** Bars that the next answer is compared with. */
  readonly tail: readonly TimedBar[];
  /**
   * `empty`: there is nothing, though a whole session lies in the window, or bars that an earlier
   * answer had, or nobody knows the sessions and no bar has ever come; `unreadable`: there are
   * elements, and none of them is a bar.
   */
  readonly fault: "empty" | "unreadable" | undefined;
}

/** Reads the answer. */
export function readingOf(
  about: {
    readonly provider: HistoryProvider;
    readonly symbol: string;
    readonly interval: string;
    readonly calendar: Calendar;
  },
  { window, kind }: Pick<Step, "window" | "kind">,
  answer: BarsAnswer,
  state: SeriesState | undefined,
): Reading {
  const { provider, symbol, interval, calendar } = about;
  const { askedUs } = answer.answer;
  const settleUs = provider.settleSeconds * 1e6;
  const exchange = calendar.exchangeOf(provider.name, symbol, day(window.toUs)) ??
    answer.listing.exchange ?? state?.exchange ?? null;
  const bars = timed(
    answer,
    window,
    (openUs) => endOf(openUs, interval, exchange, calendar) + settleUs > askedUs,
  );
  const lastUs = bars.at(-1)?.openUs ?? -Infinity;
  const slots = expected(calendar, {
    ...{ exchange, interval, ...window, askedUs, provider, lastUs },
    listedUs: answer.listing.listedUs,
  });
  const isKnown = slots.settled !== undefined;
  const settled = slots.settled ?? [];
  const before = kind === "later" ? state?.tail ?? [] : [];
  // What an earlier answer had is not missing, whatever this one leaves out.
  const known = before.filter((bar) => !bar.provisional && bar.openUs >= window.fromUs);
  const received = new Set([...bars, ...known].map(({ openUs }) => openUs));
  const reason = answer.refused.length > 0 ? "provider_error" : "no_trade";
  const settledUs = Math.max(
    window.fromUs,
    settledOf(slots.unsettled, bars, window.toUs, interval, {
      isKnown,
      askedUs: askedUs - settleUs,
    }),
  );
  // Of an exchange that nobody knows, a day of trading is as likely as not in any week.
  const isDue = !isKnown && (window.toUs - window.fromUs > LONG_US ||
    !state?.tail.length && hasWeekday(window.fromUs, Math.min(window.toUs, askedUs - settleUs)));
  return {
    ...{ bars, settledUs, exchange },
    missing: missingOf(settled, interval, received, reason),
    missingSlots: settled.filter((slot) => !received.has(slot)).length,
    tail: tailOf(bars, before, settledUs),
    fault: bars.length > 0
      ? undefined
      : answer.refused.length > 0 && (known.length > 0 || settled.length > 0 || !isKnown)
      ? "unreadable"
      : known.length > 0 || isDue || isKnown && settled.length >= slots.session
      ? "empty"
      : undefined,
  };
}

/** No exchange is closed for so long. */
const LONG_US = 15 * DAY_US;

/** Whether a whole day from Monday to Friday lies between, of UTC. */
function hasWeekday(fromUs: number, toUs: number): boolean {
  for (let at = Math.ceil(fromUs / DAY_US); (at + 1) * DAY_US <= toUs; at++) {
    if (weekday(at) <= 5) return true;
  }
  return false;
}

function timed(
  { bars }: BarsAnswer,
  { fromUs, toUs }: Range,
  isProvisional: (openUs: number) => boolean,
): TimedBar[] {
  const within = bars.filter(({ openUs }) => openUs >= fromUs && openUs < toUs);
  // Bars end in the order in which they begin: behind the first that may change, all may.
  let [low, high] = [0, within.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isProvisional(within[middle]?.openUs ?? 0)) high = middle;
    else low = middle + 1;
  }
  return within.map((bar, i) => ({ ...bar, provisional: i >= low }));
}

/** The last bars of this answer and of those before it, which the next one is compared with. */
function tailOf(
  bars: readonly TimedBar[],
  before: readonly TimedBar[],
  settledUs: number,
): TimedBar[] {
  const first = before[0]?.openUs ?? Infinity;
  const recent = bars.filter(({ openUs, provisional }, i) =>
    openUs >= first || provisional || i >= bars.length - 2 * TAIL_BARS
  );
  const there = new Set(recent.map(({ openUs }) => openUs));
  const left = before.filter(({ openUs }) => !there.has(openUs));
  const all = [...left, ...recent].sort((a, b) => a.openUs - b.openUs);
  const final = all.filter(({ provisional }) => !provisional).slice(-TAIL_BARS);
  // One that is left out may come back, as long as it is not settled.
  const open = all.filter(({ openUs, provisional }) =>
    provisional && (there.has(openUs) || openUs >= settledUs)
  );
  return [...final, ...open];
}

function settledOf(
  unsettled: number | undefined,
  bars: readonly TimedBar[],
  toUs: number,
  interval: string,
  { isKnown, askedUs }: { readonly isKnown: boolean; readonly askedUs: number },
): number {
  const running = bars.find((bar) => bar.provisional)?.openUs;
  if (isKnown) return Math.min(unsettled ?? toUs, running ?? toUs);
  if (running !== undefined) return running;
  // Nobody knows what should be there: after a day nothing more comes.
  if (toUs + DAY_US <= askedUs) return toUs;
  const last = bars.at(-1);
  if (last === undefined) return Math.min(toUs, askedUs);
  return isDated(interval) ? last.openUs + 1 : last.openUs + spanUs(interval);
}
