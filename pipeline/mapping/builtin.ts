/**
 * Mappings of what well-known producers send, as their interfaces document it: usable by name, and
 * to be copied into a file and changed.
 * @module
 */
import type { Mapping } from "./mapping.ts";

/** A trade whose buyer was the maker was taken by a seller. */
const TAKER_OF_BUYER_IS_MAKER = { true: "sell", false: "buy" };
/** The side told is the maker's: the taker's is the other. */
const TAKER_OF_MAKER = { buy: "sell", sell: "buy" };

/** By name. */
export const BUILT_IN: readonly Mapping[] = [
  {
    name: "plain-ticks",
    dataset: "ticks",
    fields: { symbol: "symbol", price: "price", event_time: { path: "timestamp", format: "iso" } },
  },
  {
    name: "binance-trades",
    dataset: "ticks",
    when: { e: ["trade"] },
    fields: {
      symbol: "s",
      price: "p",
      size: "q",
      event_time: { path: "T", format: "ms" },
      source: { value: "binance" },
      trade_id: "t",
      side: { path: "m", values: TAKER_OF_BUYER_IS_MAKER },
      // Binance numbers the trades of a symbol without a gap.
      sequence: "t",
    },
  },
  {
    name: "binance-aggregate-trades",
    dataset: "ticks",
    when: { e: ["aggTrade"] },
    fields: {
      symbol: "s",
      price: "p",
      size: "q",
      event_time: { path: "T", format: "ms" },
      source: { value: "binance-aggregate" },
      trade_id: "a",
      side: { path: "m", values: TAKER_OF_BUYER_IS_MAKER },
      sequence: "a",
    },
  },
  {
    name: "coinbase-matches",
    dataset: "ticks",
    skip: { type: ["heartbeat", "subscriptions"] },
    when: { type: ["match", "last_match"] },
    fields: {
      symbol: "product_id",
      price: "price",
      size: "size",
      event_time: { path: "time", format: "iso" },
      source: { value: "coinbase" },
      trade_id: "trade_id",
      side: { path: "side", values: TAKER_OF_MAKER },
      sequence: "sequence",
    },
  },
  {
    name: "finnhub-trades",
    dataset: "ticks",
    skip: { type: ["ping"] },
    when: { type: ["trade"] },
    fields: {
      symbol: "data[].s",
      price: "data[].p",
      size: "data[].v",
      event_time: { path: "data[].t", format: "ms" },
      source: { value: "finnhub" },
      conditions: "data[].c",
    },
  },
  {
    name: "finnhub-quotes",
    dataset: "quotes",
    fields: {
      symbol: "symbol",
      c: "c",
      d: "d",
      dp: "dp",
      h: "h",
      l: "l",
      o: "o",
      pc: "pc",
      t: { path: "t", format: "s" },
      source: { value: "finnhub" },
    },
  },
  {
    name: "polygon-trades",
    dataset: "ticks",
    skip: { ev: ["status"] },
    when: { ev: ["T"] },
    fields: {
      symbol: "sym",
      price: "p",
      size: "s",
      event_time: { path: "t", format: "ms" },
      source: { value: "polygon" },
      trade_id: "i",
      sequence: "q",
      conditions: "c",
      venue: "x",
    },
  },
  {
    name: "alpaca-trades",
    dataset: "ticks",
    skip: { T: ["success", "subscription"] },
    when: { T: ["t"] },
    fields: {
      symbol: "S",
      price: "p",
      size: "s",
      event_time: { path: "t", format: "iso" },
      source: { value: "alpaca" },
      trade_id: "i",
      conditions: "c",
      venue: "x",
    },
  },
];
