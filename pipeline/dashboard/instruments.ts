/** Where each instrument stands: the models' figures, brought up to the moment from the ticks. @module */
import type { Fresh, Kpi, Latest, Queries } from "./queries.ts";
import { addVolumes } from "./page/bars.js";
import type { Instrument } from "./wire.ts";

/** Ticks older than this are left to the models: reading them at every poll would cost too much. */
const UNMODELLED_MS_MAX = 5 * 60_000;

const DAY = 86_400;

/** All instruments; those of ticks up to the moment. */
export async function loadInstruments(
  queries: Queries,
  tables: ReadonlySet<string>,
): Promise<Instrument[]> {
  const modelled = tables.has("gold.gold_kpi");
  const built = modelled ? await queries.kpis() : [];
  const latest = tables.has("bronze.ticks") ? await queries.latest() : [];
  const { sinceMs, clamped } = freshSince(built, latest);
  const fresh = latest.length > 0 ? await queries.fresh(sinceMs, modelled) : [];
  const names = tables.has("gold.gold_treechart") ? await queries.names() : [];
  const nameOf = new Map(names.map((name) => [keyOf(name.dataset, name), name]));
  // A table younger than the limit is read whole.
  const cut = clamped && (modelled || (await queries.oldest() ?? sinceMs) < sinceMs);
  return mergeFresh(built, fresh, cut ? sinceMs / 1000 : null)
    .map((instrument) => ({
      ...instrument,
      ...nameOf.get(keyOf(instrument.dataset, instrument)),
    }))
    .sort(byPlace);
}

/** Ticks come before what does not stream; then by symbol. */
function byPlace(a: Instrument, b: Instrument): number {
  const place = (i: Instrument) => [i.dataset === "ticks" ? 0 : 1, i.symbol, i.source, i.dataset];
  const [left, right] = [JSON.stringify(place(a)), JSON.stringify(place(b))];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** From when on ticks are read: behind the model that lags most, but not too far back. */
export function freshSince(
  built: readonly Kpi[],
  latest: readonly Latest[],
): { sinceMs: number; clamped: boolean } {
  const floor = Math.min(...latest.map((l) => l.eventMs)) - UNMODELLED_MS_MAX;
  const arriving = new Set(latest.map((l) => l.source));
  const wanted = Math.min(
    ...built.filter((k) => k.dataset === "ticks" && arriving.has(k.source))
      .map((k) => Math.floor(k.lastTime * 1000)),
  );
  if (!Number.isFinite(floor)) return { sinceMs: 0, clamped: false };
  return wanted >= floor && Number.isFinite(wanted)
    ? { sinceMs: wanted, clamped: false }
    : { sinceMs: floor, clamped: true };
}

/**
 * The models' rows with what came after them. Where ticks were read only from `clampedAt` (seconds)
 * on, day figures of instruments that the models saw longer ago stay as the models left them.
 */
export function mergeFresh(
  built: readonly Kpi[],
  fresh: readonly Fresh[],
  clampedAt: number | null,
): Instrument[] {
  const freshOf = new Map(fresh.map((f) => [keyOf("ticks", f), f]));
  const merged = built.map((kpi) => {
    const key = keyOf(kpi.dataset, kpi);
    const later = freshOf.get(key);
    freshOf.delete(key);
    const { day, lastSession, ...figures } = kpi;
    const named = { ...UNNAMED, name: kpi.symbol, note: sessionNote(day.session, lastSession) };
    const seen = { ...figures, ...named, dayStart: day.start, dayEnd: day.end };
    if (!later) return seen;
    const incomplete = clampedAt !== null && kpi.lastTime < clampedAt;
    return incomplete ? withPrice(seen, later) : withDay(seen, later, day.aroundTheClock);
  });
  return [...merged, ...Array.from(freshOf.values(), (f) => fromFresh(f, clampedAt))];
}

/** Where what is not of the regular session is from. */
const PLACES: Readonly<Record<string, string>> = {
  pre: "before the session",
  break: "the session's break",
  post: "after the session",
  closed: "a day without a session",
};

/** What is said of a price or a day's figures that are not of the regular session. */
function sessionNote(day: string, last: string): string | null {
  const [dayFrom, lastFrom] = [PLACES[day], PLACES[last]];
  if (dayFrom !== undefined) return `Day figures are those from ${dayFrom}`;
  return lastFrom === undefined ? null : `The last price is from ${lastFrom}`;
}

const UNNAMED = { sector: "Other", weight: null };

/** Only the price is certain: trades between the model's last and the first one read are unknown. */
function withPrice(seen: Instrument, { lastTime, bar }: Fresh): Instrument {
  const note = `Day figures as of ${clock(seen.lastTime)} UTC, when the models last ran`;
  return { ...seen, lastPrice: bar[4], lastTime, note };
}

function withDay(seen: Instrument, { lastTime, bar }: Fresh, aroundTheClock: boolean): Instrument {
  const [, open, high, low, close, volume, trades] = bar;
  if (lastTime >= seen.dayEnd) {
    // Behind an exchange's session only the price moves; the next one begins with the models.
    if (!aroundTheClock) {
      return {
        ...seen,
        lastPrice: close,
        lastTime,
        note: seen.note ?? sessionNote("regular", "post"),
      };
    }
    const day = { dayOpen: open, dayHigh: high, dayLow: low, volume, trades, ...utcDay(lastTime) };
    return { ...seen, ...day, lastPrice: close, lastTime, previousClose: seen.lastPrice };
  }
  return {
    ...seen,
    lastPrice: close,
    lastTime,
    dayHigh: Math.max(seen.dayHigh, high),
    dayLow: Math.min(seen.dayLow, low),
    volume: addVolumes(seen.volume, volume),
    trades: (seen.trades ?? 0) + trades,
  };
}

function fromFresh({ source, symbol, lastTime, bar }: Fresh, clampedAt: number | null): Instrument {
  const [, dayOpen, dayHigh, dayLow, lastPrice, volume, trades] = bar;
  return {
    dataset: "ticks",
    source,
    symbol,
    name: symbol,
    ...UNNAMED,
    lastPrice,
    lastTime,
    previousClose: null,
    dayOpen,
    dayHigh,
    dayLow,
    volume,
    trades,
    ...utcDay(lastTime),
    note: clampedAt !== null
      ? `Day figures since ${clock(clampedAt)} UTC: the models have not run yet`
      : null,
  };
}

function utcDay(second: number): { dayStart: number; dayEnd: number } {
  const dayStart = Math.floor(second / DAY) * DAY;
  return { dayStart, dayEnd: dayStart + DAY };
}

function keyOf(dataset: string, { source, symbol }: { source: string; symbol: string }): string {
  return JSON.stringify([dataset, source, symbol]);
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19);
}
