/** Series of a provider as one feed, for history and as it trades. @module */
import { bars } from "../datasets/bars.ts";
import { corporateActions } from "../datasets/corporate_actions.ts";
import { TickhouseError } from "../errors.ts";
import { checkSymbols } from "../provider/symbol.ts";
import type { ProviderAccess, SourceContext, SourceOptions } from "../source/entry.ts";
import type { Source } from "../source/source.ts";
import type { HistoryProvider } from "./provider.ts";
import { Series } from "./series.ts";

/** What is fetched; see `SourceOptions`. */
export type HistoryOptions = Pick<
  SourceOptions,
  "symbols" | "interval" | "from" | "to" | "again" | "history"
>;

/** Milliseconds from the end of one round of requests to the next, as it trades. */
const EVERY_MS = 5_000;
/** Days that a feed goes back at its first start, as it trades. */
const LIVE_DAYS = 1;
const DAY_MS = 86_400_000;

/**
 * Bars of symbols: what is not covered yet, from `from` on, or where an earlier run ended. Throws
 * `OPTION_INVALID`, `SYMBOL_INVALID`, and what the metadata store and the object store throw.
 */
export async function historyFeed(
  provider: HistoryProvider,
  { symbols: given, interval = "1d", from, to, again, history = false }: HistoryOptions,
  context: SourceContext,
): Promise<Source> {
  const { config, onNote } = context;
  const { metadata, store, calendar, carried, clock } = providersOf(context, provider.name);
  const symbols = checkSymbols(given ?? config.symbols);
  if (!provider.intervals.includes(interval)) {
    throw new TickhouseError("OPTION_INVALID", `${provider.name} has no bars of it`, {
      field: "--interval",
      value: interval,
      fix: `use one of ${provider.intervals.join(", ")}`,
    });
  }
  const actions = carried(corporateActions.name);
  const now = clock?.now() ?? Date.now();
  // Who watches wants today; who wants more says since when.
  const since = history ? undefined : new Date(now - LIVE_DAYS * DAY_MS).toISOString().slice(0, 10);
  const first = from ?? since;
  const shared = {
    ...{ provider, interval, onNote },
    dataset: carried(bars.name) ?? bars,
    metadata: await metadata(),
    store: await store(),
    calendar: calendar(),
    ...(first === undefined ? {} : { from: first }),
    ...(to === undefined ? {} : { to }),
    ...(again === undefined ? {} : { again }),
    ...(actions ? { actions } : {}),
    ...(clock ? { clock } : {}),
  };
  const parts = symbols.map((symbol) => new Series({ ...shared, symbol }));
  return {
    name: `history:${provider.name}:${interval}`,
    dataset: shared.dataset,
    group: { parts, ...(history ? {} : { everyMs: EVERY_MS }) },
    series: () => parts.flatMap((part) => part.series()),
    read: () => {
      throw new TypeError("a group is read by its parts");
    },
  };
}

/** What feeds of providers share. Throws `OPTION_INVALID` where there is none. */
export function providersOf({ providers }: SourceContext, name: string): ProviderAccess {
  if (providers) return providers;
  throw new TickhouseError("OPTION_INVALID", "no provider can be asked here", {
    field: "--source",
    value: name,
    fix: "open it by house.stream({ source }) or house.ingest({ source, symbols })",
  });
}
