import {
  ACTION,
  EVENT_TIME_MAX,
  EVENT_TIME_MIN,
  ORIGIN,
  RECEIVE_TIME,
  SIGNED,
  SOURCE,
  SYMBOL,
  text,
  tickPrice,
  VOLUME,
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
    { ...tickPrice("price", "Price of the trade."), signedBy: SIGNED.name },
    {
      name: "size",
      type: VOLUME,
      nullable: true,
      min: 0,
      unit: "shares",
      meaning: "Quantity traded; fractional for crypto and fractional shares; null if not told.",
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
      type: text(96),
      meaning: "Identity of the trade within source and symbol.",
    },
    {
      name: "side",
      type: text(4),
      nullable: true,
      oneOf: ["buy", "sell"],
      meaning: "Side of the order that took liquidity, where the feed tells.",
    },
    {
      name: "sequence",
      type: { kind: "decimal", precision: 18, scale: 0 },
      nullable: true,
      min: 0,
      meaning: "Number of the record in the feed's own order, where the feed tells; " +
        "of the records of one trade, that with the highest counts.",
    },
    SIGNED,
    ACTION,
    ORIGIN,
    {
      name: "conditions",
      type: text(64),
      nullable: true,
      meaning: "Sale conditions as the feed gives them, codes separated by one space.",
    },
    {
      name: "venue",
      type: text(16),
      nullable: true,
      meaning: "Where it was traded: the market's code (MIC), or what the feed calls it.",
    },
    {
      name: "currency",
      type: text(8),
      nullable: true,
      meaning: "Currency of the price, such as USD, or GBp for pence; null if not told.",
    },
    RECEIVE_TIME,
  ],
};
