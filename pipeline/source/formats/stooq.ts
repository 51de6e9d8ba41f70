import type { FileFormat } from "./format.ts";

/** The bulk files; prices are adjusted for splits and dividends. */
export const stooq: FileFormat = {
  name: "stooq",
  meaning: "Stooq, bulk files",
  headers: [
    ["ticker", "per", "date", "time", "open", "high", "low", "close", "vol", "openint"],
  ],
  dataset: "bars",
  columns: { symbol: "ticker", bar_interval: "per", open_time: "date", volume: "vol" },
  clock: "time",
  constants: { adjustment: "all" },
  numbers: "yyyymmdd",
};
