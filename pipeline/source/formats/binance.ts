import type { FileFormat } from "./format.ts";

const ID = /^\d+$/;
const PRICE = /^\d+\.\d+$/;
const TIME = /^\d{13}(\d{3})?$/;
const FLAG = /^(true|false)$/i;
const FILE_NAME = /^(?<symbol>[A-Z0-9]+)-(?<interval>\d+(?:s|m|h|d|w|mo))-\d{4}/;
const TRADES_NAME = /^(?<symbol>[A-Z0-9]+)-(?:aggT|t)rades-\d{4}/;
/** Who is the maker did not take: where the buyer is, the trade was a sale. */
const SIDES = { side: { true: "sell", false: "buy", True: "sell", False: "buy" } };

const fits = (cells: readonly string[], patterns: readonly RegExp[]) =>
  cells.length === patterns.length &&
  patterns.every((pattern, i) => pattern.test(cells[i]?.trim() ?? ""));

/** In milliseconds, of spot from 2025 on in microseconds. */
export const binanceKlines: FileFormat = {
  name: "binance-klines",
  meaning: "Binance, klines",
  headers: [
    ["opentime", "open", "high", "low", "close", "volume", "closetime"].concat(
      ["quotevolume", "count", "takerbuyvolume", "takerbuyquotevolume", "ignore"],
    ),
    ["opentime", "open", "high", "low", "close", "volume", "closetime"].concat(
      ["quoteassetvolume", "numberoftrades", "takerbuybaseassetvolume"],
      ["takerbuyquoteassetvolume", "ignore"],
    ),
  ],
  headerless: {
    columns: ["open_time", "open", "high", "low", "close", "volume", ...Array(6).fill(null)],
    looks: (cells) =>
      cells.length === 12 && TIME.test(cells[0] ?? "") && TIME.test(cells[6] ?? "") &&
      ID.test(cells[8] ?? ""),
  },
  fileName: FILE_NAME,
  dataset: "bars",
  columns: { open_time: "opentime" },
  constants: { adjustment: "raw" },
  numbers: "digits",
  timeZone: "UTC",
  decimal: ".",
};

const agg = [ID, PRICE, PRICE, ID, ID, TIME, FLAG];
const aggColumns = ["trade_id", "price", "size", null, null, "event_time", "side"];

/** Trades of one taker at one price. */
export const binanceAggTrades: FileFormat = {
  name: "binance-aggtrades",
  meaning: "Binance, aggregated trades",
  headers: [
    ["aggtradeid", "price", "quantity", "firsttradeid", "lasttradeid", "transacttime"]
      .concat(["isbuyermaker"]),
    ["aggtradeid", "price", "quantity", "firsttradeid", "lasttradeid", "transacttime"]
      .concat(["isbuyermaker", "isbestmatch"]),
  ],
  headerless: {
    columns: [...aggColumns, null],
    looks: (cells) => fits(cells, [...agg, FLAG]) || fits(cells, agg),
  },
  fileName: TRADES_NAME,
  dataset: "ticks",
  columns: {
    trade_id: "aggtradeid",
    size: "quantity",
    event_time: "transacttime",
    side: "isbuyermaker",
  },
  values: SIDES,
  numbers: "digits",
  timeZone: "UTC",
  decimal: ".",
  uniqueIds: true,
};

/** Single trades. */
export const binanceTrades: FileFormat = {
  name: "binance-trades",
  meaning: "Binance, trades",
  headers: [
    ["id", "price", "qty", "quoteqty", "time", "isbuyermaker"],
    ["id", "price", "qty", "quoteqty", "time", "isbuyermaker", "isbestmatch"],
  ],
  headerless: {
    columns: ["trade_id", "price", "size", null, "event_time", "side", null],
    looks: (cells) =>
      fits(cells, [ID, PRICE, PRICE, PRICE, TIME, FLAG, FLAG]) ||
      fits(cells, [ID, PRICE, PRICE, PRICE, TIME, FLAG]),
  },
  fileName: TRADES_NAME,
  dataset: "ticks",
  columns: { trade_id: "id", size: "qty", event_time: "time", side: "isbuyermaker" },
  values: SIDES,
  numbers: "digits",
  timeZone: "UTC",
  decimal: ".",
  uniqueIds: true,
};
