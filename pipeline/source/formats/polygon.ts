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

/**
 * Ids are those of each exchange: not of the trade alone. `correction` is that of the tape: 1 what
 * was corrected later and says so already, 7 an error, 8 a cancelled trade; the records that said it
 * follow, as 10, 11 and 12, and are no trades.
 */
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
    action: "correction",
    venue: "exchange",
    // The consolidated tape's own time is the trade's here.
    receive_time: null,
  },
  values: {
    action: {
      ...{ "0": "", "1": "correct", "7": "cancel", "8": "cancel" },
      ...{ "10": "cancel", "11": "cancel", "12": "cancel" },
    },
  },
  numbers: "ns",
  timeZone: "UTC",
  decimal: ".",
};
