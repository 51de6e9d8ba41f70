import { ACTION, ORIGIN, PRICE, PRICE_MAX, RECEIVE_TIME, SOURCE, SYMBOL, text } from "./columns.ts";
import type { Dataset } from "./dataset.ts";

/** What shares were given or paid out: one record an action. */
export const corporateActions: Dataset = {
  name: "corporate_actions",
  meaning: "Splits, dividends and other payouts as a feed tells them, by the day from which on a " +
    "price is without them.",
  topic: "corporate_actions",
  partitions: 1,
  key: "symbol",
  naturalKey: ["source", "symbol", "ex_date", "kind"],
  eventTime: "ex_date",
  sums: ["amount"],
  columns: [
    SYMBOL,
    { name: "ex_date", type: { kind: "date" }, meaning: "First day without it, YYYY-MM-DD." },
    {
      name: "kind",
      type: text(12),
      oneOf: ["split", "dividend", "capital_gain"],
      meaning: "What it is.",
    },
    {
      name: "amount",
      type: PRICE,
      moreThan: 0,
      max: PRICE_MAX,
      meaning: "New shares for an old one, or money a share.",
    },
    {
      name: "currency",
      type: text(8),
      nullable: true,
      meaning: "Currency of what is paid, such as USD, or GBp for pence; null for splits.",
    },
    SOURCE,
    {
      name: "adjustment",
      type: text(6),
      nullable: true,
      oneOf: ["raw", "splits"],
      meaning: "What the amount is adjusted for: `raw` nothing, `splits` those that came later; " +
        "null is taken for raw.",
    },
    ACTION,
    ORIGIN,
    RECEIVE_TIME,
  ],
};
