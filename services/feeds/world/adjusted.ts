/**
 * Closes adjusted for splits and dividends.
 * @module
 */
import type { FeedInstrument } from "../market/instruments.ts";
import type { Bar } from "../market/market.ts";
import type { World } from "./world.ts";

const DAY_MS = 86_400_000;

/** Closes of bars in order, adjusted for splits and dividends until now. */
export function adjustedCloses(world: World, instrument: FeedInstrument, bars: readonly Bar[]) {
  const { market, clock } = world;
  const today = Math.floor(clock.now() / DAY_MS);
  const unit = 10 ** instrument.digits;
  const dividends = market.actions.of(instrument)
    .filter(({ kind, day }) => kind === "dividend" && day <= today)
    .map(({ day, amount }) => {
      const before = market.calendar.before(instrument, day);
      const close = (market.dailyBar(instrument, before.day)?.close ?? 0) / unit;
      return { day, factor: close > amount ? 1 - amount / close : 1 };
    });
  return bars.map((bar) => {
    const paid = dividends.reduce((all, { day, factor }) => day > bar.day ? all * factor : all, 1);
    return bar.close / unit * paid / market.splitFactor(instrument, bar.day, today);
  });
}
