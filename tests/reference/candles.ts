/** Candles of trades. @module */
import type { Session } from "./calendar.ts";
import { allows, type Kind, type Rule, ruleOf } from "./conditions.ts";
import { type Decimal, sum, times } from "./decimal.ts";
import { type Fact, isAhead, isLive } from "./facts.ts";
import type { Listings } from "./listings.ts";
import { type Place, placeOf } from "./place.ts";
import { MINUTE, SECOND, secondOf, type Time, type TradeRecord } from "./record.ts";
import type { ReferenceData } from "./reference_data.ts";
import { Closing, type Revised, revisedOf } from "./revisions.ts";

/** What a candle holds; null where no trade in it may set a price. */
export interface Prices {
  readonly open: Decimal | null;
  readonly high: Decimal | null;
  readonly low: Decimal | null;
  readonly close: Decimal | null;
  readonly volume: Decimal | null;
  readonly turnover: Decimal | null;
  readonly trades: number;
  readonly firstTime: Time | null;
  readonly lastTime: Time | null;
}

/** A candle. */
export interface Candle extends Prices {
  readonly source: string;
  readonly symbol: string;
  readonly interval: string;
  readonly openTime: Time;
  readonly closeTime: Time;
  readonly day: string;
  readonly session: Session;
  readonly exchange: string;
  readonly revisions: number;
}

/** A trade that counts, where it lies, and what it may set there. */
export interface Placed {
  readonly record: TradeRecord;
  /** The first record of its second. */
  readonly first: TradeRecord;
  readonly rule: Rule;
  readonly place: Place;
}

/** The part of a day that a candle covers. */
interface Span {
  readonly openTime: Time;
  readonly closeTime: Time;
}

const LENGTHS = { "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240 } as const;

/** What a symbol's trades come to. */
export interface Traded {
  readonly trades: readonly Placed[];
  /** Of all intervals up to a day; those without a price too. */
  readonly candles: readonly Candle[];
}

/** The candles of all trades, symbol by symbol. */
export function tradedOf(
  data: ReferenceData,
  listings: Listings,
  facts: readonly Fact[],
): readonly Traded[] {
  const symbols = Map.groupBy(facts, (fact) => JSON.stringify([fact.source, fact.symbol]));
  return [...symbols.values()].map((own) => {
    const closing = new Closing(own);
    const revised = revisedOf(data, own, closing);
    const trades = own.filter(isLive).map((fact) => placed(data, listings, fact)).sort(inTime);
    return { trades, candles: candlesOf(listings, trades, revised, closing) };
  });
}

function placed(data: ReferenceData, listings: Listings, fact: Fact): Placed {
  const { truth, records } = fact;
  const rule = ruleOf(data, fact.source, truth.conditions);
  const place = placeOf(listings, fact.source, fact.symbol, truth.at, rule.kind);
  const first = records.find((record) =>
    record.action !== "cancel" && !isAhead(record) && secondOf(record.at) === secondOf(truth.at)
  );
  return { record: truth, first: first ?? truth, rule, place };
}

const RANKS: Readonly<Record<Kind, number>> = { extended: 0, normal: 1, close: 2 };

/** By time; ties by kind, and then by where the trade first came to its second. */
function inTime(a: Placed, b: Placed): number {
  return a.record.at - b.record.at || RANKS[a.rule.kind] - RANKS[b.rule.kind] ||
    a.first.partition - b.first.partition || a.first.offset - b.first.offset;
}

/** How an interval cuts days. */
type Cut = (place: Place, second: Time) => Span;

const CUTS: Readonly<Record<string, Cut>> = {
  "1s": (_, second) => ({ openTime: second, closeTime: second + SECOND }),
  "1m": ({ minute }) => ({ openTime: minute, closeTime: minute + MINUTE }),
  ...Object.fromEntries(
    Object.entries(LENGTHS).map(([interval, minutes]) => [
      interval,
      ({ piece, minute }: Place) => {
        const length = minutes * MINUTE;
        const openTime = piece.start + Math.floor((minute - piece.start) / length) * length;
        return { openTime, closeTime: Math.min(openTime + length, piece.end) };
      },
    ]),
  ),
  "1d": ({ sessionStart, sessionEnd }) => ({ openTime: sessionStart, closeTime: sessionEnd }),
};

function candlesOf(
  listings: Listings,
  trades: readonly Placed[],
  revised: readonly Revised[],
  closing: Closing,
): Candle[] {
  return Object.entries(CUTS).flatMap(([interval, cut]) => {
    // A second at the end of a session has a candle of its auction, and one of what is behind.
    const key = (place: Place, second: Time) =>
      `${cut(place, second).openTime} ${interval === "1s" ? place.session : ""}`;
    const groups = Map.groupBy(trades, (t) => key(t.place, secondOf(t.record.at)));
    const late = Map.groupBy(
      revised,
      ({ source, symbol, second, kind }) =>
        key(placeOf(listings, source, symbol, second, kind), second),
    );
    return [...groups].flatMap(([name, own]) => {
      const { record, place } = own[0] ?? {};
      if (!record || !place) return [];
      const { source, symbol } = record;
      const { day, session, exchange } = place;
      const span = cut(place, secondOf(record.at));
      const revisions = (late.get(name) ?? [])
        .filter((r) => r.newest > closing.offset(source, symbol, r.partition, span.closeTime))
        .reduce((count, r) => count + r.trades, 0);
      const candle = { source, symbol, interval, ...span, day, session, exchange };
      return [{ ...candle, ...pricesOf(own), revisions }];
    });
  });
}

/** Whether a trade may set open and close, or high and low, where it lies. */
export function sets(what: "last" | "highLow", { record, rule, place }: Placed): boolean {
  return record.size !== 0n && allows(rule[what], place.session);
}

/** The last trade that may set the close; behind the session's end, the closing auction is that. */
function closeOf(trades: readonly Placed[]): TradeRecord | undefined {
  const setting = trades.filter((trade) => sets("last", trade));
  const auction = setting.findLast(({ record, rule, place }) =>
    rule.kind === "close" && place.session === "regular" && record.at >= place.piece.end
  );
  return (auction ?? setting.at(-1))?.record;
}

/** What trades in the order of time come to. */
function pricesOf(trades: readonly Placed[]): Prices {
  const setting = (what: "last" | "highLow") =>
    trades.filter((trade) => sets(what, trade)).map(({ record }) => record);
  const [last, highLow] = [setting("last"), setting("highLow").map(({ price }) => price)];
  const told = trades.flatMap(({ record: { price, size }, rule, place }) =>
    size === null || !allows(rule.volume, place.session) ? [] : [{ price, size }]
  );
  return {
    open: last[0]?.price ?? null,
    high: highLow.length === 0 ? null : highLow.reduce((a, b) => a > b ? a : b),
    low: highLow.length === 0 ? null : highLow.reduce((a, b) => a < b ? a : b),
    close: closeOf(trades)?.price ?? null,
    volume: told.length === 0 ? null : sum(told.map(({ size }) => size)),
    turnover: told.length === 0 ? null : sum(told.map(({ price, size }) => times(price, size))),
    trades: trades.length,
    firstTime: last[0]?.at ?? null,
    lastTime: last.at(-1)?.at ?? null,
  };
}
