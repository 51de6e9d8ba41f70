import type { FileFormat } from "./format.ts";

export const barchart: FileFormat = {
  name: "barchart",
  meaning: "Barchart.com, price history",
  headers: ["last", "latest"].flatMap((close) => [
    ["time", "open", "high", "low", close, "change", "%chg", "volume"],
    ["time", "open", "high", "low", close, "change", "%change", "volume"],
    ["symbol", "time", "open", "high", "low", close, "change", "%chg", "volume"],
    ["time", "open", "high", "low", close, "change", "%chg", "volume", "openint"],
  ]),
  fileName: /^(?<symbol>[a-z0-9.^$-]{1,12})_(?:daily|intraday)[\w-]*price-history/i,
  footer: /^"?Downloaded from Barchart/,
  dataset: "bars",
  columns: { open_time: "time" },
  dateOrder: "mdy",
};
