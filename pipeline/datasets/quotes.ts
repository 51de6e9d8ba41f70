import { EVENT_TIME_MAX, EVENT_TIME_MIN, PRICE, price, SOURCE, SYMBOL } from "./columns.ts";
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
  ordered: [["l", "c"], ["l", "o"], ["c", "h"], ["o", "h"]],
  columns: [
    SYMBOL,
    price("c", "Current price."),
    { name: "d", type: PRICE, nullable: true, unit: "currency", meaning: "Change since pc." },
    {
      name: "dp",
      type: PRICE,
      nullable: true,
      unit: "percent",
      meaning: "Percent change since pc.",
    },
    price("h", "High of the day."),
    price("l", "Low of the day."),
    price("o", "Open of the day."),
    price("pc", "Previous close."),
    {
      name: "t",
      type: { kind: "timestamp", wireUnit: "s" },
      min: EVENT_TIME_MIN,
      max: EVENT_TIME_MAX,
      unit: "s since 1970 UTC on the wire",
      meaning: "Time of the quote.",
    },
    SOURCE,
  ],
};
