import { EVENT_TIME_MAX, price, SOURCE, SYMBOL, text, VOLUME } from "./columns.ts";
import type { Dataset } from "./dataset.ts";

/** OHLCV bars as published, stamped with their start. */
export const bars: Dataset = {
  name: "bars",
  meaning:
    "OHLCV bars as a feed publishes them; a bar covers [open_time, open_time + bar_interval).",
  topic: "bars",
  partitions: 4,
  key: "symbol",
  naturalKey: ["source", "symbol", "bar_interval", "open_time"],
  eventTime: "open_time",
  sums: ["close", "volume"],
  ordered: [["low", "open"], ["low", "close"], ["open", "high"], ["close", "high"]],
  columns: [
    SYMBOL,
    {
      name: "bar_interval",
      type: text(8),
      oneOf: ["1s", "1m", "2m", "5m", "15m", "30m", "1h", "1d", "1wk", "1mo"],
      meaning: "Length of the bar.",
    },
    {
      name: "open_time",
      type: { kind: "timestamp", wireUnit: "us" },
      min: -EVENT_TIME_MAX,
      max: EVENT_TIME_MAX,
      unit: "us since 1970 UTC on the wire",
      meaning: "Start of the bar; a daily bar starts at 00:00 UTC of its trading day.",
    },
    price("open", "First price."),
    price("high", "Highest price."),
    price("low", "Lowest price."),
    price("close", "Last price, as traded."),
    {
      name: "adj_close",
      type: { kind: "decimal", precision: 18, scale: 8 },
      nullable: true,
      min: 0,
      unit: "currency",
      meaning: "Close adjusted for splits and dividends.",
    },
    {
      name: "volume",
      type: VOLUME,
      nullable: true,
      min: 0,
      unit: "shares",
      meaning: "Quantity traded in the bar.",
    },
    SOURCE,
  ],
};
