import type { FileFormat } from "./format.ts";

/** Times are ISO 8601 with the exchange's offset, or seconds since 1970. */
export const tradingview: FileFormat = {
  name: "tradingview",
  meaning: "TradingView, chart data",
  headers: [
    ["time", "open", "high", "low", "close"],
    ["time", "open", "high", "low", "close", "volume"],
    ["time", "open", "high", "low", "close", "volume", "volumema"],
  ],
  firstTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$|^\d{9,10}$/,
  fileName: /^[A-Z_]+_(?<symbol>[A-Z0-9.!]+), (?<interval>\w+)/,
  dataset: "bars",
  columns: { open_time: "time" },
  numbers: "s",
};
