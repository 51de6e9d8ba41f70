import type { FileFormat } from "./format.ts";

/** Prices as traded, with what adjusts them beside. */
export const alphavantageAdjusted: FileFormat = {
  name: "alphavantage-adjusted",
  meaning: "Alpha Vantage, daily, weekly or monthly adjusted",
  headers: [
    ["timestamp", "open", "high", "low", "close", "adjustedclose", "volume", "dividendamount"]
      .concat(["splitcoefficient"]),
    ["timestamp", "open", "high", "low", "close", "adjustedclose", "volume", "dividendamount"],
  ],
  fileName: /^(?:daily|weekly|monthly)_adjusted_(?<symbol>[A-Z0-9.-]+)\.csv/,
  dataset: "bars",
  columns: { open_time: "timestamp" },
  constants: { adjustment: "raw" },
  decimal: ".",
};

/** By its file name alone: others write the same header. Times are those of New York. */
export const alphavantageIntraday: FileFormat = {
  name: "alphavantage-intraday",
  meaning: "Alpha Vantage, intraday",
  fileName: /^intraday_(?<interval>\d+min)_(?<symbol>[A-Z0-9.-]+)\.csv/,
  dataset: "bars",
  columns: { open_time: "timestamp" },
  timeZone: "America/New_York",
  decimal: ".",
};
