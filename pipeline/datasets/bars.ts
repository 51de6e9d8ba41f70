import {
  ACTION,
  EVENT_TIME_MAX,
  ORIGIN,
  PRICE,
  price,
  SIGNED,
  SOURCE,
  SYMBOL,
  text,
  VOLUME,
} from "./columns.ts";
import type { Dataset } from "./dataset.ts";

/** Lengths of a bar, shortest first. Days and longer begin at 00:00 UTC of the day that is meant. */
export const BAR_INTERVALS: readonly string[] = [
  ...["1s", "5s", "15s", "30s", "1m", "2m", "3m", "5m", "10m", "15m", "30m", "45m"],
  ...["1h", "2h", "3h", "4h", "6h", "8h", "12h", "1d", "3d", "1wk", "1mo", "3mo"],
];

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
      oneOf: BAR_INTERVALS,
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
    { ...price("open", "First price."), signedBy: SIGNED.name },
    { ...price("high", "Highest price."), signedBy: SIGNED.name },
    { ...price("low", "Lowest price."), signedBy: SIGNED.name },
    { ...price("close", "Last price."), signedBy: SIGNED.name },
    {
      name: "adj_close",
      type: PRICE,
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
    {
      name: "adjustment",
      type: text(6),
      nullable: true,
      oneOf: ["raw", "splits", "all"],
      meaning:
        "What open to close are adjusted for: `raw` nothing, `splits`, `all` dividends too; " +
        "null is taken for raw.",
    },
    SIGNED,
    ACTION,
    ORIGIN,
    {
      name: "provisional",
      type: text(3),
      nullable: true,
      oneOf: ["yes"],
      meaning:
        "`yes` for a bar that had not ended, or not settled, when the feed told it; null else.",
    },
  ],
};
