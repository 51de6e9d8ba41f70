// @ts-check
/** @import { Bar, Interval, Second } from "../wire.ts" */
import { startOf } from "./intervals.js";

/**
 * Folds one-second bars into bars of an interval, continuing the last of `bars`. Returns the
 * bars from the first one that changed. As in the models, one in which no trade sets a price is left
 * out.
 * @param {readonly Bar[]} bars Oldest first; they hold nothing of the seconds.
 * @param {Iterable<Second>} seconds
 * @param {Interval} interval
 * @param {readonly number[]} starts Starts of sessions.
 * @returns {Bar[]}
 */
export function foldSeconds(bars, seconds, interval, starts = []) {
  /** @type {Bar[]} */
  const folded = [];
  const last = bars.at(-1);
  const counted = last ? [...starts, last[0]] : starts;
  /** @type {Second | undefined} */
  let open = last;
  for (const second of [...seconds].sort((a, b) => a[0] - b[0])) {
    const start = startOf(interval, second[0], counted);
    if (open && open[0] === start) open = joinBars(open, second);
    else open = [start, second[1], second[2], second[3], second[4], second[5], second[6]];
    if (folded.at(-1)?.[0] === start) folded.pop();
    if (isPriced(open)) folded.push(open);
  }
  return folded;
}

/**
 * Whether a trade of it sets a price.
 * @param {Second} bar
 * @returns {bar is Bar}
 */
export function isPriced(bar) {
  return bar[4] !== null;
}

/**
 * The earlier bar, continued by the later one.
 * @param {Second} a
 * @param {Second} b
 * @returns {Second}
 */
function joinBars(a, b) {
  const volume = addVolumes(a[5], b[5]);
  const high = b[2] === null ? a[2] : Math.max(a[2] ?? -Infinity, b[2]);
  const low = b[3] === null ? a[3] : Math.min(a[3] ?? Infinity, b[3]);
  const [open, close] = [a[1] ?? b[1], b[4] ?? a[4]];
  return [a[0], open, high, low, close, volume, a[6] + b[6], ...revisionsOf(a)];
}

/**
 * What a bar has at its end if it was revised.
 * @param {Second} bar
 * @returns {[] | [number]}
 */
function revisionsOf(bar) {
  return bar[7] === undefined ? [] : [bar[7]];
}

/**
 * The sum of those volumes that are told; null if none is.
 * @param {number | null} a
 * @param {number | null} b
 */
export function addVolumes(a, b) {
  return a === null && b === null ? null : (a ?? 0) + (b ?? 0);
}

/**
 * Bars, then those that replace or follow them.
 * @param {readonly Bar[]} bars
 * @param {readonly Bar[]} folded
 * @returns {Bar[]}
 */
export function appendBars(bars, folded) {
  const first = folded[0]?.[0] ?? Infinity;
  return [...bars.filter(([start]) => start < first), ...folded];
}
