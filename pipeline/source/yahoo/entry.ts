/** Yahoo Finance by its name, and as notebooks open it. @module */
import type { HistoryOptions } from "../../history/feed.ts";
import type { SourceEntry, SourceSpec } from "../entry.ts";

/** Bars of Yahoo Finance, which needs no key; for the options see `SourceOptions`. */
export function yahoo(options: HistoryOptions = {}): SourceSpec {
  return async (context) => {
    const [{ Yahoo, judgeChart }, { ProviderClient }, { historyFeed, providersOf }] = await Promise
      .all([
        import("./yahoo.ts"),
        import("../../provider/client.ts"),
        import("../../history/feed.ts"),
      ]);
    const { paces, clock } = providersOf(context, yahooEntry.name);
    const client = new ProviderClient({
      provider: yahooEntry.name,
      base: context.config.yahooUrl,
      // Nothing is published; more than this many have been refused.
      limits: [{ requests: 100, seconds: 60 }, { requests: 2_000, seconds: 3_600 }],
      // Without one it answers 429.
      headers: { "user-agent": "Mozilla/5.0 (compatible; tickhouse)" },
      judge: judgeChart,
      paces,
      ...(clock ? { clock } : {}),
    });
    return await historyFeed(new Yahoo(client), options, context);
  };
}

/** `--source yahoo`. */
export const yahooEntry: SourceEntry = {
  name: "yahoo",
  meaning: "bars of Yahoo Finance, without a key: --symbols, --interval",
  readsHistory: true,
  open: (options) => yahoo(options),
};
