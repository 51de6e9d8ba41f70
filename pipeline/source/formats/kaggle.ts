import type { FileFormat } from "./format.ts";

/** The symbol's column is called Name. */
export const kaggleSp500: FileFormat = {
  name: "kaggle-sp500",
  meaning: "Kaggle, S&P 500 stock data",
  headers: [["date", "open", "high", "low", "close", "volume", "name"]],
  dataset: "bars",
  columns: { symbol: "name" },
  constants: { adjustment: "splits" },
};

/** A file a symbol, named aapl.us.txt; prices are adjusted for splits and dividends. */
export const kaggleHuge: FileFormat = {
  name: "kaggle-huge",
  meaning: "Kaggle, Huge Stock Market Dataset",
  headers: [["date", "open", "high", "low", "close", "volume", "openint"]],
  fileName: /^(?<symbol>[a-z0-9-]+)\.us\.txt/,
  needsName: true,
  dataset: "bars",
  constants: { adjustment: "all" },
};
