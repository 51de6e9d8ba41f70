import type { FileFormat } from "./format.ts";

/** Prices are adjusted for splits already; only `Adj Close` has the dividends taken out. */
export const yahoo: FileFormat = {
  name: "yahoo",
  meaning: "Yahoo Finance, historical data as downloaded",
  headers: [["date", "open", "high", "low", "close", "adjclose", "volume"]],
  dataset: "bars",
  constants: { adjustment: "splits" },
};

/** The order of columns of the download until 2017, with prices as traded. */
export const yahooOld: FileFormat = {
  name: "yahoo-old",
  meaning: "Yahoo Finance, download until 2017",
  headers: [["date", "open", "high", "low", "close", "volume", "adjclose"]],
  dataset: "bars",
  constants: { adjustment: "raw" },
};
