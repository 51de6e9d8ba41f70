// @ts-check

const MINUS = "−";

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/**
 * @param {number} value
 * @param {Intl.NumberFormatOptions} options
 */
function format(value, options) {
  const key = JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.NumberFormat("en-US", options);
  formats.set(key, known);
  return known.format(value).replace("-", MINUS);
}

/**
 * Decimals that a price of this size is quoted with.
 * @param {number} price
 */
export function decimalsOf(price) {
  const size = Math.abs(price);
  if (size === 0 || size >= 1) return 2;
  return Math.min(18, 3 - Math.floor(Math.log10(size)));
}

/**
 * @param {number} price
 * @param {number} [like] A price whose decimals are used.
 */
export function formatPrice(price, like = price) {
  const digits = decimalsOf(like);
  return format(price, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/**
 * @param {number} change
 * @param {number} like
 */
export function formatChange(change, like) {
  const digits = decimalsOf(like);
  return format(change, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: "exceptZero",
  });
}

/** @param {number | null} percent Null: there are none, as of a price below zero. */
export function formatPercent(percent) {
  if (percent === null) return "–";
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `${format(percent, { ...digits, signDisplay: "exceptZero" })}%`;
}

/** @param {number} count */
export function formatCount(count) {
  return format(count, { maximumFractionDigits: 0 });
}

/**
 * Few digits: 950, 12.4K, 3.61M.
 * @param {number} amount
 */
export function formatShort(amount) {
  return Math.abs(amount) < 10_000
    ? format(amount, { maximumFractionDigits: Math.abs(amount) < 100 ? 2 : 0 })
    : format(amount, { notation: "compact", minimumFractionDigits: 1, maximumFractionDigits: 2 });
}

/** @param {number} ms */
export function formatMs(ms) {
  if (ms >= 10_000) return `${format(ms / 1000, { maximumFractionDigits: 1 })} s`;
  return `${format(ms, { maximumFractionDigits: ms < 10 ? 1 : 0 })} ms`;
}

/** @param {number} seconds Since 1970 UTC. */
export function formatClock(seconds) {
  return new Date(seconds * 1000).toISOString().slice(11, 19);
}
