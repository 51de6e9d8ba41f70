/** Where each instrument stands: the models' figures, brought up to the moment from the ticks. @module */
import type { Fresh, Kpi, Latest, Queries } from "./queries.ts";
import { addVolumes } from "./page/bars.js";
import type { Instrument } from "./wire.ts";

/** Ticks older than this are left to the models: reading them at every poll would cost too much. */
const UNMODELLED_MS_MAX = 5 * 60_000;
/** So long before the models' last trade, one that comes late is looked for. */
const LATE_MS = 60_000;

const DAY = 86_400;

/** All instruments; those of ticks up to the moment. */
export async function loadInstruments(
  queries: Queries,
  tables: ReadonlySet<string>,
): Promise<Instrument[]> {
  const modelled = tables.has("gold.gold_kpi");
  const built = modelled ? await queries.kpis() : undefined;
  const latest = tables.has("bronze.ticks") ? await queries.latest() : [];
  const { sinceMs, clamped } = freshSince(built ?? [], latest);
  const fresh = latest.length > 0 ? await queries.fresh(sinceMs, built) : [];
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

/** From when on ticks are read: a little before the model that lags most, but not too far back. */
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
    ? { sinceMs: Math.max(wanted - LATE_MS, floor), clamped: false }
    : { sinceMs: floor, clamped: true };
}

/**
 * The models' rows with what came after them; undefined: no model has run. Where ticks were read only
 * from `clampedAt` (seconds) on, day figures of instruments that the models saw longer ago stay as the
 * models left them. `fresh` holds the days of a symbol oldest first.
 */
export function mergeFresh(
  built: readonly Kpi[] | undefined,
  fresh: readonly Fresh[],
  clampedAt: number | null,
): Instrument[] {
  const freshOf = Map.groupBy(fresh, (f) => keyOf("ticks", f));
  const merged = (built ?? []).map((kpi): Instrument => {
    const key = keyOf(kpi.dataset, kpi);
    const days = freshOf.get(key) ?? [];
    freshOf.delete(key);
    const { day, lastSession, version: _, ...figures } = kpi;
    const named = { ...UNNAMED, name: kpi.symbol, note: sessionNote(day.session, lastSession) };
    const seen: Instrument = { ...figures, ...named, dayStart: day.start, dayEnd: day.end };
    if (days.length === 0) return seen;
    const incomplete = clampedAt !== null && kpi.lastTime < clampedAt;
    return incomplete
      ? withPrice(seen, days)
      : days.reduce((now, later) => withDay(now, later, day.aroundTheClock), seen);
  });
  const unseen = Array.from(freshOf.values(), (days) => {
    const priced = days.findLast(({ bar }) => bar[4] !== null);
    return priced ? [fromFresh(priced, clampedAt, built !== undefined)] : [];
  });
  return [...merged, ...unseen.flat()];
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
function withPrice(seen: Instrument, days: readonly Fresh[]): Instrument {
  const note = `Day figures as of ${clock(seen.lastTime)} UTC, when the models last ran`;
  return { ...days.reduce(moved, seen), note };
}

/** With the last price of it, if there is one and nothing later is known. */
function moved(seen: Instrument, { lastTime, bar }: Fresh): Instrument {
  const [, , , , close] = bar;
  if (close === null || lastTime === null || lastTime < seen.lastTime) return seen;
  return { ...seen, lastPrice: close, lastTime };
}

function withDay(seen: Instrument, later: Fresh, aroundTheClock: boolean): Instrument {
  const [first, open, high, low, close, volume, trades] = later.bar;
  if (first >= seen.dayEnd) {
    // As in the models, a day of which no trade sets a price is not shown.
    if (close === null) return seen;
    // Behind an exchange's session only the price moves; the next one begins with the models.
    if (!aroundTheClock) {
      return { ...moved(seen, later), note: seen.note ?? sessionNote("regular", "post") };
    }
    const [dayOpen, dayHigh, dayLow] = [open ?? close, high ?? close, low ?? close];
    const day = { dayOpen, dayHigh, dayLow, volume, trades, ...utcDay(first) };
    return { ...moved(seen, later), ...day, previousClose: seen.lastPrice };
  }
  return {
    ...moved(seen, later),
    dayHigh: Math.max(seen.dayHigh, high ?? -Infinity),
    dayLow: Math.min(seen.dayLow, low ?? Infinity),
    volume: addVolumes(seen.volume, volume),
    trades: (seen.trades ?? 0) + trades,
  };
}

function fromFresh(fresh: Fresh, clampedAt: number | null, modelled: boolean): Instrument {
  const { source, symbol, bar, conditional } = fresh;
  const [first, open, high, low, close, volume, trades] = bar;
  const lastPrice = close ?? NaN;
  const notes = [
    ...clampedAt === null ? [] : [`day figures since ${clock(clampedAt)} UTC`],
    // Nothing is known of conditions before there are models.
    ...modelled || conditional === 0 ? [] : ["odd lots and the like set prices, too"],
  ];
  return {
    dataset: "ticks",
    source,
    symbol,
    name: symbol,
    ...UNNAMED,
    lastPrice,
    lastTime: fresh.lastTime ?? first,
    previousClose: null,
    dayOpen: open ?? lastPrice,
    dayHigh: high ?? lastPrice,
    dayLow: low ?? lastPrice,
    volume,
    trades,
    ...utcDay(first),
    note: notes.length > 0 ? `The models have not run yet: ${notes.join("; ")}` : null,
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
