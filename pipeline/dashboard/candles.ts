/** Candles of one instrument: the models' bars, and one-second bars from where they end. @module */
import { isDated, startOf } from "./page/intervals.js";
import { addVolumes } from "./page/bars.js";
import { intervalsOf, offered } from "./intervals.ts";
import type { InstrumentKey, Kpi, Queries } from "./queries.ts";
import type { Bar, Candles, Interval } from "./wire.ts";

/** Bars sent to the page: of days and longer, all of a century. */
const BARS_MAX = 2_000;
const DATED_BARS_MAX = 40_000;
/** Ticks that the models do not have are read back to here; a longer gap stays a gap. */
const TAIL_MS_MAX = 15 * 60_000;
const MINUTES_OF_A_DAY = 1440;

/** The part of the answer that is drawn. */
type Drawn = Pick<Candles, "bars" | "seconds" | "from" | "until" | "starts">;

/**
 * The last bars of an instrument, of the interval if it has such, else of the one that suits it. The
 * models' newest fine bar may still grow, so that one and what follows come from the ticks, as
 * seconds, which the page folds into the last bars.
 */
export async function loadCandles(
  queries: Queries,
  key: InstrumentKey,
  wanted: Interval | undefined,
): Promise<Candles> {
  const tables = await queries.tables();
  const intervals = await intervalsOf(queries, tables, key);
  const interval = offered(intervals, key, wanted);
  const actions = tables.has("silver.silver_corporate_actions") && key.dataset !== "index_bars"
    ? await queries.actions(key)
    : [];
  const drawn = key.dataset === "ticks" && tables.has("bronze.ticks")
    ? await loadTicks(queries, tables, key, interval)
    : { bars: await modelled(queries, tables, key, interval), ...NO_SECONDS };
  return { interval, intervals, actions, ...drawn };
}

const NO_SECONDS = { seconds: [], from: 0, until: null, starts: [] };

async function modelled(
  queries: Queries,
  tables: ReadonlySet<string>,
  key: InstrumentKey,
  interval: Interval,
): Promise<Bar[]> {
  if (!tables.has("gold.gold_candlestick")) return [];
  return await queries.bars(key, interval, isDated(interval) ? DATED_BARS_MAX : BARS_MAX);
}

async function loadTicks(
  queries: Queries,
  tables: ReadonlySet<string>,
  key: InstrumentKey,
  interval: Interval,
): Promise<Drawn> {
  if (interval === "1wk" || interval === "1mo") {
    const days = await loadTicks(queries, tables, key, "1d");
    const long = await modelled(queries, tables, key, interval);
    return { ...days, bars: closeByDays(long, days.bars, interval) };
  }
  const isModelled = tables.has("gold.gold_candlestick");
  const bars = await modelled(queries, tables, key, interval);
  const fineInterval = interval === "1s" ? "1s" : "1m";
  // A day's bar is that of the regular session.
  const daily = interval === "1d";
  const fine = isModelled && interval !== "1s"
    ? await queries.bars(key, fineInterval, MINUTES_OF_A_DAY, daily)
    : bars;
  const edge = fine.at(-1)?.[0];
  const eventMs = (await queries.latest()).find((l) => l.source === key.source)?.eventMs;
  const floorMs = eventMs === undefined ? 0 : alignMinute(eventMs - TAIL_MS_MAX);
  const sinceMs = Math.max((edge ?? 0) * 1000, floorMs);
  const seconds = await queries.symbolSeconds(key, sinceMs, tables.has("gold.gold_kpi"));
  const day = isModelled ? await dayOf(queries, key) : undefined;
  const until = daily && day ? sessionEnd(day) : null;
  const starts = day ? [day.start, day.end] : [];
  return {
    bars: closeAt(bars, fine, edge, interval, starts),
    seconds: until === null ? seconds : seconds.filter(([second]) => second < until),
    from: sinceMs / 1000,
    until,
    starts,
  };
}

/** The session of the instrument's newest day; undefined before the models have seen it. */
async function dayOf(queries: Queries, key: InstrumentKey): Promise<Kpi["day"] | undefined> {
  return (await queries.kpis()).find((k) =>
    k.dataset === key.dataset && k.source === key.source && k.symbol === key.symbol
  )?.day;
}

/** Where the latest regular session ends; 0 if there is none yet today, null around the clock. */
function sessionEnd(day: Kpi["day"]): number | null {
  if (day.aroundTheClock) return null;
  return day.session === "regular" ? day.end : 0;
}

/**
 * Bars before `edge`; the one that contains it is made of the fine bars before it. Minutes and hours
 * are counted from `starts`, those of sessions, or go on from the newest bar.
 */
export function closeAt(
  bars: readonly Bar[],
  fine: readonly Bar[],
  edge: number | undefined,
  interval: Interval,
  starts: readonly number[] = [],
): Bar[] {
  if (edge === undefined) return [...bars];
  const newest = bars.at(-1)?.[0];
  const open = startOf(interval, edge, newest === undefined ? starts : [...starts, newest]);
  const whole = bars.filter(([second]) => second < open);
  const parts = fine.filter(([second]) => second >= open && second < edge);
  return [...whole, ...joined(open, parts)];
}

/** Weeks or months; the one of the newest day is made of its days, as far as those are closed. */
export function closeByDays(
  bars: readonly Bar[],
  days: readonly Bar[],
  interval: "1wk" | "1mo",
): Bar[] {
  const newest = days.at(-1);
  if (!newest) return [];
  const open = startOf(interval, newest[0]);
  const whole = bars.filter(([second]) => second < open);
  return [...whole, ...joined(open, days.filter(([second]) => second >= open))];
}

/** One bar of the parts, if there are any. */
function joined(start: number, parts: readonly Bar[]): Bar[] {
  const [first] = parts;
  const last = parts.at(-1);
  if (!first || !last) return [];
  return [[
    start,
    first[1],
    Math.max(...parts.map((part) => part[2])),
    Math.min(...parts.map((part) => part[3])),
    last[4],
    parts.map((part) => part[5]).reduce(addVolumes),
    parts.reduce((total, part) => total + part[6], 0),
  ]];
}

function alignMinute(ms: number): number {
  return Math.ceil(ms / 60_000) * 60_000;
}
