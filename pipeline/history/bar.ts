/** Bars as they are compared, and as they are stored. @module */
import { DAY_US, isDated } from "./time.ts";
import type { FetchedBar, Figure, HistoryProvider } from "./provider.ts";

/** A bar, and whether it is over. */
export interface TimedBar extends FetchedBar {
  /** Whether it may still change: it had not ended, or not settled, when it was asked for. */
  readonly provisional: boolean;
}

/** Figures that differ by less than this share are the same: providers' digits differ from call to call. */
const SAME = 1e-6;

/** Whether they say the same. */
export function isSame(a: TimedBar, b: TimedBar): boolean {
  return a.provisional === b.provisional &&
    near(a.open, b.open) && near(a.high, b.high) && near(a.low, b.low) &&
    near(a.close, b.close) && near(a.volume, b.volume);
}

function near(a: Figure | null, b: Figure | null): boolean {
  if (a === null || b === null) return a === b;
  const [x, y] = [Number(a), Number(b)];
  return x === y || Math.abs(x - y) < SAME * Math.max(Math.abs(x), Math.abs(y));
}

/** What all rows of a series have. */
export interface RowConstants {
  readonly symbol: string;
  readonly interval: string;
  readonly provider: Pick<HistoryProvider, "name" | "adjustment">;
  /** What the answer is known by: see the column `origin`. */
  readonly origin: string;
}

/** The bar as a record of the dataset `bars`. */
export function rowOf(
  bar: TimedBar & { readonly isCancelled?: true },
  { symbol, interval, provider, origin }: RowConstants,
): string {
  return JSON.stringify({
    symbol,
    bar_interval: interval,
    open_time: bar.openUs,
    open: bar.open,
    high: bar.high,
    low: bar.low,
    close: bar.close,
    adj_close: bar.adjClose,
    volume: bar.volume,
    source: provider.name,
    adjustment: provider.adjustment,
    provisional: bar.provisional ? "yes" : null,
    ...(bar.isCancelled ? { action: "cancel" } : {}),
    origin,
  });
}

/** The time as people write it, UTC: a date for days and longer. */
export function timeText(openUs: number, interval: string): string {
  const text = new Date(openUs / 1000).toISOString();
  return isDated(interval) && openUs % DAY_US === 0
    ? text.slice(0, 10)
    : text.replace(".000Z", "Z");
}
