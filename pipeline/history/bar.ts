/** Bars as they are compared, and as they are stored. @module */
import { DAY_US, isDated } from "./time.ts";
import type { FetchedBar, Figure, HistoryProvider } from "./provider.ts";

/** A bar, and whether it is over. */
export interface TimedBar extends FetchedBar {
  /** Whether it may still change: it had not ended, or not settled, when it was asked for. */
  readonly provisional: boolean;
}

/** Bars of an answer, each time once. */
export interface Agreed<B extends FetchedBar> {
  /** In order of time. */
  readonly bars: readonly B[];
  /** Of times of which the answer says different things: nobody knows which one is right. */
  readonly disputed: readonly B[];
}

/** The bars in order of time; of those of one time that say the same one, and none of others. */
export function agreed<B extends FetchedBar>(bars: readonly B[]): Agreed<B> {
  const isOrdered = bars.every((bar, i) => i === 0 || (bars[i - 1]?.openUs ?? 0) < bar.openUs);
  if (isOrdered) return { bars, disputed: [] };
  const byTime = Map.groupBy(bars, ({ openUs }) => openUs);
  const groups = [...byTime.values()].sort(([a], [b]) => (a?.openUs ?? 0) - (b?.openUs ?? 0));
  const isOne = ([first, ...more]: readonly B[]) =>
    first !== undefined && more.every((bar) => isEqual(first, bar));
  return {
    bars: groups.filter(isOne).flatMap((group) => group.slice(0, 1)),
    disputed: groups.filter((group) => !isOne(group)).flat(),
  };
}

/** Whether all their figures are the same numbers. */
function isEqual(a: FetchedBar, b: FetchedBar): boolean {
  const figuresOf = ({ open, high, low, close, volume, adjClose }: FetchedBar) =>
    [open, high, low, close, volume, adjClose].map((one) => one === null ? null : Number(one));
  const figures = figuresOf(b);
  return figuresOf(a).every((figure, i) => figure === figures[i]);
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

/** A bar, and whether the provider has taken it back. */
export type RowBar = TimedBar & { readonly isCancelled?: true };

/**
 * Bars as records of the dataset `bars`. What all have in common is written once: there may be a
 * million of them.
 */
export function rowsOf(
  bars: readonly RowBar[],
  { symbol, interval, provider, origin }: RowConstants,
): string[] {
  const start = `${JSON.stringify({ symbol, bar_interval: interval }).slice(0, -1)},"open_time":`;
  const { name: source, adjustment } = provider;
  const middle = `,${JSON.stringify({ source, adjustment }).slice(1, -1)},"provisional":`;
  const end = `,${JSON.stringify({ origin }).slice(1)}`;
  return bars.map((bar) =>
    `${start}${bar.openUs},"open":${json(bar.open)},"high":${json(bar.high)},"low":${
      json(bar.low)
    },"close":${json(bar.close)},"adj_close":${json(bar.adjClose)},"volume":${
      json(bar.volume)
    }${middle}${bar.provisional ? '"yes"' : "null"}${
      bar.isCancelled ? ',"action":"cancel"' : ""
    }${end}`
  );
}

function json(figure: Figure | null): string {
  return typeof figure === "string" ? JSON.stringify(figure) : `${figure}`;
}

/** The time as people write it, UTC: a date for days and longer. */
export function timeText(openUs: number, interval: string): string {
  const text = new Date(openUs / 1000).toISOString();
  return isDated(interval) && openUs % DAY_US === 0
    ? text.slice(0, 10)
    : text.replace(".000Z", "Z");
}

/** As `timeText`, for many: those of one day share its text. */
export function timeTexts(interval: string): (openUs: number) => string {
  let [dayUs, date] = [NaN, ""];
  return (openUs) => {
    const within = openUs - dayUs;
    if (!(within > 0 && within < DAY_US && within % 1e6 === 0)) {
      dayUs = Math.floor(openUs / DAY_US) * DAY_US;
      date = new Date(dayUs / 1000).toISOString().slice(0, 11);
      return timeText(openUs, interval);
    }
    const seconds = within / 1e6;
    const [hour, minute] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    return `${date}${two(hour)}:${two(minute)}:${two(seconds % 60)}Z`;
  };
}

function two(number: number): string {
  return number < 10 ? `0${number}` : `${number}`;
}
