import type { FileFormat } from "./format.ts";

const EVENTS = ["volume", "dividends", "stocksplits"];

/** By default (`auto_adjust`) prices are adjusted for splits and dividends. */
export const yfinance: FileFormat = {
  name: "yfinance",
  meaning: "the Python package yfinance, Ticker.history()",
  headers: ["date", "datetime"].flatMap((time) => [
    [time, "open", "high", "low", "close", ...EVENTS],
    [time, "open", "high", "low", "close", ...EVENTS, "capitalgains"],
  ]),
  dataset: "bars",
  constants: { adjustment: "all" },
};

/** With `auto_adjust=False`. */
export const yfinanceRaw: FileFormat = {
  name: "yfinance-unadjusted",
  meaning: "the Python package yfinance, Ticker.history(auto_adjust=False)",
  headers: ["date", "datetime"].flatMap((time) => [
    [time, "open", "high", "low", "close", "adjclose", ...EVENTS],
    [time, "open", "high", "low", "close", "adjclose", ...EVENTS, "capitalgains"],
  ]),
  dataset: "bars",
  constants: { adjustment: "splits" },
};
