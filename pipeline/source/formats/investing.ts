import type { FileFormat } from "./format.ts";

/** Days are month first in the American edition; others of its editions write the same header. */
export const investing: FileFormat = {
  name: "investing",
  meaning: "Investing.com, historical data",
  headers: [
    ["date", "price", "open", "high", "low", "vol", "change%"],
    ["date", "price", "open", "high", "low", "change%"],
  ],
  fileName: /^(?<symbol>[A-Z][A-Z0-9.-]{0,9}) Historical Data/,
  dataset: "bars",
  columns: { open_time: "date", close: "price", volume: "vol" },
  constants: { adjustment: "splits" },
  dateOrder: "mdy",
};
