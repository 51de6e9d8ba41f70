// @ts-check
/** @import { Bar, CorporateAction, Interval } from "../wire.ts" */
import { isDated, startOf } from "./intervals.js";

/**
 * Splits and dividends on the candles where the price is without them first, by the candle's start.
 * What happened before the first candle, after the last or in a gap of days is left out.
 * @param {readonly Bar[]} bars Oldest first.
 * @param {readonly CorporateAction[]} actions
 * @param {Interval} interval
 * @returns {Map<number, CorporateAction[]>}
 */
export function placeActions(bars, actions, interval) {
  /** @type {Map<number, CorporateAction[]>} */
  const placed = new Map();
  for (const action of actions) {
    const start = isDated(interval) ? startOf(interval, action.day) : action.day;
    const bar = bars[firstFrom(bars, start)];
    const first = bars[0];
    // A price before it is what it changes: without one there is nothing to mark.
    if (!bar || !first || first[0] >= start || bar[0] - start > GAP_MAX) continue;
    placed.set(bar[0], [...placed.get(bar[0]) ?? [], action]);
  }
  return placed;
}

/** A week and a half, over holidays; a month's candle starts before. */
const GAP_MAX = 10 * 86_400;

/**
 * @param {readonly Bar[]} bars
 * @param {number} start
 */
function firstFrom(bars, start) {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bars[middle]?.[0] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {CorporateAction} action */
export function describeAction({ action, amount }) {
  if (action === "dividend") return `Dividend ${amount}`;
  return amount >= 1 ? `Split ${amount}:1` : `Split 1:${Number((1 / amount).toFixed(4))}`;
}

/** @param {number} count Late, corrected, moved and cancelled trades since the candle closed. */
export function describeRevisions(count) {
  return count === 1 ? "Revised once" : `Revised ${count} times`;
}
