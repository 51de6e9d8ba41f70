/** Finnhub's trades and candles by their name, and as notebooks open them. @module */
import { quotes } from "../../datasets/quotes.ts";
import { ticks } from "../../datasets/ticks.ts";
import type { HistoryOptions } from "../../history/feed.ts";
import type { SourceEntry, SourceOptions, SourceSpec } from "../entry.ts";

/** What is streamed: `symbols`, and `limit`; see `SourceOptions`. */
export type FinnhubOptions = Pick<SourceOptions, "symbols" | "limit">;

/** Trades of Finnhub as they happen. */
export function finnhub({ symbols: given, limit }: FinnhubOptions = {}): SourceSpec {
  return async (context) => {
    const [{ Trades }, { finnhubClient, keyOf }, { providersOf }, { checkSymbols }] = await Promise
      .all([
        import("./trades.ts"),
        import("./client.ts"),
        import("../../history/feed.ts"),
        import("../../provider/symbol.ts"),
      ]);
    const { config, onNote } = context;
    const access = providersOf(context, finnhubEntry.name);
    return new Trades({
      symbols: checkSymbols(given ?? config.symbols),
      key: keyOf(config),
      socketUrl: config.finnhubSocket,
      client: finnhubClient(config, access),
      dataset: access.carried(ticks.name) ?? ticks,
      metadata: await access.metadata(),
      calendar: access.calendar(),
      equalTrades: config.finnhubEqualTrades,
      onNote,
      ...(limit === undefined ? {} : { limit }),
      ...(access.clock ? { clock: access.clock } : {}),
    });
  };
}

/** Quotes of Finnhub, asked for in turn. */
export function finnhubQuotes({ symbols: given, limit }: FinnhubOptions = {}): SourceSpec {
  return async (context) => {
    const [{ Quotes }, { finnhubClient }, { providersOf }, { checkSymbols }] = await Promise.all([
      import("./quotes.ts"),
      import("./client.ts"),
      import("../../history/feed.ts"),
      import("../../provider/symbol.ts"),
    ]);
    const { config, onNote } = context;
    const access = providersOf(context, finnhubQuotesEntry.name);
    return new Quotes({
      symbols: checkSymbols(given ?? config.symbols),
      client: finnhubClient(config, access),
      dataset: access.carried(quotes.name) ?? quotes,
      onNote,
      ...(limit === undefined ? {} : { limit }),
      ...(access.clock ? { clock: access.clock } : {}),
    });
  };
}

/** Candles of Finnhub, which free keys do not have; for the options see `SourceOptions`. */
export function finnhubCandles(options: HistoryOptions = {}): SourceSpec {
  return async (context) => {
    const [{ FinnhubCandles }, { finnhubClient }, { historyFeed, providersOf }] = await Promise.all(
      [
        import("./candles.ts"),
        import("./client.ts"),
        import("../../history/feed.ts"),
      ],
    );
    const access = providersOf(context, finnhubEntry.name);
    const client = finnhubClient(context.config, access);
    const provider = new FinnhubCandles(client, options.interval ?? "1d", access.calendar());
    return await historyFeed(provider, options, context);
  };
}

/** `--source finnhub`: `stream` reads trades, `ingest` candles. */
export const finnhubEntry: SourceEntry = {
  name: "finnhub",
  meaning: "trades of Finnhub as they happen, with a key: --symbols; its candles as history",
  readsHistory: true,
  open: (options) => options.history ? finnhubCandles(options) : finnhub(options),
};

/** `--source finnhub-quotes`. */
export const finnhubQuotesEntry: SourceEntry = {
  name: "finnhub-quotes",
  meaning: "quotes of Finnhub, with a key: --symbols",
  open: (options) => finnhubQuotes(options),
};
