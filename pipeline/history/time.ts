/** Spans of bars. @module */
import type { Calendar } from "../calendar/calendar.ts";

/** Microseconds of a day. */
export const DAY_US = 86_400_000_000;

const UNITS_US: Readonly<Record<string, number>> = { s: 1e6, m: 60e6, h: 3_600e6 };

/** Whether bars of the interval begin at the date of a day, week or month. */
export function isDated(interval: string): boolean {
  return /^\d+(d|wk|mo)$/.test(interval);
}

/** Microseconds of an interval below a day. */
export function spanUs(interval: string): number {
  const [, count = "", unit = ""] = /^(\d+)([smh])$/.exec(interval) ?? [];
  const unitUs = UNITS_US[unit];
  if (unitUs === undefined) throw new TypeError(`${interval} is no interval below a day`);
  return Number(count) * unitUs;
}

/** The first moment behind the dates that a bar of a day or more covers, microseconds. */
function lastDateUs(openUs: number, interval: string): number {
  const [, text = "1", unit = "d"] = /^(\d+)(d|wk|mo)$/.exec(interval) ?? [];
  const count = Number(text);
  if (unit === "d") return openUs + count * DAY_US;
  if (unit === "wk") return openUs + 7 * count * DAY_US;
  const date = new Date(openUs / 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count, 1) * 1000;
}

/**
 * When the bar can't change any more but for corrections: the close of its session, or of the last
 * one that it covers. Without an exchange a day ends when it has ended all over the world.
 */
export function endOf(
  openUs: number,
  interval: string,
  exchange: string | null,
  calendar: Calendar,
): number {
  if (!isDated(interval)) return openUs + spanUs(interval);
  const until = lastDateUs(openUs, interval);
  if (exchange === null || !calendar.has(exchange)) return until + DAY_US / 2;
  const [first, last] = [day(openUs), day(until)];
  const closes = calendar.sessions(exchange, openUs - DAY_US, until + DAY_US)
    .filter((session) => session.day >= first && session.day < last)
    .map(({ closeUs }) => closeUs);
  return closes.length === 0 ? until : Math.max(...closes);
}

/** When its first trade may come: the open of its first session. */
export function beginOf(
  openUs: number,
  interval: string,
  exchange: string,
  calendar: Calendar,
): number {
  if (!isDated(interval)) return openUs;
  const until = lastDateUs(openUs, interval);
  const first = calendar.sessions(exchange, openUs - DAY_US, until + DAY_US)
    .find((session) => session.day >= day(openUs));
  return first?.openUs ?? openUs;
}

/** The date of a time, UTC. */
export function day(us: number): string {
  return new Date(us / 1000).toISOString().slice(0, 10);
}
