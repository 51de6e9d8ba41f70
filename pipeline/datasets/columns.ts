/** Column types and limits that several datasets share. @module */
import type { Column, ColumnType } from "./dataset.ts";

/**
 * Prices of trades and quotes: 8 decimals in 64 bits, for the path that takes hundreds of thousands a
 * second. A value of more decimals is refused, but for what doubles add to a JSON number, at most
 * 1e-15 of it: 0.30000000000000004 is stored as 0.3.
 */
export const TICK_PRICE: ColumnType = { kind: "decimal", precision: 18, scale: 8 };
/** Greatest price of a trade or quote believed, in units of the quoted currency: what 64 bits hold. */
export const TICK_PRICE_MAX = 9_999_999_999;
/** Prices of bars: 18 decimals, as tokens have them whose price is below a millionth. */
export const PRICE: ColumnType = { kind: "decimal", precision: 38, scale: 18 };
/** Greatest price of a bar believed, in units of the quoted currency; adjusted prices reach it. */
export const PRICE_MAX = 100_000_000_000;
/** Sizes and volumes: room for index volumes beyond 10^10. */
export const VOLUME: ColumnType = { kind: "decimal", precision: 28, scale: 8 };
/** 1980-01-01 in microseconds: an event time in s or ms instead of us falls below it. */
export const EVENT_TIME_MIN = 315_532_800_000_000;
/** 2100-01-01 in microseconds. */
export const EVENT_TIME_MAX = 4_102_444_800_000_000;

/** A text column of at most `maxLength` characters. */
export function text(maxLength: number): ColumnType {
  return { kind: "text", maxLength };
}

/** The instrument's symbol: untrusted text, kept as the feed gives it. */
export const SYMBOL: Column = {
  name: "symbol",
  type: text(32),
  meaning: "Instrument as the feed names it, such as AAPL.",
};

/** Which feed the record came from. */
export const SOURCE: Column = {
  name: "source",
  type: text(32),
  meaning: "Feed the record came from, such as simulator, csv or finnhub.",
};

/** Says that prices of the instrument may be zero or below, as those of futures and spreads. */
export const SIGNED: Column = {
  name: "signed",
  type: text(3),
  nullable: true,
  oneOf: ["yes"],
  meaning: "`yes` where prices of the instrument may be zero or below; else null.",
};

/** What the record does to the fact of its natural key. */
export const ACTION: Column = {
  name: "action",
  type: text(8),
  nullable: true,
  oneOf: ["new", "correct", "cancel"],
  meaning: "What the record does to its fact: `cancel` takes it back; null as `new`.",
};

/** What the record was read from, so that it can be taken back as a whole. */
export const ORIGIN: Column = {
  name: "origin",
  type: text(64),
  nullable: true,
  meaning: "File the record was read from, by name and hash of its path; null for live feeds.",
};

/** When whoever brings the record had it from the feed. */
export const RECEIVE_TIME: Column = {
  name: "receive_time",
  type: { kind: "timestamp", wireUnit: "us" },
  nullable: true,
  min: EVENT_TIME_MIN,
  max: EVENT_TIME_MAX,
  unit: "us since 1970 UTC on the wire",
  meaning: "When who brings the record had it from the feed, UTC; null if not told.",
};

/** The price of a trade or quote: positive. */
export function tickPrice(name: string, meaning: string): Column {
  return { ...column(name, TICK_PRICE, TICK_PRICE_MAX, meaning), moreThan: 0 };
}

/** The price of a bar: positive, unless the record says that it is `SIGNED`. */
export function price(name: string, meaning: string, wire?: string): Column {
  const positive = { ...column(name, PRICE, PRICE_MAX, meaning), moreThan: 0 };
  return wire === undefined ? positive : { ...positive, wire };
}

function column(name: string, type: ColumnType, max: number, meaning: string): Column {
  return { name, type, max, unit: "currency", meaning };
}
