/**
 * A minute cut into trades that make exactly its bar.
 * @module
 */
import type { Random } from "tickhouse/source/simulator/random.ts";
import type { Phase } from "./calendar.ts";

/** A trade, prices and sizes in the instrument's smallest units. */
export interface Trade {
  /** Milliseconds since 1970 UTC. */
  readonly timeMs: number;
  readonly price: number;
  readonly size: number;
  /** Finnhub's codes; undefined where there are none. */
  readonly conditions: readonly string[] | undefined;
  /** Whether it may set high, low and last. */
  readonly counts: boolean;
  /** Whether the minute's open, high, low or close hangs on it. */
  readonly anchor: boolean;
}

/** What the trades are made for. */
export interface WholeMinute {
  readonly startMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly count: number;
  readonly phase: Phase;
  /** Whether trades have conditions: in the United States. */
  readonly coded: boolean;
  readonly random: Random;
}

/** Finnhub's codes of trade conditions that the feeds send. */
export const CONDITIONS = {
  regular: "1",
  averagePrice: "3",
  sweep: "8",
  priceVariation: "10",
  oddLot: "12",
  extended: "24",
  outOfSequence: "30",
} as const;

const MINUTE_MS = 60_000;
const LOT = 100;
/** Shares of trades: sweeps, and prints away from the market, which set no price of the bar. */
const [SWEEPS, AVERAGE, VARIATION] = [0.08, 0.002, 0.004];
/** How far a print may be away from the market. */
const AWAY = 0.01;

/** The trades in order of their times, each in a millisecond of its own. */
export function makeTrades(minute: WholeMinute): Trade[] {
  const { count, random, startMs, volume } = minute;
  const prices = makePrices(minute);
  const sizes = makeSizes(count, volume, random);
  const room = Math.max(1, Math.floor(MINUTE_MS / count));
  const trades: Trade[] = [];
  for (let i = 0; i < count; i++) {
    const timeMs = startMs + Math.floor(i * MINUTE_MS / count) + random.below(room);
    const { price = 0, anchor = true } = prices[i] ?? {};
    trades.push(coded(minute, { timeMs, price, size: sizes[i] ?? 1 }, anchor));
  }
  return trades;
}

interface Priced {
  readonly price: number;
  /** The bar's open, high, low or close hangs on it. */
  readonly anchor: boolean;
}

function makePrices({ open, high, low, close, count, random }: WholeMinute): Priced[] {
  if (count === 1) return [{ price: close, anchor: true }];
  const inner = count - 2;
  const top = inner < 2 ? -1 : 1 + random.below(inner);
  const bottom = inner < 2 ? -1 : 1 + (top - 1 + 1 + random.below(inner - 1)) % inner;
  const step = Math.max(1, (high - low) / 6);
  const prices: Priced[] = [];
  let last = open;
  for (let i = 0; i < count; i++) {
    const pulled = last + (close - last) / (count - i);
    const moved = Math.round(pulled + step * (random.next() - 0.5));
    last = Math.min(high, Math.max(low, moved));
    if (i === 0) last = open;
    if (i === count - 1) last = close;
    if (i === top) last = high;
    if (i === bottom) last = low;
    prices.push({ price: last, anchor: i === 0 || i === count - 1 || i === top || i === bottom });
  }
  return prices;
}

function makeSizes(count: number, volume: number, random: Random): Float64Array {
  const weights = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += weights[i] = -Math.log(1 - random.next());
  const sizes = new Float64Array(count);
  const rest = Math.max(0, volume - count);
  let [weight, given] = [0, 0];
  for (let i = 0; i < count; i++) {
    weight += weights[i] ?? 0;
    const until = i === count - 1 ? rest : Math.floor(rest * weight / sum);
    sizes[i] = 1 + until - given;
    given = until;
  }
  return sizes;
}

function coded(
  { coded, phase, random }: WholeMinute,
  trade: Pick<Trade, "timeMs" | "price" | "size">,
  anchor: boolean,
): Trade {
  const [dice, away] = [random.next(), 1 + AWAY * (2 * random.next() - 1)];
  if (!coded) return { ...trade, conditions: undefined, counts: true, anchor };
  const base = phase === "regular" ? [] : [CONDITIONS.extended];
  const elsewhere = (code: string) => ({
    ...trade,
    price: Math.max(1, Math.round(trade.price * away)),
    conditions: [CONDITIONS.regular, ...base, code],
    counts: false,
    anchor,
  });
  if (!anchor && dice < AVERAGE) return elsewhere(CONDITIONS.averagePrice);
  if (!anchor && dice < AVERAGE + VARIATION) return elsewhere(CONDITIONS.priceVariation);
  const odd = !anchor && trade.size < LOT;
  const sweep = dice > 1 - SWEEPS;
  const conditions = [
    CONDITIONS.regular,
    ...(sweep ? [CONDITIONS.sweep] : []),
    ...base,
    ...(odd ? [CONDITIONS.oddLot] : []),
  ];
  return { ...trade, conditions, counts: !odd, anchor };
}
