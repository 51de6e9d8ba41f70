/** Candles of one instrument: the models' bars, and one-second bars from where they end. @module */
import type { InstrumentKey, Queries } from "./queries.ts";
import { type Bar, type Candles, type Interval, INTERVAL_SECONDS } from "./wire.ts";

/** Bars sent to the page. */
const BARS_MAX = 500;
/** Ticks that the models do not have are read back to here; a longer gap stays a gap. */
const TAIL_MS_MAX = 15 * 60_000;

/**
 * The last bars of an instrument. The models' newest fine bar may still grow, so that one and what
 * follows come from the ticks, as seconds, which the page folds into the last bars.
 */
export async function loadCandles(
  queries: Queries,
  key: InstrumentKey,
  interval: Interval,
): Promise<Candles> {
  const tables = await queries.tables();
  const modelled = tables.has("gold.gold_candlestick");
  const bars = modelled ? await queries.bars(key, interval, BARS_MAX) : [];
  if (key.dataset !== "ticks" || !tables.has("bronze.ticks")) {
    return { bars, seconds: [], from: 0, until: null };
  }

  const fineInterval = interval === "1s" ? "1s" : "1m";
  // A day's bar is that of the regular session.
  const daily = interval === "1d";
  const fine = modelled && interval !== "1s"
    ? await queries.bars(key, fineInterval, INTERVAL_SECONDS["1d"] / INTERVAL_SECONDS["1m"], daily)
    : bars;
  const edge = fine.at(-1)?.[0];
  const eventMs = (await queries.latest()).find((l) => l.source === key.source)?.eventMs;
  const floorMs = eventMs === undefined ? 0 : alignMinute(eventMs - TAIL_MS_MAX);
  const sinceMs = Math.max((edge ?? 0) * 1000, floorMs);
  const seconds = await queries.symbolSeconds(key.source, key.symbol, sinceMs);
  const until = daily && modelled ? await sessionEnd(queries, key) : null;
  return {
    bars: closeAt(bars, fine, edge, INTERVAL_SECONDS[interval]),
    seconds: until === null ? seconds : seconds.filter(([second]) => second < until),
    from: sinceMs / 1000,
    until,
  };
}

/** Where the latest regular session ends; 0 if there is none yet today, null around the clock. */
async function sessionEnd(queries: Queries, key: InstrumentKey): Promise<number | null> {
  const kpi = (await queries.kpis()).find((k) =>
    k.dataset === key.dataset && k.source === key.source && k.symbol === key.symbol
  );
  if (!kpi || kpi.day.aroundTheClock) return null;
  return kpi.day.regular ? kpi.day.end : 0;
}

/** Bars before `edge`; the one that contains it is made of the fine bars before it. */
export function closeAt(
  bars: readonly Bar[],
  fine: readonly Bar[],
  edge: number | undefined,
  length: number,
): Bar[] {
  if (edge === undefined) return [...bars];
  const open = Math.floor(edge / length) * length;
  const whole = bars.filter(([second]) => second < open);
  const parts = fine.filter(([second]) => second >= open && second < edge);
  const [first] = parts;
  const last = parts.at(-1);
  if (!first || !last) return whole;
  const sum = (field: 5 | 6) => parts.reduce((total, part) => total + part[field], 0);
  return [...whole, [
    open,
    first[1],
    Math.max(...parts.map((part) => part[2])),
    Math.min(...parts.map((part) => part[3])),
    last[4],
    sum(5),
    sum(6),
  ]];
}

function alignMinute(ms: number): number {
  return Math.ceil(ms / 60_000) * 60_000;
}
