/**
 * Closes adjusted for dividends, and the events of a chart.
 * @module
 */
import { openOf } from "../market/calendar.ts";
import type { FeedInstrument } from "../market/instruments.ts";
import type { Bar } from "../market/market.ts";
import type { World } from "../world.ts";
import type { Asked } from "./range.ts";

const DAY_MS = 86_400_000;

/** Closes of bars in order, adjusted for splits and dividends until now. */
export function adjustedCloses(world: World, instrument: FeedInstrument, bars: readonly Bar[]) {
  const { market, clock } = world;
  const today = Math.floor(clock.now() / DAY_MS);
  const unit = 10 ** instrument.digits;
  const dividends = market.actions.of(instrument)
    .filter(({ kind, day }) => kind === "dividend" && day <= today);
  return bars.map((bar) => {
    let factor = 1 / market.splitFactor(instrument, bar.day, today);
    for (const { day, amount } of dividends) {
      if (day <= bar.day) continue;
      const before = market.calendar.before(instrument, day);
      const close = (market.dailyBar(instrument, before.day)?.close ?? 0) / unit;
      if (close > amount) factor *= 1 - amount / close;
    }
    return bar.close / unit * factor;
  });
}

/** Dividends and splits of the range, keyed by the time of their day's open; undefined if none. */
export function eventsOf(
  world: World,
  instrument: FeedInstrument,
  { fromMs, toMs }: Asked,
  wanted: string,
): Record<string, Record<string, unknown>> | undefined {
  const { market, clock } = world;
  const now = clock.now();
  const today = Math.floor(now / DAY_MS);
  const names = wanted.split(/[,|]/);
  const events: Record<string, Record<string, unknown>> = {};
  for (const { day, kind, amount } of market.actions.of(instrument)) {
    const trading = market.calendar.tradingDay(instrument, day) ??
      market.calendar.at(instrument, day * DAY_MS);
    const atMs = openOf(trading);
    if (atMs < fromMs || atMs >= toMs || atMs > now) continue;
    const date = atMs / 1000;
    if (kind === "dividend" && (names.includes("div") || names.includes("divs"))) {
      const paid = amount / market.splitFactor(instrument, day, today);
      (events["dividends"] ??= {})[date] = { amount: Number(paid.toFixed(6)), date };
    }
    if (kind === "split" && (names.includes("split") || names.includes("splits"))) {
      const [numerator, denominator] = amount >= 1 ? [amount, 1] : [1, 1 / amount];
      const splitRatio = `${numerator}:${denominator}`;
      (events["splits"] ??= {})[date] = { date, numerator, denominator, splitRatio };
    }
  }
  return Object.keys(events).length > 0 ? events : undefined;
}
