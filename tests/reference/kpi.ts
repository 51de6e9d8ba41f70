/** Where a symbol stands on its latest day. @module */
import { type Candle, type Placed, sets, type Traded } from "./candles.ts";
import type { Session } from "./calendar.ts";
import { type Decimal } from "./decimal.ts";
import type { Listings } from "./listings.ts";
import { isValid } from "./reference_data.ts";
import { MINUTE, type Time } from "./record.ts";
import { restated, splitFactor } from "./weeks.ts";

/** A row of gold_kpi. */
export interface Kpi {
  readonly source: string;
  readonly symbol: string;
  readonly lastPrice: Decimal;
  readonly lastTime: Time;
  readonly lastSession: Session;
  readonly previousClose: Decimal | null;
  readonly change: Decimal | null;
  readonly percent: number | null;
  readonly exchange: string;
  readonly day: string;
  readonly daySession: Session;
  readonly dayStart: Time;
  readonly dayEnd: Time;
  readonly dayOpen: Decimal | null;
  readonly dayHigh: Decimal | null;
  readonly dayLow: Decimal | null;
  readonly volume: Decimal | null;
  readonly trades: number;
  readonly volatilityPerMinute: number | null;
  readonly volatilityAnnualised: number | null;
}

/** The figures of all symbols that have a price. */
export function kpisOf(listings: Listings, all: readonly Traded[]): Kpi[] {
  return all.flatMap((traded) => {
    const latest = traded.trades.filter((trade) => sets("last", trade)).at(-1);
    return latest ? [kpiOf(listings, all, traded, latest)] : [];
  });
}

function kpiOf(
  listings: Listings,
  all: readonly Traded[],
  traded: Traded,
  { record, place }: Placed,
): Kpi {
  const { source, symbol, at } = record;
  const { day, session, exchange } = place;
  const ofDay = (wanted: Session) =>
    traded.candles.find((c) => c.interval === "1d" && c.day === day && c.session === wanted);
  // Of a session, what it closed at.
  const price = ofDay(session)?.close ?? record.price;
  const regular = ofDay("regular");
  const candle = regular && regular.close !== null ? regular : ofDay(session);
  if (!candle) throw new Error(`${symbol} has a price on ${day} and no candle`);
  const previousClose = previous(listings, all, source, symbol, day);
  const change = previousClose === null ? null : price - previousClose;
  const perMinute = volatility(listings, traded.candles, day);
  return {
    ...{ source, symbol, lastPrice: price, lastTime: at, lastSession: session },
    ...{ previousClose, change, exchange, day },
    percent: change === null || previousClose === null || previousClose <= 0n
      ? null
      : Math.round(100 * Number(change) / Number(previousClose) * 1e6) / 1e6,
    daySession: candle.session,
    dayStart: candle.openTime,
    dayEnd: candle.closeTime,
    dayOpen: candle.open,
    dayHigh: candle.high,
    dayLow: candle.low,
    volume: candle.volume,
    trades: candle.trades,
    volatilityPerMinute: perMinute?.perMinute ?? null,
    volatilityAnnualised: perMinute?.annualised ?? null,
  };
}

/** The latest regular close on an earlier day, in the shares of `day`. */
function previous(
  listings: Listings,
  all: readonly Traded[],
  source: string,
  symbol: string,
  day: string,
): Decimal | null {
  const latest = (name: string, holds: (day: string) => boolean) =>
    all.flatMap(({ candles }) => candles).filter((c) =>
      c.source === source && c.symbol === name && c.interval === "1d" &&
      c.session === "regular" && c.close !== null && c.day < day && holds(c.day)
    ).sort((a, b) => a.day < b.day ? -1 : 1).at(-1);
  const instrument = listings.instrument(source, symbol, day);
  const older = instrument === null ? [] : listings.symbolsOf(source, instrument)
    .map((row) => latest(row.symbol ?? "", (d) => isValid(row, d)))
    .filter((candle) => candle !== undefined).sort((a, b) => a.day < b.day ? -1 : 1);
  const isSame = (d: string) => listings.instrument(source, symbol, d) === instrument;
  const found = [...older, latest(symbol, isSame)].filter((candle) => candle !== undefined)
    .sort((a, b) => a.day < b.day ? -1 : 1).at(-1);
  if (!found?.close) return found?.close ?? null;
  return restated(found.close, splitFactor(listings, source, symbol, found.day, day));
}

/** Of the newest of the last five sessions that has three minutes with a price. */
function volatility(listings: Listings, candles: readonly Candle[], upTo: string) {
  const sessions = candles.filter((c) =>
    c.interval === "1d" && c.session === "regular" && c.close !== null && c.day <= upTo
  ).sort((a, b) => a.day < b.day ? 1 : -1).slice(0, 5);
  for (const { source, symbol, day, openTime } of sessions) {
    const minutes = candles.filter((c) =>
      c.interval === "1m" && c.session === "regular" && c.day === day && c.close !== null
    ).sort((a, b) => a.openTime - b.openTime);
    if (minutes.length < 3) continue;
    const { calendar, day: bounds } = listings.dayOf(source, symbol, openTime);
    const pauses = bounds.pieces.filter((piece) => piece.session === "break");
    const returns = minutes.slice(1).map((to, i) => {
      const from = minutes[i];
      if (!from || from.close === null || to.close === null) throw new Error("no close");
      if (from.close <= 0n || to.close <= 0n) return null;
      const pause = pauses.filter((p) => from.openTime < p.start && p.start < to.openTime)
        .reduce((length, p) => length + p.end - p.start, 0);
      const elapsed = (to.openTime - from.openTime - pause) / MINUTE;
      return Math.log(Number(to.close) / Number(from.close)) / Math.sqrt(elapsed);
    }).filter((value) => value !== null);
    if (returns.length < 2) return null;
    const mean = returns.reduce((a, b) => a + b, 0) / returns.length;
    const squares = returns.reduce((a, b) => a + (b - mean) ** 2, 0);
    const perMinute = Math.sqrt(squares / (returns.length - 1));
    const { minutes: length, daysAYear } = calendar.lengthOn(day);
    return { perMinute, annualised: perMinute * Math.sqrt(length * daysAYear) };
  }
  return null;
}
