/**
 * A phase of a day cut into minutes that make exactly its bar.
 * @module
 */
import type { Random } from "tickhouse/source/simulator/random.ts";
import type { Stretch } from "./calendar.ts";
import type { Prices } from "./daily.ts";

/** Minutes in order; those without trades have `count` 0 and no prices. */
export interface Minutes {
  readonly startMs: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly count: Int32Array;
}

const MINUTE_MS = 60_000;
/** A minute in which a bar is opened, closed, or reaches its high or low has so many trades. */
const COUNT_MIN = 4;
/** Each trade of a minute has a millisecond of its own. */
const COUNT_MAX = 60_000;

/** What the minutes are made for. */
export interface Whole {
  readonly bar: Prices;
  readonly stretches: readonly Stretch[];
  /** Trades a second. */
  readonly rate: number;
  readonly random: Random;
}

/** Minutes whose first opens as the bar does, whose highest is its high, whose sum is its volume. */
export function makeMinutes({ bar, stretches, rate, random }: Whole): Minutes {
  const starts = stretches.flatMap(({ fromMs, toMs }) =>
    Array.from({ length: Math.ceil((toMs - fromMs) / MINUTE_MS) }, (_, i) => fromMs + i * MINUTE_MS)
  );
  const size = starts.length;
  const column = () => new Float64Array(size);
  const minutes: Minutes = {
    startMs: Float64Array.from(starts),
    ...{ open: column(), high: column(), low: column(), close: column(), volume: column() },
    count: new Int32Array(size),
  };
  if (size === 0) return minutes;
  const extremes = [random.below(size), random.below(size)] as const;
  setCounts(minutes, bar, rate, random, [0, size - 1, ...extremes]);
  setPrices(minutes, bar, random, extremes);
  setVolumes(minutes, bar.volume, random);
  return minutes;
}

function setCounts(
  { count }: Minutes,
  { volume }: Prices,
  rate: number,
  random: Random,
  busy: readonly number[],
): void {
  const size = count.length;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    // More at the beginning and at the end.
    const place = 2 * (i + 0.5) / size - 1;
    const mean = rate * 60 * (0.75 + 0.75 * place ** 2);
    count[i] = Math.min(
      COUNT_MAX,
      busy.includes(i) ? Math.max(COUNT_MIN, draw(mean, random)) : draw(mean, random),
    );
    sum += count[i] ?? 0;
  }
  if (sum <= volume) return;
  // So little is traded that there are fewer trades.
  for (let i = 0; i < size; i++) {
    const fewer = Math.floor((count[i] ?? 0) * volume / sum / 2);
    count[i] = busy.includes(i) ? COUNT_MIN : fewer;
  }
}

/** A number of events of the mean (Poisson). */
function draw(mean: number, random: Random): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count++;
  return count;
}

function setPrices(
  { open, high, low, close, count }: Minutes,
  bar: Prices,
  random: Random,
  [highest, lowest]: readonly [number, number],
): void {
  const size = count.length;
  const step = (bar.high - bar.low) / Math.sqrt(size) * 0.7;
  const walk = new Float64Array(size + 1);
  for (let i = 1; i <= size; i++) walk[i] = (walk[i - 1] ?? 0) + step * random.normal();
  const end = walk[size] ?? 0;
  const inside = (price: number) => Math.min(bar.high, Math.max(bar.low, Math.round(price)));
  let last = bar.open;
  for (let i = 0; i < size; i++) {
    const noise = [random.next(), random.next(), random.next()] as const;
    const n = count[i] ?? 0;
    if (n === 0) continue;
    const part = (i + 1) / size;
    const path = bar.open + (bar.close - bar.open) * part + (walk[i + 1] ?? 0) - end * part;
    const to = i === size - 1 ? bar.close : inside(path);
    const from = i === 0 ? bar.open : n === 1 ? to : inside(last + Math.floor(noise[0] * 3) - 1);
    const reach = n < COUNT_MIN ? 0 : step * 0.5;
    const top = inside(Math.max(from, to) + reach * noise[1]);
    const bottom = inside(Math.min(from, to) - reach * noise[2]);
    open[i] = from;
    close[i] = to;
    high[i] = i === highest ? bar.high : top;
    low[i] = i === lowest ? bar.low : bottom;
    last = to;
  }
}

function setVolumes({ count, volume }: Minutes, whole: number, random: Random): void {
  const trades = count.reduce((sum, n) => sum + n, 0);
  const weights = Float64Array.from(count, (n) => n * (0.5 + random.next()));
  const sum = weights.reduce((sum, one) => sum + one, 0);
  // Each trade is of one unit at least; the rest is shared out, and nothing is lost by rounding.
  const rest = Math.max(0, whole - trades);
  let [weight, given] = [0, 0];
  for (let i = 0; i < count.length; i++) {
    weight += weights[i] ?? 0;
    const until = i === count.length - 1 ? rest : Math.floor(rest * weight / sum);
    volume[i] = (count[i] ?? 0) + until - given;
    given = until;
  }
}
