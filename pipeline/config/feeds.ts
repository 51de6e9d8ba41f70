/** The settings of providers of data. @module */
import { z } from "zod";
import { anyText, choice, count, optional, type Setting, url } from "./setting.ts";

/** A WebSocket's address, or empty. */
const socket = z.string().refine(
  (value) => value === "" || /^wss?:\/\/[^\s?#]+$/.test(value) && URL.canParse(value),
  "must be such as wss://host, without ? and #",
);

/** By their name in the code. */
export const FEED_SETTINGS = {
  finnhubKey: {
    variable: "TICKHOUSE_FINNHUB_KEY",
    schema: anyText,
    default: "",
    meaning: "Finnhub's API key.",
    secret: true,
  },
  finnhubUrl: {
    variable: "TICKHOUSE_FINNHUB_URL",
    schema: url,
    default: "https://finnhub.io/api/v1",
    meaning: "Where Finnhub is asked.",
  },
  finnhubSocket: {
    variable: "TICKHOUSE_FINNHUB_SOCKET",
    schema: socket,
    default: "wss://ws.finnhub.io",
    meaning: "Where Finnhub sends trades, by WebSocket.",
  },
  finnhubEqualTrades: {
    variable: "TICKHOUSE_FINNHUB_EQUAL_TRADES",
    schema: z.enum(["one", "each"]),
    default: "one",
    meaning:
      "What trades of Finnhub are that are equal in all fields, in one message: one, or each.",
  },
  yahooUrl: {
    variable: "TICKHOUSE_YAHOO_URL",
    schema: url,
    default: "https://query1.finance.yahoo.com",
    meaning: "Where Yahoo Finance is asked; it needs no key.",
  },
  alphavantageKey: {
    variable: "TICKHOUSE_ALPHAVANTAGE_KEY",
    schema: anyText,
    default: "",
    meaning: "Alpha Vantage's API key.",
    secret: true,
  },
  alphavantageUrl: {
    variable: "TICKHOUSE_ALPHAVANTAGE_URL",
    schema: url,
    default: "https://www.alphavantage.co",
    meaning: "Where Alpha Vantage is asked.",
  },
  alphavantagePlan: {
    variable: "TICKHOUSE_ALPHAVANTAGE_PLAN",
    schema: choice("free", "premium"),
    default: "free",
    meaning:
      "`premium`: the key has adjusted days and the whole history; free keys have the last " +
      "100 days.",
  },
  alphavantagePerMinute: {
    variable: "TICKHOUSE_ALPHAVANTAGE_PER_MINUTE",
    schema: optional(count(1, 100_000)),
    default: "",
    meaning: "Requests a minute that Alpha Vantage allows the key; empty: 5, with premium 75.",
  },
  alphavantagePerDay: {
    variable: "TICKHOUSE_ALPHAVANTAGE_PER_DAY",
    schema: optional(count(0, 10_000_000)),
    default: "",
    meaning:
      "Requests a day that Alpha Vantage allows the key, 0 for any number; empty: 25, with " +
      "premium 0.",
  },
} as const satisfies Record<string, Setting>;
