/**
 * Finnhub's quotes.
 * @module
 */
import { openOf } from "../market/calendar.ts";
import type { FeedInstrument } from "../market/instruments.ts";
import { scaled, type World } from "../world/world.ts";

/** A quote as Finnhub sends it: times in seconds, money as numbers. */
export interface FinnhubQuote {
  readonly c: number;
  readonly d: number | null;
  readonly dp: number | null;
  readonly h: number;
  readonly l: number;
  readonly o: number;
  readonly pc: number;
  readonly t: number;
}

const ZEROS: FinnhubQuote = { c: 0, d: null, dp: null, h: 0, l: 0, o: 0, pc: 0, t: 0 };

/** The day's figures so far; before the open those of the last day. Unknown symbols are zeros. */
export function quoteOf(world: World, instrument: FeedInstrument | undefined): FinnhubQuote {
  const { market, clock, quirks } = world;
  const symbol = instrument?.finnhub;
  if (!instrument || quirks.take("finnhub.zero_quote", { symbol })) return ZEROS;
  const [now, calendar] = [clock.now(), market.calendar];
  let trading = calendar.at(instrument, now);
  const beforeOpen = openOf(trading) >= now;
  if (beforeOpen) trading = calendar.before(instrument, trading.day);
  const cut = { minutes: Infinity, from: "open", phases: ["regular"], untilMs: now } as const;
  const [bar] = market.bars(instrument, trading, cut);
  if (!bar) return ZEROS;
  const before = calendar.before(instrument, trading.day);
  const previous = (market.dailyBar(instrument, before.day)?.close ?? bar.open) /
    market.splitFactor(instrument, before.day, trading.day);
  const outside = quirks.take("finnhub.close_outside", { symbol });
  const phases = outside ? ["pre", "regular", "post"] as const : ["regular"] as const;
  const last = market.last(instrument, now, phases);
  const zero = beforeOpen && quirks.take("finnhub.zero_before_open", { symbol });
  const price = (value: number) => scaled(value, instrument.digits);
  // Whatever extended hours made of it, it is beyond the session's prices.
  const shown = outside && last ? Math.max(last.price, bar.high + 1) : last?.price ?? bar.close;
  const change = shown - previous;
  const seconds = Math.floor((last?.timeMs ?? now) / 1000);
  return {
    c: price(shown),
    d: price(change),
    dp: Number((change / previous * 100).toFixed(4)),
    h: zero ? 0 : price(bar.high),
    l: zero ? 0 : price(bar.low),
    o: zero ? 0 : price(bar.open),
    pc: price(previous),
    t: quirks.take("finnhub.quote_time_ms", { symbol }) ? seconds * 1000 : seconds,
  };
}
