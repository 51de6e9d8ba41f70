import {
  ACTION,
  EVENT_TIME_MAX,
  EVENT_TIME_MIN,
  ORIGIN,
  RECEIVE_TIME,
  SOURCE,
  SYMBOL,
  TICK_PRICE,
  tickPrice,
} from "./columns.ts";
import type { Dataset } from "./dataset.ts";

/** Finnhub's quote under its real one- and two-letter names. */
export const quotes: Dataset = {
  name: "quotes",
  meaning: "Quote snapshots with Finnhub's field names: c d dp h l o pc t.",
  topic: "quotes",
  partitions: 4,
  key: "symbol",
  naturalKey: ["source", "symbol", "t", "c"],
  eventTime: "t",
  sums: ["c"],
  // The current price may lie outside: before the open, h and l are those of the day before.
  ordered: [["l", "o"], ["o", "h"], ["l", "h"]],
  columns: [
    SYMBOL,
    tickPrice("c", "Current price."),
    { name: "d", type: TICK_PRICE, nullable: true, unit: "currency", meaning: "Change since pc." },
    {
      name: "dp",
      type: TICK_PRICE,
      nullable: true,
      unit: "percent",
      meaning: "Percent change since pc.",
    },
    { ...tickPrice("h", "High of the day; null before there is one."), nullable: true },
    { ...tickPrice("l", "Low of the day; null before there is one."), nullable: true },
    { ...tickPrice("o", "Open of the day; null before there is one."), nullable: true },
    { ...tickPrice("pc", "Previous close; null before there is one."), nullable: true },
    {
      name: "t",
      type: { kind: "timestamp", wireUnit: "s" },
      min: EVENT_TIME_MIN,
      max: EVENT_TIME_MAX,
      unit: "s since 1970 UTC on the wire",
      meaning: "Time of the quote.",
    },
    SOURCE,
    ACTION,
    ORIGIN,
    RECEIVE_TIME,
  ],
};
