import type { FileFormat } from "./format.ts";

/** Aggregates a minute or a day; the day begins at midnight in New York. Prices as traded. */
export const polygonAggregates: FileFormat = {
  name: "polygon-aggregates",
  meaning: "Polygon, flat files of aggregates",
  headers: [
    ["ticker", "volume", "open", "close", "high", "low", "windowstart", "transactions"],
  ],
  dataset: "bars",
  columns: { symbol: "ticker", open_time: "windowstart" },
  constants: { adjustment: "raw" },
  numbers: "ns",
  timeZone: "America/New_York",
  decimal: ".",
};

/** Ids are those of each exchange: not of the trade alone. */
export const polygonTrades: FileFormat = {
  name: "polygon-trades",
  meaning: "Polygon, flat files of trades",
  headers: [
    ["ticker", "conditions", "correction", "exchange", "id", "participanttimestamp", "price"]
      .concat(["sequencenumber", "siptimestamp", "size", "tape", "trfid", "trftimestamp"]),
  ],
  dataset: "ticks",
  columns: {
    symbol: "ticker",
    trade_id: null,
    event_time: "siptimestamp",
    sequence: "sequencenumber",
  },
  numbers: "ns",
  timeZone: "UTC",
  decimal: ".",
};
