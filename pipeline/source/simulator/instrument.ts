/** What is simulated, and where a simulation stands. @module */
import type { Book } from "./market.ts";
import type { RandomState } from "./random.ts";

/** An instrument to simulate. */
export interface Instrument {
  readonly symbol: string;
  /** First price, in currency units. */
  readonly price: number;
  /** Annual volatility, such as 0.3. */
  readonly volatility: number;
}

/** The instruments of the demo: prices and volatilities of about the right size. */
export const DEFAULT_INSTRUMENTS: readonly Instrument[] = [
  { symbol: "AAPL", price: 232, volatility: 0.27 },
  { symbol: "GOOGL", price: 178, volatility: 0.3 },
  { symbol: "MSFT", price: 428, volatility: 0.24 },
  { symbol: "AMZN", price: 205, volatility: 0.33 },
  { symbol: "TSLA", price: 345, volatility: 0.58 },
];

/** Seconds of trading in a year. */
export const YEAR_S: number = 252 * 6.5 * 3600;

/** Where a symbol stands. */
export interface SymbolState {
  price: number;
  trades: number;
  /** Of a realistic market. */
  book?: Book;
}

/** Where the simulation stands. */
export interface State {
  random: RandomState;
  /** Microseconds since 1970 of the latest tick. */
  lastUs: number;
  sent: number;
  symbols: Record<string, SymbolState>;
}

/** By what a price grows in `dt` years, for a standard normal number. */
export function growthOf(drift: number, volatility: number, dt: number, normal: number): number {
  return Math.exp((drift - volatility ** 2 / 2) * dt + volatility * Math.sqrt(dt) * normal);
}
