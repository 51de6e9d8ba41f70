/** Weeks and months of the days in them. @module */
import type { Candle } from "./candles.ts";
import { type Decimal, ONE, quotient, sum } from "./decimal.ts";
import type { Listings } from "./listings.ts";
import { type Shares, sharesOf } from "./shares.ts";

/** Candles of weeks and months from the regular sessions of one symbol. */
export function weeksAndMonths(listings: Listings, candles: readonly Candle[]): Candle[] {
  const days = candles.filter((c) => c.interval === "1d" && c.session === "regular")
    .sort((a, b) => a.openTime - b.openTime);
  return (["1wk", "1mo"] as const).flatMap((interval) => {
    const groups = Map.groupBy(days, ({ day }) => firstDay(interval, day).toString());
    return [...groups].map(([day, own]) => joined(listings, interval, day, own));
  });
}

function joined(
  listings: Listings,
  interval: "1wk" | "1mo",
  day: string,
  days: readonly Candle[],
): Candle {
  const newest = days.at(-1);
  if (!newest) throw new Error(`${day} has no days`);
  const { source, symbol, exchange } = newest;
  const scaled = days.map((c) =>
    inSharesOf(c, splitFactor(listings, source, symbol, c.day, newest.day))
  );
  const told = <T>(cells: readonly (T | null)[]) => cells.filter((cell) => cell !== null);
  const start = firstDay(interval, day);
  const end = interval === "1wk" ? start.add({ weeks: 1 }) : start.add({ months: 1 });
  const [highs, lows] = [told(scaled.map((c) => c.high)), told(scaled.map((c) => c.low))];
  const total = (cells: readonly Decimal[]) => cells.length === 0 ? null : sum(cells);
  return {
    ...{ source, symbol, exchange, interval, day, session: "regular" },
    openTime: startOf(start),
    closeTime: startOf(end),
    open: told(scaled.map((c) => c.open))[0] ?? null,
    high: highs.length === 0 ? null : highs.reduce((a, b) => a > b ? a : b),
    low: lows.length === 0 ? null : lows.reduce((a, b) => a < b ? a : b),
    close: told(scaled.map((c) => c.close)).at(-1) ?? null,
    volume: total(told(scaled.map((c) => c.volume))),
    turnover: total(told(days.map((c) => c.turnover))),
    trades: days.reduce((count, c) => count + c.trades, 0),
    firstTime: told(days.map((c) => c.firstTime))[0] ?? null,
    lastTime: told(days.map((c) => c.lastTime)).at(-1) ?? null,
    revisions: days.reduce((count, c) => count + c.revisions, 0),
  };
}

/** Shares on the day `to` for one on the day `from`. */
export function splitFactor(
  listings: Listings,
  source: string,
  symbol: string,
  from: string,
  to: string,
): Shares {
  return listings.splits(source, symbol, from, to).map(sharesOf).reduce(
    (a, b) => ({ after: a.after * b.after, before: a.before * b.before }),
    { after: 1n, before: 1n },
  );
}

/** A price in other shares, to 8 decimals. */
export function restated(price: Decimal, { after, before }: Shares): Decimal {
  return after === before ? price : quotient(price * before, after * ONE, 8);
}

function inSharesOf(candle: Candle, shares: Shares): Candle {
  const { after, before } = shares;
  const price = (value: Decimal | null) => value === null ? null : restated(value, shares);
  return {
    ...candle,
    ...{ open: price(candle.open), high: price(candle.high), low: price(candle.low) },
    close: price(candle.close),
    volume: candle.volume === null || after === before
      ? candle.volume
      : quotient(candle.volume * after, before * ONE, 4),
  };
}

/** Monday, or the first of the month. */
function firstDay(interval: "1wk" | "1mo", day: string): Temporal.PlainDate {
  const date = Temporal.PlainDate.from(day);
  return interval === "1wk" ? date.subtract({ days: date.dayOfWeek - 1 }) : date.with({ day: 1 });
}

function startOf(date: Temporal.PlainDate): number {
  return date.toZonedDateTime("UTC").epochMilliseconds * 1000;
}
