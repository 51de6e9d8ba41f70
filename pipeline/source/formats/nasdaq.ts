import type { FileFormat } from "./format.ts";

export const nasdaq: FileFormat = {
  name: "nasdaq",
  meaning: "Nasdaq.com, historical data",
  headers: [["date", "closelast", "volume", "open", "high", "low"]],
  dataset: "bars",
  columns: { open_time: "date", close: "closelast" },
  constants: { adjustment: "splits" },
  dateOrder: "mdy",
  decimal: ".",
};
