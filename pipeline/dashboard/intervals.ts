/** Which lengths of candles an instrument has, and which of them is shown first. @module */
import { INTERVALS } from "./page/intervals.js";
import type { InstrumentKey, Queries } from "./queries.ts";
import type { Interval } from "./wire.ts";

/** What the models make of every tick and quote. */
const MADE: readonly Interval[] = [
  ...["1s", "1m", "5m", "15m", "30m", "1h", "4h", "1d", "1wk", "1mo"] as const,
];
/** What they make of bars whose feed does not publish it. */
const BUILT: readonly (readonly [of: string, made: Interval])[] = [
  ["1m", "5m"],
  ["1m", "15m"],
  ["1m", "30m"],
  ["1m", "1h"],
  ["1m", "4h"],
  ["1d", "1wk"],
  ["1d", "1mo"],
];

/** All that the instrument has, shortest first. */
export async function intervalsOf(
  queries: Queries,
  tables: ReadonlySet<string>,
  key: InstrumentKey,
): Promise<Interval[]> {
  if (key.dataset === "ticks" || key.dataset === "quotes") return [...MADE];
  if (!tables.has("gold.gold_candlestick_bars")) return [];
  const published = await queries.intervals(key);
  const built = BUILT.filter(([of]) => published.includes(of)).map(([, made]) => made);
  const found = new Set<string>([...published, ...built]);
  return (Object.keys(INTERVALS) as Interval[]).filter((name) => found.has(name));
}

/** The wanted one if there is such, else seconds of ticks, days of all else, or the shortest there is. */
export function offered(
  intervals: readonly Interval[],
  { dataset }: InstrumentKey,
  wanted: Interval | undefined,
): Interval {
  if (wanted && intervals.includes(wanted)) return wanted;
  if (dataset === "ticks") return "1s";
  return intervals.includes("1d") ? "1d" : intervals[0] ?? "1d";
}
