/**
 * The dividends and splits of a chart.
 * @module
 */
import { openOf } from "../market/calendar.ts";
import type { FeedInstrument } from "../market/instruments.ts";
import type { World } from "../world/world.ts";
import type { Asked } from "./range.ts";

const DAY_MS = 86_400_000;

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
