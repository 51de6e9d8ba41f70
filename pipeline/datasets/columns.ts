/** Column types and limits that several datasets share. @module */
import type { Column, ColumnType } from "./dataset.ts";

/**
 * Prices: 8 decimals, 64-bit. The limit is far above any listed instrument, far below nonsense. A
 * value of more decimals is refused, but for what doubles add to a JSON number, at most 1e-15 of it:
 * 0.30000000000000004 is stored as 0.3.
 */
export const PRICE: ColumnType = { kind: "decimal", precision: 18, scale: 8 };
/** Sizes and volumes: room for index volumes beyond 10^10. */
export const VOLUME: ColumnType = { kind: "decimal", precision: 28, scale: 8 };
/** Greatest price believed, in units of the quoted currency. */
export const PRICE_MAX = 1_000_000_000;
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

/** A price column that must be positive. */
export function price(name: string, meaning: string, wire?: string): Column {
  const column = { name, type: PRICE, moreThan: 0, max: PRICE_MAX, unit: "currency", meaning };
  return wire === undefined ? column : { ...column, wire };
}
