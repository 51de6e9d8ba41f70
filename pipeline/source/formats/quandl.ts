import type { FileFormat } from "./format.ts";

const RAW = ["open", "high", "low", "close", "volume", "exdividend", "splitratio"];
const ADJUSTED = ["adjopen", "adjhigh", "adjlow", "adjclose", "adjvolume"];

/** Prices as traded, and each adjusted beside. */
export const quandl: FileFormat = {
  name: "quandl-wiki",
  meaning: "Quandl, WIKI prices",
  headers: [["date", ...RAW, ...ADJUSTED], ["ticker", "date", ...RAW, ...ADJUSTED]],
  fileName: /^WIKI-(?<symbol>[A-Z0-9_]+)\.csv/,
  dataset: "bars",
  constants: { adjustment: "raw" },
};
