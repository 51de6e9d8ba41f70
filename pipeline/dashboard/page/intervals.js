// @ts-check

/** Lengths of candles, shortest first: about how many seconds, and what a reader calls them. */
export const INTERVALS = /** @type {const} */ ({
  "1s": { seconds: 1, name: "1 second" },
  "1m": { seconds: 60, name: "1 minute" },
  "2m": { seconds: 120, name: "2 minutes" },
  "5m": { seconds: 300, name: "5 minutes" },
  "15m": { seconds: 900, name: "15 minutes" },
  "30m": { seconds: 1800, name: "30 minutes" },
  "1h": { seconds: 3600, name: "1 hour" },
  "4h": { seconds: 14_400, name: "4 hours" },
  "1d": { seconds: 86_400, name: "1 day" },
  "1wk": { seconds: 604_800, name: "1 week" },
  "1mo": { seconds: 2_592_000, name: "1 month" },
});

/** @typedef {keyof typeof INTERVALS} Interval */

const WEEK = INTERVALS["1wk"].seconds;
/** The first Monday since 1970. */
const MONDAY = 4 * 86_400;

/**
 * Start of the candle that holds a second: weeks begin on Monday, months on their first day, minutes
 * and hours are counted from the start of their session.
 * @param {Interval} interval
 * @param {number} second Since 1970 UTC.
 * @param {readonly number[]} starts Starts of sessions, and of candles in them, in any order.
 */
export function startOf(interval, second, starts = []) {
  if (interval === "1mo") {
    const date = new Date(second * 1000);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / 1000;
  }
  if (interval === "1wk") return Math.floor((second - MONDAY) / WEEK) * WEEK + MONDAY;
  const { seconds } = INTERVALS[interval];
  const from = isDated(interval) ? 0 : Math.max(0, ...starts.filter((start) => start <= second));
  return Math.floor((second - from) / seconds) * seconds + from;
}

/**
 * Whether its candles are stamped with dates.
 * @param {Interval} interval
 */
export function isDated(interval) {
  return INTERVALS[interval].seconds >= INTERVALS["1d"].seconds;
}
