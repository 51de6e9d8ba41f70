/**
 * The market behind all feeds: trades, and bars made of exactly these, at any time of the past.
 * @module
 */
import { type Action, Actions, splitFactor } from "./actions.ts";
import { closeOf, FeedCalendar, openOf, type Phase, type TradingDay } from "./calendar.ts";
import { Daily, type Prices } from "./daily.ts";
import { FEED_INSTRUMENTS, type FeedInstrument, isUnitedStates } from "./instruments.ts";
import { makeMinutes, type Minutes } from "./minutes.ts";
import { hashOf, normalAt, randomAt } from "./random.ts";
import { makeTrades, type Trade } from "./trades.ts";

/** What the market is made of. */
export interface MarketOptions {
  /** Equal seeds trade equally. Default: 1. */
  readonly seed?: number;
  /** Default: those of instruments.ts. */
  readonly instruments?: readonly FeedInstrument[];
  /** Trades a second over all instruments, in their regular sessions. Default: each one's own. */
  readonly rate?: number;
}

/** A bar; prices and volume in the instrument's smallest units, as they were traded. */
export interface Bar extends Prices {
  readonly startMs: number;
  /** The trading day that it belongs to. */
  readonly day: number;
}

/** How trades are put into bars. */
export interface Cut {
  readonly minutes: number;
  /** Whether bars begin at the open, or at full hours. */
  readonly from: "open" | "clock";
  readonly phases: readonly Phase[];
  /** Only trades until then. Default: all. */
  readonly untilMs?: number;
}

const MINUTE_MS = 60_000;
/** Days of minutes that are kept: of one around the clock 100 KB each. */
const DAYS_MAX = 256;
/** Trades that are kept, of the latest minutes. */
const TRADES_MAX = 300_000;
/** Of the session's: trades a second and volume of the hours before and after it. */
const EXTENDED = 0.03;

/** All trades of all instruments. */
export class Market {
  readonly calendar = new FeedCalendar();
  readonly actions = new Actions();
  readonly instruments: readonly FeedInstrument[];
  readonly #seed: number;
  readonly #daily = new Map<string, Daily>();
  readonly #minutes = new Map<string, Minutes>();
  readonly #trades = new Map<string, readonly Trade[]>();
  #kept = 0;

  constructor({ seed = 1, instruments = FEED_INSTRUMENTS, rate }: MarketOptions = {}) {
    const own = instruments.reduce((sum, one) => sum + one.rate, 0);
    this.instruments = rate === undefined
      ? instruments
      : instruments.map((one) => ({ ...one, rate: one.rate * rate / own }));
    this.#seed = seed;
  }

  /** The instrument by its name here, which is Yahoo's. */
  find(symbol: string): FeedInstrument | undefined {
    return this.instruments.find((one) => one.symbol === symbol);
  }

  /** The first day on which it was traded. */
  firstDay(instrument: FeedInstrument): number {
    return this.#dailyOf(instrument).firstDay;
  }

  /** The bar of a day's regular session; undefined if there was none. */
  dailyBar(instrument: FeedInstrument, day: number): Prices | undefined {
    if (!this.calendar.tradingDay(instrument, day)) return undefined;
    return this.#dailyOf(instrument).bar(day);
  }

  /** The daily bars of days [from, to), as far as they were traded by then. */
  dailyBars(instrument: FeedInstrument, from: number, to: number, untilMs = Infinity): Bar[] {
    const bars: Bar[] = [];
    for (let day = Math.max(from, this.firstDay(instrument)); day < to; day++) {
      const trading = this.calendar.tradingDay(instrument, day);
      if (!trading) continue;
      if (openOf(trading) >= untilMs) break;
      const whole = closeOf(trading) <= untilMs
        ? this.dailyBar(instrument, day)
        : this.bars(instrument, trading, {
          ...{ minutes: Infinity, from: "open", phases: ["regular"], untilMs },
        })[0];
      if (whole) bars.push({ ...whole, startMs: openOf(trading), day });
    }
    return bars;
  }

  /** The bars of a trading day. */
  bars(instrument: FeedInstrument, trading: TradingDay, cut: Cut): Bar[] {
    const { minutes: length, from, phases, untilMs = Infinity } = cut;
    const bars = new Map<number, Bar>();
    for (const phase of PHASES.filter((one) => phases.includes(one))) {
      const minutes = this.minutes(instrument, trading, phase);
      for (let i = 0; i < minutes.count.length; i++) {
        const at = minutes.startMs[i] ?? 0;
        if (at >= untilMs) break;
        if (minutes.count[i] === 0) continue;
        const whole = at + MINUTE_MS <= untilMs;
        const bar = whole ? minuteBar(minutes, i) : this.#begun(instrument, trading, at, untilMs);
        if (!bar) continue;
        const base = from === "clock" ? 0 : phaseStart(trading, phase);
        const every = length * MINUTE_MS;
        const startMs = length === Infinity ? base : base + Math.floor((at - base) / every) * every;
        const known = bars.get(startMs);
        bars.set(startMs, known ? joined(known, bar) : { ...bar, startMs, day: trading.day });
      }
    }
    return [...bars.values()];
  }

  /** The trades of [from, to), in order of their times. */
  trades(instrument: FeedInstrument, fromMs: number, toMs: number): Trade[] {
    const found: Trade[] = [];
    let trading = this.calendar.at(instrument, fromMs);
    for (;;) {
      for (const phase of PHASES) {
        const { startMs, count } = this.minutes(instrument, trading, phase);
        const first = firstFrom(startMs.length, (i) => startMs[i] ?? 0, fromMs - MINUTE_MS + 1e-6);
        for (let i = first; i < startMs.length; i++) {
          if ((startMs[i] ?? 0) >= toMs) break;
          if (count[i] === 0) continue;
          const trades = this.#minuteTrades(instrument, trading, phase, i);
          for (let j = firstFrom(trades.length, (j) => trades[j]?.timeMs ?? 0, fromMs);; j++) {
            const trade = trades[j];
            if (!trade || trade.timeMs >= toMs) break;
            found.push(trade);
          }
        }
      }
      const next = this.calendar.at(instrument, dayEnd(trading));
      if (next.day === trading.day || startOfDay(next) >= toMs) return found;
      trading = next;
    }
  }

  /** The last trade before a time that may set the last price. */
  last(instrument: FeedInstrument, atMs: number, phases: readonly Phase[]): Trade | undefined {
    let trading: TradingDay | undefined = this.calendar.at(instrument, atMs);
    for (let days = 0; days < 10; days++) {
      for (const phase of PHASES.toReversed().filter((one) => phases.includes(one))) {
        const { startMs, count } = this.minutes(instrument, trading, phase);
        for (let i = startMs.length - 1; i >= 0; i--) {
          if ((startMs[i] ?? 0) >= atMs || count[i] === 0) continue;
          const trades = this.#minuteTrades(instrument, trading, phase, i);
          const found = trades.findLast(({ timeMs, counts }) => counts && timeMs < atMs);
          if (found) return found;
        }
      }
      trading = this.calendar.before(instrument, trading.day);
    }
    return undefined;
  }

  /** The minutes of a phase of a day. */
  minutes(instrument: FeedInstrument, trading: TradingDay, phase: Phase): Minutes {
    const key = `${instrument.symbol} ${trading.day} ${phase}`;
    const known = this.#minutes.get(key);
    if (known) return known;
    const made = this.#makeMinutes(instrument, trading, phase);
    keep(this.#minutes, key, made, DAYS_MAX * PHASES.length);
    return made;
  }

  /** By what prices of a day are divided in shares of another one. */
  splitFactor(instrument: FeedInstrument, day: number, untilDay: number): number {
    return splitFactor(this.actions.of(instrument), day, untilDay);
  }

  /** Makes a split or dividend happen. */
  addAction(instrument: FeedInstrument, action: Action): void {
    this.actions.add(instrument, action);
    this.#minutes.clear();
    this.#trades.clear();
    this.#kept = 0;
  }

  #makeMinutes(instrument: FeedInstrument, trading: TradingDay, phase: Phase): Minutes {
    const { symbol, rate } = instrument;
    const bar = this.dailyBar(instrument, trading.day);
    const random = randomAt(this.#seed, hashOf(symbol), trading.day, PHASES.indexOf(phase));
    const { regular } = trading;
    if (!bar) return makeMinutes({ bar: NOTHING, stretches: [], rate, random });
    if (phase === "regular") return makeMinutes({ bar, stretches: regular, rate, random });
    const stretch = trading[phase];
    return makeMinutes({
      bar: this.#extended(instrument, trading.day, phase, bar),
      stretches: stretch ? [stretch] : [],
      rate: rate * EXTENDED,
      random,
    });
  }

  /** Before the session prices go to its open, after it they leave its close. */
  #extended({ symbol }: FeedInstrument, day: number, phase: Phase, bar: Prices): Prices {
    const place = [this.#seed, hashOf(symbol), day, phase === "pre" ? 21 : 31] as const;
    const near = (price: number, i: number) =>
      Math.max(1, Math.round(price * (1 + 0.004 * normalAt(...place, i))));
    const anchor = phase === "pre" ? bar.open : bar.close;
    const [open, close, high, low] = [1, 2, 3, 4].map((i) => near(anchor, i));
    const all = [open, close, high, low].map((one) => one ?? anchor);
    return {
      open: (phase === "pre" ? open : anchor) ?? anchor,
      close: (phase === "pre" ? anchor : close) ?? anchor,
      high: Math.max(...all, anchor),
      low: Math.min(...all, anchor),
      volume: Math.round(bar.volume * EXTENDED),
    };
  }

  #minuteTrades(
    instrument: FeedInstrument,
    trading: TradingDay,
    phase: Phase,
    index: number,
  ): readonly Trade[] {
    const minutes = this.minutes(instrument, trading, phase);
    const startMs = minutes.startMs[index] ?? 0;
    const key = `${instrument.symbol} ${startMs}`;
    const known = this.#trades.get(key);
    if (known) return known;
    const made = makeTrades({
      ...minuteBar(minutes, index),
      startMs,
      count: minutes.count[index] ?? 0,
      phase,
      coded: isUnitedStates(instrument),
      random: randomAt(this.#seed, hashOf(instrument.symbol), Math.floor(startMs / MINUTE_MS), 41),
    });
    this.#trades.set(key, made);
    this.#kept += made.length;
    for (const [oldest, trades] of this.#trades) {
      if (this.#kept <= TRADES_MAX || oldest === key) break;
      this.#trades.delete(oldest);
      this.#kept -= trades.length;
    }
    return made;
  }

  /** The bar of a minute that has not ended. */
  #begun(
    instrument: FeedInstrument,
    trading: TradingDay,
    startMs: number,
    untilMs: number,
  ): Prices | undefined {
    for (const phase of PHASES) {
      const index = this.minutes(instrument, trading, phase).startMs.indexOf(startMs);
      if (index < 0) continue;
      const trades = this.#minuteTrades(instrument, trading, phase, index)
        .filter(({ timeMs }) => timeMs < untilMs);
      return barOf(trades);
    }
    return undefined;
  }

  #dailyOf(instrument: FeedInstrument): Daily {
    const known = this.#daily.get(instrument.symbol);
    if (known) return known;
    const made = new Daily(
      ...[instrument, this.#seed, this.calendar, () => this.actions.of(instrument)] as const,
    );
    this.#daily.set(instrument.symbol, made);
    return made;
  }
}

const PHASES: readonly Phase[] = ["pre", "regular", "post"];
const NOTHING: Prices = { open: 0, high: 0, low: 0, close: 0, volume: 0 };

/** The bar of trades; undefined if none of them may set a price. */
export function barOf(trades: readonly Trade[]): Prices | undefined {
  const counted = trades.filter(({ counts }) => counts);
  const [first, last] = [counted[0], counted.at(-1)];
  if (!first || !last) return undefined;
  const prices = counted.map(({ price }) => price);
  return {
    open: first.price,
    high: prices.reduce((a, b) => Math.max(a, b)),
    low: prices.reduce((a, b) => Math.min(a, b)),
    close: last.price,
    volume: trades.reduce((sum, { size }) => sum + size, 0),
  };
}

/** The first place whose value is not below. */
function firstFrom(length: number, valueAt: (i: number) => number, value: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (valueAt(middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function minuteBar({ open, high, low, close, volume }: Minutes, i: number): Prices {
  return {
    open: open[i] ?? 0,
    high: high[i] ?? 0,
    low: low[i] ?? 0,
    close: close[i] ?? 0,
    volume: volume[i] ?? 0,
  };
}

function joined(a: Bar, b: Prices): Bar {
  return {
    ...a,
    high: Math.max(a.high, b.high),
    low: Math.min(a.low, b.low),
    close: b.close,
    volume: a.volume + b.volume,
  };
}

function phaseStart(trading: TradingDay, phase: Phase): number {
  return phase === "regular" ? openOf(trading) : trading[phase]?.fromMs ?? openOf(trading);
}

function dayEnd(trading: TradingDay): number {
  return trading.post?.toMs ?? closeOf(trading);
}

function startOfDay(trading: TradingDay): number {
  return trading.pre?.fromMs ?? openOf(trading);
}

/** The oldest goes when there are too many. */
function keep<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.set(key, value);
  if (map.size <= most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
