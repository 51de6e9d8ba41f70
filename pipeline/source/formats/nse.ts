import type { FileFormat } from "./format.ts";

/** The day's file of all securities. */
export const nseBhavcopy: FileFormat = {
  name: "nse-bhavcopy",
  meaning: "National Stock Exchange of India, bhavcopy",
  headers: [
    ["symbol", "series", "open", "high", "low", "close", "last", "prevclose", "tottrdqty"]
      .concat(["tottrdval", "timestamp", "totaltrades", "isin"]),
    ["symbol", "series", "date1", "prevclose", "openprice", "highprice", "lowprice", "lastprice"]
      .concat(["closeprice", "avgprice", "ttltrdqnty", "turnoverlacs", "nooftrades"])
      .concat(["delivqty", "delivper"]),
  ],
  dataset: "bars",
  constants: { adjustment: "raw" },
  thousands: ",",
};

/** One security's history. */
export const nseHistory: FileFormat = {
  name: "nse-history",
  meaning: "National Stock Exchange of India, history of a security",
  headers: [
    ["date", "series", "open", "high", "low", "prevclose", "ltp", "close", "vwap", "52wh"]
      .concat(["52wl", "volume", "value", "nooftrades"]),
  ],
  fileName: /^Quote-Equity-(?<symbol>[A-Z0-9&-]+?)-[A-Z]{2}-\d{2}-/,
  dataset: "bars",
  constants: { adjustment: "raw" },
  thousands: ",",
};
