import type { FileFormat } from "./format.ts";

/** Times as 03.01.2020 09:30:00.000, in GMT; other zones have another name of that column. */
export const dukascopy: FileFormat = {
  name: "dukascopy",
  meaning: "Dukascopy, historical data",
  headers: [["gmttime", "open", "high", "low", "close", "volume"]],
  fileName: /^(?<symbol>[A-Z]{6})_/,
  dataset: "bars",
  columns: { open_time: "gmttime" },
  dateOrder: "dmy",
  timeZone: "UTC",
};
