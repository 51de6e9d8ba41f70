/**
 * A feed that needs no network: seeded geometric Brownian motion.
 * @module
 */
import { type Clock, systemClock } from "../../clock.ts";
import { ticks } from "../../datasets/ticks.ts";
import { TickhouseError } from "../../errors.ts";
import {
  DEFAULT_INSTRUMENTS,
  growthOf,
  type Instrument,
  type State,
  YEAR_S,
} from "./instrument.ts";
import { Market } from "./market.ts";
import { Random } from "./random.ts";
import { nextOpen, type Session } from "./sessions.ts";
import type { Source, SourceBatch } from "../source.ts";
import { TickWriter } from "./tick_writer.ts";

export { DEFAULT_INSTRUMENTS, type Instrument };

/**
 * What trades are like: `plain`, each a new one, in order and once; or `realistic`, with prints that
 * come late, twice, corrected, cancelled or moved in time, with conditions, sequence numbers, venue
 * and receive time, with halts, openings and closings.
 */
export type MarketKind = "plain" | "realistic";

/** How likely a tick has a fault that real feeds have; each 0 to 1. */
export interface FeedFaults {
  /** Sent twice. Default: 0. */
  readonly repeated?: number;
  /** Up to 5 s old. Default: 0. */
  readonly late?: number;
  /** Not JSON. Default: 0. */
  readonly malformed?: number;
}

/** What to simulate. */
export interface SimulatorOptions {
  /** Default: AAPL, GOOGL, MSFT, AMZN, TSLA. */
  readonly instruments?: readonly Instrument[];
  /** Ticks per second over all instruments; `Infinity` for as fast as it goes. Default: 20. */
  readonly rate?: number;
  /** Seconds between bursts; each has as many ticks as the rate gives for it. Default: 0, one by one. */
  readonly everySeconds?: number;
  /** Equal seeds, clocks and options give equal ticks. Default: 1. */
  readonly seed?: number;
  /** Annual drift. Default: 0.05. */
  readonly drift?: number;
  /** Default: `always`. */
  readonly session?: Session;
  /** End after this many records, counted over all restarts. Default: never. */
  readonly limit?: number;
  /** Default: `plain`. */
  readonly market?: MarketKind;
  /** Of a `plain` market. */
  readonly faults?: FeedFaults;
  readonly clock?: Clock;
}

/** Milliseconds between batches of a paced feed: what a tick may wait for its neighbours. */
const LINGER_MS = 2;
/** Ticks in a batch when there is no pace to keep. */
const BURST = 20_000;
/** The pace that prices move at when ticks have none. */
const BURST_RATE = 10_000;

/** A `Source` of ticks. It goes on where its state stands: prices, trade ids and dice alike. */
export class Simulator implements Source {
  readonly name: string;
  readonly dataset = ticks;
  readonly #instruments: readonly Instrument[];
  readonly #rate: number;
  readonly #drift: number;
  readonly #clock: Clock;
  readonly #options: SimulatorOptions;

  /** Throws `SIMULATOR_INVALID` for an option out of its range. */
  constructor(options: SimulatorOptions = {}) {
    this.#options = options;
    this.#instruments = options.instruments ?? DEFAULT_INSTRUMENTS;
    this.#rate = options.rate ?? 20;
    this.#drift = options.drift ?? 0.05;
    this.#clock = options.clock ?? systemClock;
    this.name = `simulator-${options.seed ?? 1}`;
    check(options, this.#instruments, this.#rate);
  }

  async *read(state: string | undefined, signal: AbortSignal): AsyncIterable<SourceBatch> {
    const walk = this.#walk(this.#start(state));
    const limit = this.#options.limit ?? Infinity;
    let pacedFrom = this.#clock.now();
    let paced = 0;
    while (!signal.aborted && walk.state.sent < limit) {
      const now = this.#clock.now();
      const open = nextOpen(this.#options.session ?? "always", now);
      const closed = open > now && walk instanceof Market
        ? walk.close(limit - walk.state.sent)
        : undefined;
      if (closed) {
        yield closed;
        continue;
      }
      if (open > now) {
        await this.#clock.sleep(open - now, signal);
        pacedFrom = this.#clock.now();
        paced = 0;
        continue;
      }
      const due = this.#rate === Infinity ? BURST : this.#dueAfter(now - pacedFrom) - paced;
      const count = Math.min(due, BURST, limit - walk.state.sent);
      if (count > 0) {
        paced += count;
        yield walk.step(count, now, this.#rate === Infinity ? BURST_RATE : this.#rate);
      }
      // A burst yields to the event loop too, or the signal could never abort it.
      const next = pacedFrom + this.#dueMs(paced + 1) - now;
      await this.#clock.sleep(this.#rate === Infinity ? 0 : Math.max(LINGER_MS, next), signal);
    }
  }

  /** Ticks that are due so long after the start. */
  #dueAfter(ms: number): number {
    const { everySeconds = 0 } = this.#options;
    if (everySeconds === 0) return Math.floor(ms / 1000 * this.#rate);
    return Math.floor(Math.floor(ms / 1000 / everySeconds) * everySeconds * this.#rate);
  }

  /** Milliseconds from the start until so many ticks are due. */
  #dueMs(ticks: number): number {
    const { everySeconds = 0 } = this.#options;
    const seconds = ticks / this.#rate;
    return (everySeconds === 0 ? seconds : Math.ceil(seconds / everySeconds) * everySeconds) * 1000;
  }

  #walk(state: State): Walk | Market {
    const { market = "plain", faults, session = "always" } = this.#options;
    const [instruments, drift] = [this.#instruments, this.#drift];
    return market === "plain"
      ? new Walk(instruments, drift, state, faults)
      : new Market({ instruments, drift, session, state });
  }

  #start(state: string | undefined): State {
    const seed = this.#options.seed ?? 1;
    const kept: State = state === undefined
      ? { random: Random.seeded(seed).state, lastUs: 0, sent: 0, symbols: {} }
      : JSON.parse(state);
    for (const { symbol, price } of this.#instruments) {
      kept.symbols[symbol] ??= { price, trades: 0 };
    }
    return kept;
  }
}

/** The prices on their way. */
class Walk {
  readonly state: State;
  readonly #random: Random;
  readonly #instruments: readonly Instrument[];
  readonly #drift: number;
  readonly #faults: FeedFaults | undefined;
  readonly #writers: readonly TickWriter[];

  constructor(
    instruments: readonly Instrument[],
    drift: number,
    state: State,
    faults: FeedFaults | undefined,
  ) {
    this.state = state;
    this.#random = new Random(state.random);
    this.#instruments = instruments;
    this.#drift = drift;
    this.#faults = faults;
    this.#writers = instruments.map(({ symbol }) => new TickWriter(symbol));
  }

  /** The next `count` ticks, the last of them at `nowMs`, `rate` a second. */
  step(count: number, nowMs: number, rate: number): SourceBatch {
    const { state } = this;
    const nowUs = Math.floor(nowMs * 1000);
    const firstUs = Math.max(state.lastUs + 1, nowUs - Math.floor((count - 1) / rate * 1e6));
    const gapUs = count === 1 ? 0 : Math.max(0, nowUs - firstUs) / (count - 1);
    const dt = this.#instruments.length / rate / YEAR_S;
    for (let i = 0; i < count; i++) this.#tick(Math.floor(firstUs + i * gapUs), dt);
    state.lastUs = Math.max(nowUs, state.lastUs + 1);
    state.sent += count;
    state.random = this.#random.state;
    const records = this.#instruments.flatMap(({ symbol }, i) => {
      const writer = this.#writers[i];
      return writer && writer.count > 0 ? [{ key: symbol, values: writer.take() }] : [];
    });
    return { records, refused: [], state: JSON.stringify(state) };
  }

  #tick(timeUs: number, dt: number): void {
    const random = this.#random;
    const index = random.below(this.#instruments.length);
    const instrument = this.#instruments[index];
    const writer = this.#writers[index];
    const symbol = instrument && this.state.symbols[instrument.symbol];
    if (!instrument || !writer || !symbol) return;
    const { volatility } = instrument;
    symbol.price *= growthOf(this.#drift, volatility, dt, random.normal());
    symbol.trades++;
    const cents = Math.max(1, Math.round(symbol.price * 100));
    const size = 1 + Math.floor(-80 * Math.log(1 - random.next()));
    const late = this.#happens(this.#faults?.late) ? random.below(5_000_000) : 0;
    writer.write(cents, size, timeUs - late, symbol.trades);
    if (this.#happens(this.#faults?.repeated)) writer.repeat();
    if (this.#happens(this.#faults?.malformed)) writer.spoil();
  }

  #happens(probability: number | undefined): boolean {
    return probability !== undefined && probability > 0 && this.#random.next() < probability;
  }
}

function check(options: SimulatorOptions, instruments: readonly Instrument[], rate: number): void {
  const refuse = (field: string, value: unknown, fix: string) => {
    throw new TickhouseError("SIMULATOR_INVALID", "not a value the simulator takes", {
      field,
      value,
      fix,
    });
  };
  if (!(rate > 0)) refuse("rate", rate, "use a number above 0, in ticks per second, or Infinity");
  const { everySeconds = 0 } = options;
  if (!(everySeconds >= 0 && everySeconds <= 3600)) {
    refuse("everySeconds", everySeconds, "use 0 to 3600");
  }
  if (instruments.length === 0) refuse("symbols", "", "name at least one symbol");
  for (const { symbol, price, volatility } of instruments) {
    if (symbol.length < 1 || symbol.length > 32) {
      refuse("symbol", symbol, "use 1 to 32 characters");
    }
    if (!(price > 0 && price < 1e6)) refuse(`price of ${symbol}`, price, "use 0 to 1,000,000");
    if (!(volatility >= 0 && volatility <= 10)) {
      refuse(`volatility of ${symbol}`, volatility, "use 0 to 10, a year's, such as 0.3");
    }
  }
  if (options.market === "realistic" && options.faults) {
    refuse("faults", "realistic", "leave them out, or use the market plain");
  }
  for (const [name, value] of Object.entries(options.faults ?? {})) {
    if (!(value >= 0 && value <= 1)) refuse(name, value, "use a probability from 0 to 1");
  }
}
