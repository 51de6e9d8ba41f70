/** Values of Finnhub's answers. @module */
import { EVENT_TIME_MAX, EVENT_TIME_MIN } from "../../datasets/columns.ts";

/** Seconds of the year 5138, or milliseconds of 1973: what is below is in seconds. */
const SECONDS_BELOW = 1e11;
const DECIMALS = 8;
/** What doubles add to a number that was meant to have fewer decimals. */
const NOISE = 1e-15;

/** Milliseconds since 1970 of a time in milliseconds or seconds; undefined if it is none. */
export function timeMs(t: unknown): number | undefined {
  if (typeof t !== "number" || !Number.isInteger(t)) return undefined;
  const ms = t < SECONDS_BELOW ? t * 1000 : t;
  const isTime = ms * 1000 >= EVENT_TIME_MIN && ms * 1000 <= EVENT_TIME_MAX;
  return isTime ? ms : undefined;
}

/** The number with at most 8 decimals and no exponent; undefined if it has more. */
export function numberText(value: number): string | undefined {
  const text = String(value);
  const point = text.indexOf(".");
  const isPlain = !text.includes("e");
  if (isPlain && (point < 0 || text.length - point - 1 <= DECIMALS)) return text;
  if (Math.abs(value) >= 1e20) return undefined;
  const fixed = value.toFixed(DECIMALS);
  if (Math.abs(Number(fixed) - value) > NOISE * Math.abs(value)) return undefined;
  return fixed.replace(/\.?0+$/, "");
}
