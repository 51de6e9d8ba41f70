/** Alpha Vantage by its name, and as notebooks open it. @module */
import type { Config } from "../../config/config.ts";
import { TickhouseError } from "../../errors.ts";
import type { HistoryOptions } from "../../history/feed.ts";
import type { Limit } from "../../provider/client.ts";
import type { SourceEntry, SourceSpec } from "../entry.ts";

/** What to do where a key of the plan is refused. */
const ACCESS_FIXES = {
  premium: "the key has no such plan: set TICKHOUSE_ALPHAVANTAGE_PLAN=free",
  free: "see TICKHOUSE_ALPHAVANTAGE_KEY, and what its plan includes",
} as const;

/** Bars of Alpha Vantage, which needs a key; for the options see `SourceOptions`. */
export function alphavantage(options: HistoryOptions = {}): SourceSpec {
  return async (context) => {
    const { config } = context;
    const key = keyOf(config);
    const [{ AlphaVantage, judgeAlphaVantage }, { dailyBudget }, { KeyedClient }, history] =
      await Promise.all([
        import("./alphavantage.ts"),
        import("./budget.ts"),
        import("../../provider/keyed.ts"),
        import("../../history/feed.ts"),
      ]);
    const provider = alphavantageEntry.name;
    const access = history.providersOf(context, provider);
    const clock = access.clock ?? (await import("../../clock.ts")).systemClock;
    const { plan, limits, perDay } = limitsOf(config);
    const base = config.alphavantageUrl;
    const budget = perDay === 0 ? undefined : await dailyBudget({
      ...{ provider, perDay, clock },
      who: `${base} ${key}`,
      metadata: await access.metadata(),
    });
    const client = new KeyedClient({
      ...{ provider, base, limits, clock },
      key: { value: key, parameter: "apikey" },
      judge: judgeAlphaVantage,
      // Each attempt is one of the day's requests.
      attemptsMax: 3,
      paces: access.paces,
      ...(budget ? { budget } : {}),
      accessFix: ACCESS_FIXES[plan],
    });
    const nowUs = () => Math.floor(clock.now() * 1000);
    return await history.historyFeed(new AlphaVantage(client, plan, nowUs), options, context);
  };
}

function keyOf({ alphavantageKey }: Config): string {
  if (alphavantageKey !== "") return alphavantageKey;
  throw new TickhouseError("CONFIG_INVALID", "Alpha Vantage answers nobody without a key", {
    field: "TICKHOUSE_ALPHAVANTAGE_KEY",
    value: "",
    fix: "claim a free one at https://www.alphavantage.co/support/#api-key and set it, or try " +
      "without: `deno task services up feeds` starts a stand-in",
  });
}

/** As its plan allows, unless the settings say otherwise; 0 a day is as many as it likes. */
function limitsOf(config: Config) {
  const { alphavantagePlan: plan, alphavantagePerMinute, alphavantagePerDay } = config;
  const isFree = plan === "free";
  const limits: readonly Limit[] = [
    { requests: alphavantagePerMinute ?? (isFree ? 5 : 75), seconds: 60 },
    // "1 request per second", and of paid keys "no more than 5 requests per second".
    { requests: isFree ? 1 : 5, seconds: 1 },
  ];
  return { plan, limits, perDay: alphavantagePerDay ?? (isFree ? 25 : 0) };
}

/** `--source alphavantage`. */
export const alphavantageEntry: SourceEntry = {
  name: "alphavantage",
  meaning: "bars of Alpha Vantage, with a key: --symbols, --interval",
  readsHistory: true,
  open: (options) => alphavantage(options),
};
