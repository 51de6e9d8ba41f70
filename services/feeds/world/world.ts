/**
 * What all parts of the feeds share.
 * @module
 */
import type { Clock } from "tickhouse/clock.ts";
import type { FeedLimits, Limiter } from "./limits.ts";
import { endOf, startOf, type TradingDay } from "../market/calendar.ts";
import type { FeedInstrument } from "../market/instruments.ts";
import type { Market } from "../market/market.ts";
import { hashOf } from "../market/random.ts";
import { CONDITIONS, type Trade } from "../market/trades.ts";
import type { Quirks } from "./quirks.ts";
import type { Requests } from "./requests.ts";

const DAY_MS = 86_400_000;

/** The market, the clock, and what is wrong. */
export interface World {
  readonly seed: number;
  readonly market: Market;
  readonly clock: Clock;
  readonly quirks: Quirks;
  readonly limiter: Limiter;
  readonly requests: Requests;
  /** Where the feeds listen, such as http://127.0.0.1:20000. */
  readonly origin: () => string;
  limits: FeedLimits;
  /** Keys that are let in; undefined: any but the empty one. */
  readonly keys: {
    readonly finnhub: string | undefined;
    readonly alphavantage: string | undefined;
  };
}

/** A request of a provider. */
export interface FeedRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
}

/** An answer with its body, not sent yet. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The symbol that was asked for, as the provider calls it. */
  readonly symbol?: string;
  readonly key?: string;
}

/** An answer in JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return { status, body: JSON.stringify(body), type: "application/json; charset=utf-8", headers };
}

/** An answer in another type. */
export function text(body: string, status: number, type = "text/plain; charset=utf-8"): Answer {
  return { status, body, type };
}

/** A trade as it happened; twins are equal in all fields but count as two. */
export interface Happened extends Trade {
  readonly twin: 0 | 1;
  /** Milliseconds from the trade to its report. */
  readonly lateMs: number;
}

/** The trades that happened in [from, to), twins among them. */
export function tradesOf(
  world: World,
  instrument: FeedInstrument,
  fromMs: number,
  toMs: number,
): Happened[] {
  const { market, quirks } = world;
  const trades = market.trades(instrument, fromMs, toMs);
  if (!quirks.wasOn("market.identical_trades") && !quirks.wasOn("finnhub.late")) {
    return trades.map((trade) => ({ ...trade, twin: 0, lateMs: 0 }));
  }
  return trades.flatMap((trade) => happenings(world, instrument, trade));
}

/** What is wrong with a trade hangs on its time alone: whoever asks again sees the same. */
function happenings({ quirks }: World, instrument: FeedInstrument, trade: Trade): Happened[] {
  const { finnhub, symbol } = instrument;
  const { timeMs, size, anchor, conditions } = trade;
  const chance = (salt: number) => (
    { symbol: finnhub, place: placeOf(symbol, timeMs, salt), atMs: timeMs }
  );
  const half = Math.floor(size / 2);
  if (size % 2 === 0 && quirks.take("market.identical_trades", chance(7))) {
    const one = { ...trade, size: half, lateMs: 0 };
    return [{ ...one, twin: 0 }, { ...one, twin: 1 }];
  }
  const late = anchor ? undefined : quirks.take("finnhub.late", chance(1));
  if (!late) return [{ ...trade, twin: 0, lateMs: 0 }];
  const lateMs = 1 + placeOf(symbol, timeMs, 3) % Math.max(1, Number(late["within_ms"]));
  if (!conditions) return [{ ...trade, twin: 0, lateMs }];
  const coded = [...new Set([...conditions, CONDITIONS.outOfSequence])];
  return [{ ...trade, conditions: coded, counts: false, twin: 0, lateMs }];
}

/** The trading days whose hours touch [from, to). */
export function daysBetween(
  { market }: World,
  instrument: FeedInstrument,
  fromMs: number,
  toMs: number,
): TradingDay[] {
  const days: TradingDay[] = [];
  for (let day = Math.floor(fromMs / DAY_MS) - 1; day * DAY_MS <= toMs + DAY_MS; day++) {
    const trading = market.calendar.tradingDay(instrument, day);
    if (trading && startOf(trading) < toMs && endOf(trading) > fromMs) days.push(trading);
  }
  return days;
}

/** A number out of the smallest units. */
export function scaled(value: number, digits: number): number {
  return Number((value / 10 ** digits).toFixed(digits));
}

/** A place for decisions about a trade of a symbol. */
export function placeOf(symbol: string, timeMs: number, salt: number): number {
  return hashOf(`${symbol} ${timeMs} ${salt}`);
}
