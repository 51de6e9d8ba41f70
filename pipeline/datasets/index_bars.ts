import { ACTION, ORIGIN, PRICE, price, text, VOLUME } from "./columns.ts";
import type { Dataset } from "./dataset.ts";

/** Daily bars of stock indices in the layout of the well-known index history file. */
export const indexBars: Dataset = {
  name: "index_bars",
  meaning: "Daily index history: Index,Date,Open,High,Low,Close,Adj_Close,Volume,CloseUSD.",
  topic: "index_bars",
  partitions: 4,
  key: "index",
  naturalKey: ["index", "date"],
  eventTime: "date",
  sums: ["close", "volume"],
  ordered: [["low", "open"], ["low", "close"], ["open", "high"], ["close", "high"]],
  columns: [
    { name: "index", wire: "Index", type: text(32), meaning: "Index, such as NYA or N225." },
    { name: "date", wire: "Date", type: { kind: "date" }, meaning: "Trading day, YYYY-MM-DD." },
    price("open", "First level of the day.", "Open"),
    price("high", "Highest level of the day.", "High"),
    price("low", "Lowest level of the day.", "Low"),
    price("close", "Last level of the day.", "Close"),
    {
      name: "adj_close",
      wire: "Adj_Close",
      type: PRICE,
      nullable: true,
      min: 0,
      unit: "index points",
      meaning: "Adjusted close.",
    },
    {
      name: "volume",
      wire: "Volume",
      type: VOLUME,
      nullable: true,
      min: 0,
      unit: "shares",
      meaning: "Quantity traded.",
    },
    {
      name: "close_usd",
      wire: "CloseUSD",
      type: PRICE,
      nullable: true,
      min: 0,
      unit: "USD",
      meaning: "Close in US dollars.",
    },
    ACTION,
    ORIGIN,
  ],
};
