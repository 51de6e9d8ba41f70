import {
  EVENT_TIME_MAX,
  EVENT_TIME_MIN,
  PRICE,
  price,
  PRICE_MAX,
  SOURCE,
  SYMBOL,
  text,
} from "./columns.ts";
import type { Dataset } from "./dataset.ts";

/** Trades: one record a print. */
export const ticks: Dataset = {
  name: "ticks",
  meaning: "Trades as they print: one record a trade.",
  topic: "ticks",
  partitions: 4,
  key: "symbol",
  naturalKey: ["source", "symbol", "trade_id"],
  eventTime: "event_time",
  sums: ["price", "size"],
  columns: [
    SYMBOL,
    price("price", "Price of the trade."),
    {
      name: "size",
      type: PRICE,
      min: 0,
      max: PRICE_MAX,
      unit: "shares",
      meaning: "Quantity traded; fractional for crypto and fractional shares.",
    },
    {
      name: "event_time",
      type: { kind: "timestamp", wireUnit: "us" },
      min: EVENT_TIME_MIN,
      max: EVENT_TIME_MAX,
      unit: "us since 1970 UTC on the wire",
      meaning: "When the trade happened, by the feed's clock, UTC.",
    },
    SOURCE,
    {
      name: "trade_id",
      type: text(64),
      meaning: "Identity of the trade within source and symbol.",
    },
  ],
};
