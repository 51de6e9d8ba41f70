/** The feeds that tickhouse knows by name; light, since the help lists them. @module */
import { alphavantageEntry } from "../source/alphavantage/entry.ts";
import { csvEntry } from "../source/csv/entry.ts";
import type { SourceEntry } from "../source/entry.ts";
import { quoteSimulatorEntry, simulatorEntry } from "../source/simulator/entry.ts";
import { finnhubEntry, finnhubQuotesEntry } from "../source/finnhub/entry.ts";
import { yahooEntry } from "../source/yahoo/entry.ts";
import { topicEntry } from "../source/topic/entry.ts";

/** What `--source` can name. */
export const SOURCES: readonly SourceEntry[] = [
  simulatorEntry,
  quoteSimulatorEntry,
  csvEntry,
  topicEntry,
  yahooEntry,
  alphavantageEntry,
  finnhubEntry,
  finnhubQuotesEntry,
];
