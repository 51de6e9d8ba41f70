/** What an answer says, by the exchange's calendar. @module */
import type { Calendar } from "../calendar/calendar.ts";
import type { TimedBar } from "./bar.ts";
import { expected, type Missing, missingOf } from "./expected.ts";
import type { Step } from "./plan.ts";
import type { BarsAnswer, HistoryProvider } from "./provider.ts";
import type { SeriesState } from "./state.ts";
import { day, endOf, isDated, spanUs } from "./time.ts";

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
  /** Whether there is nothing though a whole session lies in the window. */
  readonly isEmptyDay: boolean;
}

/** Reads the answer. */
export function readingOf(
  about: {
    readonly provider: HistoryProvider;
    readonly symbol: string;
    readonly interval: string;
    readonly calendar: Calendar;
  },
  { window }: Step,
  answer: BarsAnswer,
  state: SeriesState | undefined,
): Reading {
  const { provider, symbol, interval, calendar } = about;
  const { askedUs } = answer.answer;
  const settleUs = provider.settleSeconds * 1e6;
  const exchange = calendar.exchangeOf(provider.name, symbol, day(window.toUs)) ??
    answer.listing.exchange ?? state?.exchange ?? null;
  const bars = answer.bars.filter(({ openUs }) => openUs >= window.fromUs && openUs < window.toUs)
    .map((bar) => ({
      ...bar,
      provisional: endOf(bar.openUs, interval, exchange, calendar) + settleUs > askedUs,
    }));
  const slots = expected(calendar, {
    ...{ exchange, interval, ...window, askedUs, settleUs, listedUs: answer.listing.listedUs },
    ...(provider.begins === undefined ? {} : { begins: provider.begins }),
  });
  const settled = slots.settled ?? [];
  const received = new Set(bars.map(({ openUs }) => openUs));
  const reason = answer.refused.length > 0 ? "provider_error" : "no_trade";
  const settledUs = settledOf(slots.unsettled, bars, window.toUs, interval, {
    isKnown: slots.settled !== undefined,
    askedUs: askedUs - settleUs,
  });
  const final = bars.filter((bar) => !bar.provisional).slice(-TAIL_BARS);
  return {
    bars,
    settledUs: Math.max(window.fromUs, settledUs),
    missing: missingOf(settled, interval, received, reason),
    missingSlots: settled.filter((slot) => !received.has(slot)).length,
    exchange,
    tail: [...final, ...bars.filter((bar) => bar.provisional)],
    isEmptyDay: bars.length === 0 && answer.refused.length === 0 && settled.length >= slots.session,
  };
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
  const last = bars.at(-1);
  if (last === undefined) return Math.min(toUs, askedUs);
  return isDated(interval) ? last.openUs + 1 : last.openUs + spanUs(interval);
}
