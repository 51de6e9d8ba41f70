/** What silver and gold must say of trades, as rows of text. @module */
import { type Candle, sets, type Traded, tradedOf } from "./candles.ts";
import { type Decimal, ONE, quotient, textOf } from "./decimal.ts";
import { type Fact, factsOf } from "./facts.ts";
import { type Kpi, kpisOf } from "./kpi.ts";
import { Listings } from "./listings.ts";
import { secondOf, type Time, timeText, type TradeRecord } from "./record.ts";
import type { ReferenceData } from "./reference_data.ts";
import { weeksAndMonths } from "./weeks.ts";

/** Columns by name; numbers only where a tolerance applies. */
export type ExpectedRow = Readonly<Record<string, string | number | null>>;

/** Rows of the tables that are compared. */
export interface Expected {
  readonly silver: readonly ExpectedRow[];
  readonly candles: readonly ExpectedRow[];
  readonly days: readonly ExpectedRow[];
  readonly kpis: readonly ExpectedRow[];
}

/** What the models must make of the records. */
export function expectedOf(data: ReferenceData, records: readonly TradeRecord[]): Expected {
  const facts = factsOf(records);
  const listings = new Listings(data);
  const traded = tradedOf(data, listings, facts);
  const clocks = clocksOf(traded);
  const candles = traded.flatMap(({ candles }) => [
    ...candles.filter((c) => c.interval !== "1d" || c.session === "regular"),
    ...weeksAndMonths(listings, candles),
  ]).filter((c) => c.open !== null && c.high !== null);
  return {
    silver: facts.map(silverRow),
    candles: candles.map((candle) => ({
      ...{ source: candle.source, symbol: candle.symbol, bar_interval: candle.interval },
      ...candleColumns(candle),
      vwap: vwapOf(candle),
      origin: "built",
      is_closed: String((clocks.get(candle.source) ?? 0) >= candle.closeTime),
    })),
    days: traded.flatMap(({ candles }) => candles).filter((c) => c.interval === "1d")
      .map((candle) => ({
        ...{ source: candle.source, symbol: candle.symbol, exchange: candle.exchange },
        ...candleColumns(candle),
      })),
    kpis: kpisOf(listings, traded).map(kpiRow),
  };
}

/** The time of the newest price of each source. */
function clocksOf(all: readonly Traded[]): ReadonlyMap<string, Time> {
  const clocks = new Map<string, Time>();
  for (const trade of all.flatMap(({ trades }) => trades).filter((t) => sets("last", t))) {
    const { source, at } = trade.record;
    clocks.set(source, Math.max(clocks.get(source) ?? 0, at));
  }
  return clocks;
}

function silverRow(fact: Fact): ExpectedRow {
  const { source, symbol, id, truth } = fact;
  return {
    ...{ source, symbol, trade_id: id },
    price: textOf(truth.price),
    size: number(truth.size),
    event_time: timeText(truth.at),
    event_second: timeText(secondOf(truth.at)),
    ...{ side: truth.side, sequence: truth.sequence === null ? null : String(truth.sequence) },
    ...{ signed: truth.signed, conditions: truth.conditions, venue: truth.venue },
    currency: truth.currency,
    is_cancelled: String(fact.isCancelled),
    is_set_aside: String(fact.isSetAside),
  };
}

function candleColumns(candle: Candle): ExpectedRow {
  return {
    open_time: timeText(candle.openTime),
    close_time: timeText(candle.closeTime),
    trading_day: candle.day,
    session: candle.session,
    ...{ open: number(candle.open), high: number(candle.high) },
    ...{ low: number(candle.low), close: number(candle.close) },
    ...{ volume: number(candle.volume), turnover: number(candle.turnover) },
    trades: String(candle.trades),
    first_time: time(candle.firstTime),
    last_time: time(candle.lastTime),
    revisions: String(candle.revisions),
  };
}

/** Null where a turnover of 12 decimals does not tell it. */
function vwapOf({ volume, turnover, trades }: Candle): number | null {
  if (!volume || turnover === null) return null;
  const told = turnover < 0n ? -turnover : turnover;
  const count = BigInt(trades);
  if (told * 1000n < count * ONE && volume * 5000n < count * ONE) return null;
  return Number(textOf(quotient(turnover, volume, 8)));
}

function kpiRow(kpi: Kpi): ExpectedRow {
  return {
    ...{ source: kpi.source, symbol: kpi.symbol, last_price: textOf(kpi.lastPrice) },
    ...{ last_time: timeText(kpi.lastTime), last_session: kpi.lastSession },
    ...{ previous_close: number(kpi.previousClose), change_amount: number(kpi.change) },
    ...{ change_percent: kpi.percent, exchange: kpi.exchange, trading_day: kpi.day },
    ...{ day_session: kpi.daySession, day_start: timeText(kpi.dayStart) },
    ...{ day_end: timeText(kpi.dayEnd), day_open: number(kpi.dayOpen) },
    ...{ day_high: number(kpi.dayHigh), day_low: number(kpi.dayLow) },
    ...{ volume: number(kpi.volume), trades: String(kpi.trades) },
    volatility_per_minute: kpi.volatilityPerMinute,
    volatility_annualised: kpi.volatilityAnnualised,
  };
}

function number(value: Decimal | null): string | null {
  return value === null ? null : textOf(value);
}

function time(value: Time | null): string | null {
  return value === null ? null : timeText(value);
}
