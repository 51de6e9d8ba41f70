/**
 * Daily bars of any day at the same cost: recorded ones where there are some, else a seeded path
 * that is bent at its middle, the middle of the halves, and so on (Lévy's construction).
 * @module
 */
import { type Action, splitFactor } from "./actions.ts";
import { dayOf, type FeedCalendar } from "./calendar.ts";
import type { FeedInstrument } from "./instruments.ts";
import { hashOf, normalAt, uniformAt } from "./random.ts";
import { type Recorded, recordedBars } from "./recorded.ts";

/** A regular session as it was traded: prices and volume in the smallest units of the instrument. */
export interface Prices {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** The price that instruments.ts tells is that of this day. */
const PRICE_DAY = dayOf("2026-01-01");
const LAST_DAY = dayOf("2046-01-01");
const FAR = dayOf("2099-01-01");
const YEAR_DAYS = 365.25;
const GROWTH = 0.06;
/** What part of a day's movement happens while the market is closed, and beyond open and close. */
const [OVERNIGHT, BEYOND] = [0.4, 0.5];

type Point = readonly [day: number, log: number];

/** The daily bars of one instrument. */
export class Daily {
  readonly #instrument: FeedInstrument;
  readonly #seed: number;
  readonly #calendar: FeedCalendar;
  readonly #actions: () => readonly Action[];
  readonly #recorded: Recorded | undefined;
  readonly #anchors: readonly Point[];
  readonly #levels = new Map<number, number>();

  constructor(
    instrument: FeedInstrument,
    seed: number,
    calendar: FeedCalendar,
    actions: () => readonly Action[],
  ) {
    this.#instrument = instrument;
    this.#seed = hashOf(`${seed} ${instrument.symbol}`);
    this.#calendar = calendar;
    this.#actions = actions;
    this.#recorded = recordedBars().get(instrument.instrument ?? instrument.symbol);
    this.#anchors = this.#anchor();
  }

  /** The first day that has a bar. */
  get firstDay(): number {
    return this.#recorded?.firstDay ?? dayOf(this.#instrument.since);
  }

  /** The bar of a trading day; undefined before the first and where nothing is recorded. */
  bar(day: number): Prices | undefined {
    if (day < this.firstDay) return undefined;
    const { digits, sizeDigits, volatility, volume } = this.#instrument;
    const made = splitFactor(this.#actions().filter(({ made }) => made), -Infinity, day);
    const [unit, lot] = [10 ** digits, 10 ** sizeDigits];
    const ticks = (price: number) => Math.max(1, Math.round(price / made * unit));
    const recorded = this.#recorded;
    if (recorded && day <= recorded.lastDay) {
      const bar = recorded.bars.get(day);
      if (!bar) return undefined;
      const [open, close] = [ticks(bar.open), ticks(bar.close)];
      return {
        ...{ open, close },
        high: Math.max(open, close, ticks(bar.high)),
        low: Math.min(open, close, ticks(bar.low)),
        volume: Math.round(bar.volume * made * lot),
      };
    }
    const known = splitFactor(this.#actions().filter(({ made }) => !made), day, FAR);
    const move = volatility / Math.sqrt(YEAR_DAYS);
    const last = Math.exp(this.#level(day)) * known;
    const before = this.#calendar.before(this.#instrument, day).day;
    const previous = Math.exp(this.#level(before)) * known;
    const first = previous * Math.exp(OVERNIGHT * move * normalAt(this.#seed, day, 11));
    const above = Math.exp(BEYOND * move * Math.abs(normalAt(this.#seed, day, 12)));
    const below = Math.exp(-BEYOND * move * Math.abs(normalAt(this.#seed, day, 13)));
    const [open, close] = [ticks(first), ticks(last)];
    return {
      ...{ open, close },
      high: Math.max(open, close, ticks(Math.max(first, last) * above)),
      low: Math.min(open, close, ticks(Math.min(first, last) * below)),
      volume: Math.round(
        volume * made / known * lot * Math.exp(0.5 * normalAt(this.#seed, day, 14)),
      ),
    };
  }

  /** Logarithm of the closing price in shares of after all known splits. */
  #level(day: number): number {
    const known = this.#levels.get(day);
    if (known !== undefined) return known;
    const after = Math.max(1, this.#anchors.findIndex(([at]) => at >= day));
    const [from, to] = [this.#anchors[after - 1], this.#anchors[after]];
    const level = from && to ? this.#between(from, to, day) : 0;
    this.#levels.set(day, level);
    return level;
  }

  #between([a, fromLog]: Point, [b, toLog]: Point, day: number): number {
    let [from, to, low, high] = [a, b, fromLog, toLog];
    while (from < day && day < to) {
      const middle = (from + to) >> 1;
      const spread = this.#instrument.volatility *
        Math.sqrt((middle - from) * (to - middle) / (to - from) / YEAR_DAYS);
      const straight = low + (high - low) * (middle - from) / (to - from);
      const log = straight + spread * normalAt(this.#seed, from, to);
      if (day < middle) [to, high] = [middle, log];
      else [from, low] = [middle, log];
    }
    return day <= from ? low : high;
  }

  #anchor(): readonly Point[] {
    const { price, volatility } = this.#instrument;
    const now: Point = [PRICE_DAY, Math.log(price)];
    const years = (days: number) => days / YEAR_DAYS;
    const free = (day: number, place: number): Point => {
      const far = years(day - PRICE_DAY);
      const spread = 0.5 * volatility * Math.sqrt(Math.abs(far));
      return [day, now[1] + GROWTH * far + spread * (2 * uniformAt(this.#seed, place) - 1)];
    };
    const first = this.#recorded
      ? this.#lastRecorded(this.#recorded)
      : free(dayOf(this.#instrument.since) - 40, 1);
    return [first, now, free(LAST_DAY, 2)];
  }

  #lastRecorded({ bars, lastDay }: Recorded): Point {
    const close = bars.get(lastDay)?.close ?? 1;
    return [lastDay, Math.log(close / splitFactor(this.#actions(), lastDay, FAR))];
  }
}
