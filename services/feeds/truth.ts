/**
 * What really happened, to be compared with what a client made of it.
 * @module
 */
import { TickhouseError } from "tickhouse/errors.ts";
import type { Sending, Sends } from "./finnhub/sends.ts";
import type { FeedInstrument } from "./market/instruments.ts";
import { scaled, tradesOf, type World } from "./world/world.ts";

/** A trade that happened. */
export interface TruthTrade {
  /** As Finnhub calls it. */
  readonly symbol: string;
  /** Microseconds since 1970 UTC. */
  readonly timeUs: number;
  readonly price: number;
  readonly size: number;
  /** As Finnhub sends them; empty where it sends none. */
  readonly conditions: readonly string[];
  /** Whether it may set high, low and last of a bar. */
  readonly counts: boolean;
  /** Each sending over the socket; empty: it was never sent. */
  readonly sent: readonly Sending[];
}

/** The instrument that any of the providers calls so; throws FEED_CONTROL. */
export function instrumentOf({ market }: World, symbol: string): FeedInstrument {
  const found = market.instruments.find((one) =>
    one.finnhub === symbol || one.symbol === symbol || one.alphavantage === symbol
  );
  if (found) return found;
  throw new TickhouseError("FEED_CONTROL", "no feed trades this", {
    field: "symbol",
    value: symbol.slice(0, 100),
    fix: `use one of ${market.instruments.map((one) => one.finnhub).join(", ")}`,
  });
}

/** The trades of [from, to) milliseconds that happened until now, in order of their times. */
export function truthOf(
  world: World,
  sends: Sends,
  symbol: string,
  fromMs: number,
  toMs: number,
): TruthTrade[] {
  const instrument = instrumentOf(world, symbol);
  const { digits, sizeDigits, finnhub } = instrument;
  const until = Math.min(toMs, world.clock.now());
  return tradesOf(world, instrument, fromMs, until).map((trade) => ({
    symbol: finnhub,
    timeUs: trade.timeMs * 1000,
    price: scaled(trade.price, digits),
    size: scaled(trade.size, sizeDigits),
    conditions: trade.conditions ?? [],
    counts: trade.counts,
    sent: sends.of(instrument.symbol, trade),
  }));
}
