/** Finnhub's trades and candles by their name, and as notebooks open them. @module */
import { ticks } from "../../datasets/ticks.ts";
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

/** `--source finnhub`. */
export const finnhubEntry: SourceEntry = {
  name: "finnhub",
  meaning: "trades of Finnhub as they happen, with a key: --symbols",
  open: (options) => finnhub(options),
};
