/** The simulators by their names, and as notebooks open them. @module */
import type { Config } from "../../config/config.ts";
import type { SourceEntry, SourceSpec } from "../entry.ts";
import type { Session } from "./sessions.ts";
import type { Instrument, MarketKind } from "./simulator.ts";

/** What to simulate. What is left out the settings say: `TICKHOUSE_RATE`, `TICKHOUSE_SYMBOLS`, … */
export interface SimulateOptions {
  /** What to simulate. */
  readonly symbols?: readonly string[];
  /** Ticks per second over all symbols; `Infinity` for as fast as it goes. */
  readonly rate?: number;
  /** Seconds between bursts; 0 for ticks one by one. */
  readonly everySeconds?: number;
  /** Equal seeds walk equal prices. */
  readonly seed?: number;
  /** When the market is open. */
  readonly session?: Session;
  /** What trades are like: `plain`, or `realistic` with late, repeated, corrected and cancelled ones. */
  readonly market?: MarketKind;
  /** End after this many records, counted over all restarts. Default: never. */
  readonly limit?: number;
}

/** Simulated ticks: a seeded walk of prices. */
export function simulator(options: SimulateOptions = {}): SourceSpec {
  return async ({ config }) => {
    const { Simulator } = await import("./simulator.ts");
    const { limit, rate = config.rate, seed = config.seed, session = config.session } = options;
    const { market = config.market, everySeconds = config.everySeconds } = options;
    return new Simulator({
      instruments: await instruments(config, options),
      rate,
      everySeconds,
      seed,
      session,
      market,
      ...(limit === undefined ? {} : { limit }),
    });
  };
}

/** Simulated quotes: each second the day's figures of all symbols. */
export function quoteSimulator(
  options: Omit<SimulateOptions, "rate" | "session" | "market"> = {},
): SourceSpec {
  return async ({ config }) => {
    const { QuoteSimulator } = await import("./quote_simulator.ts");
    const known = await instruments(config, options);
    const perSymbol = options.limit && Math.ceil(options.limit / known.length);
    return new QuoteSimulator({
      instruments: known,
      seed: options.seed ?? config.seed,
      ...(perSymbol ? { limit: perSymbol } : {}),
    });
  };
}

/** `--source simulator`. */
export const simulatorEntry: SourceEntry = {
  name: "simulator",
  meaning: "simulated ticks",
  open: ({ limit }) => simulator(limit === undefined ? {} : { limit }),
};

/** `--source quote-simulator`. */
export const quoteSimulatorEntry: SourceEntry = {
  name: "quote-simulator",
  meaning: "simulated quotes",
  open: ({ limit }) => quoteSimulator(limit === undefined ? {} : { limit }),
};

/** Known instruments, or ones of middling price and volatility. */
async function instruments(config: Config, { symbols }: SimulateOptions): Promise<Instrument[]> {
  const { DEFAULT_INSTRUMENTS } = await import("./simulator.ts");
  return (symbols ?? config.symbols).map((symbol) =>
    DEFAULT_INSTRUMENTS.find((one) => one.symbol === symbol) ??
      { symbol, price: 100, volatility: 0.35 }
  );
}
