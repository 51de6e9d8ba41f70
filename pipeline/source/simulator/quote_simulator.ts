/**
 * Quotes that need no network: what a feed that is asked each second would answer.
 * @module
 */
import { Packed } from "../../batch.ts";
import { type Clock, systemClock } from "../../clock.ts";
import { quotes } from "../../datasets/quotes.ts";
import { TickhouseError } from "../../errors.ts";
import { Random, type RandomState } from "./random.ts";
import { DEFAULT_INSTRUMENTS, type Instrument } from "./simulator.ts";
import type { Source, SourceBatch } from "../source.ts";

/** What to simulate. */
export interface QuoteSimulatorOptions {
  /** Default: AAPL, GOOGL, MSFT, AMZN, TSLA. */
  readonly instruments?: readonly Instrument[];
  /** Equal seeds and starts give equal quotes. Default: 1. */
  readonly seed?: number;
  /** End after this many quotes of each symbol, counted over all restarts. Default: never. */
  readonly limit?: number;
  readonly clock?: Clock;
}

/** The day of a symbol, in currency units. */
interface Day {
  open: number;
  high: number;
  low: number;
  previousClose: number;
  last: number;
}

/** Where the simulation stands. */
interface State {
  random: RandomState;
  /** Seconds since 1970 of the first quotes. */
  readonly start: number;
  sent: number;
  readonly days: Record<string, Day>;
}

const DAY_S = 86_400;
const LATENCY_US = 2_000;
/** Seconds of trading in a year. */
const YEAR_S = 252 * 6.5 * 3600;
/** Seconds in a batch of a feed that catches up. */
const CATCH_UP_S = 1_000;

/**
 * A `Source` of quotes, one a symbol and second. It goes on where its state stands, and catches up
 * the seconds that it missed.
 */
export class QuoteSimulator implements Source {
  readonly name: string;
  readonly dataset = quotes;
  readonly #options: QuoteSimulatorOptions;
  readonly #clock: Clock;
  readonly #instruments: readonly Instrument[];

  /** Throws `SIMULATOR_INVALID` without instruments. */
  constructor(options: QuoteSimulatorOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#instruments = options.instruments ?? DEFAULT_INSTRUMENTS;
    this.name = `quote-simulator-${options.seed ?? 1}`;
    if (this.#instruments.length > 0) return;
    throw new TickhouseError("SIMULATOR_INVALID", "there is nothing to simulate", {
      field: "symbols",
      fix: "name at least one symbol",
    });
  }

  async *read(state: string | undefined, signal: AbortSignal): AsyncIterable<SourceBatch> {
    const kept = this.#start(state);
    const limit = this.#options.limit ?? Infinity;
    while (!signal.aborted && kept.sent < limit) {
      const due = Math.floor(this.#clock.now() / 1000) - kept.start + 1 - kept.sent;
      const count = Math.min(due, CATCH_UP_S, limit - kept.sent);
      if (count > 0) yield this.#step(kept, count);
      else {
        const nextMs = (kept.start + kept.sent) * 1000;
        await this.#clock.sleep(Math.max(1, nextMs - this.#clock.now()), signal);
      }
    }
  }

  #start(state: string | undefined): State {
    const kept: State = state === undefined
      ? {
        random: Random.seeded(this.#options.seed ?? 1).state,
        start: Math.floor(this.#clock.now() / 1000),
        sent: 0,
        days: {},
      }
      : JSON.parse(state);
    for (const { symbol, price } of this.#instruments) {
      kept.days[symbol] ??= {
        open: price,
        high: price,
        low: price,
        previousClose: price,
        last: price,
      };
    }
    return kept;
  }

  /** The quotes of the next `count` seconds. */
  #step(state: State, count: number): SourceBatch {
    const random = new Random(state.random);
    const lines = new Map(this.#instruments.map(({ symbol }) => [symbol, [] as string[]]));
    for (let i = 0; i < count; i++) {
      const second = state.start + state.sent++;
      for (const { symbol, volatility } of this.#instruments) {
        const day = state.days[symbol];
        if (!day) continue;
        const growth = Math.exp(volatility / Math.sqrt(YEAR_S) * random.normal());
        move(day, Math.max(0.01, cents(day.last * growth)), second);
        lines.get(symbol)?.push(quote(symbol, day, second));
      }
    }
    state.random = random.state;
    const records = [...lines].map(([key, values]) => ({ key, values: Packed.from(values) }));
    return { records, refused: [], state: JSON.stringify(state) };
  }
}

function move(day: Day, price: number, second: number): void {
  if (second % DAY_S === 0) {
    Object.assign(day, { open: price, high: price, low: price, previousClose: day.last });
  }
  day.high = Math.max(day.high, price);
  day.low = Math.min(day.low, price);
  day.last = price;
}

function quote(symbol: string, { open, high, low, previousClose, last }: Day, t: number): string {
  return JSON.stringify({
    symbol,
    c: last,
    d: cents(last - previousClose),
    dp: cents((last - previousClose) / previousClose * 100),
    h: high,
    l: low,
    o: open,
    pc: previousClose,
    t,
    source: "simulator",
    // As if the answer had taken so long.
    receive_time: t * 1_000_000 + LATENCY_US,
  });
}

/** Rounded to two decimals. */
function cents(value: number): number {
  return Math.round(value * 100) / 100;
}
