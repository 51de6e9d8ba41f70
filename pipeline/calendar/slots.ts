/** Where the bars begin that a feed should have. @module */
import { BAR_INTERVALS } from "../datasets/bars.ts";
import { TickhouseError } from "../errors.ts";
import type { TradingSession } from "./calendar.ts";
import { dayNumber, weekday } from "./zone.ts";

/** Slots that one call may give: a year of seconds around the clock is three times that. */
export const SLOTS_MAX = 10_000_000;

const SECOND_US = 1_000_000;
const DAY_US = 86_400 * SECOND_US;
const UNITS: ReadonlyMap<string, number> = new Map([["s", 1], ["m", 60], ["h", 3600]]);

/** The first day, of days since 1970, of the bar that holds a day; of bars of a day and longer. */
const LONG: ReadonlyMap<string, (day: number) => number> = new Map([
  ["1d", (day: number) => day],
  // As Binance counts them, the only one that is known to have such.
  ["3d", (day) => Math.floor(day / 3) * 3],
  ["1wk", (day) => day + 1 - weekday(day)],
  ["1mo", (day) => monthStart(day, 1)],
  ["3mo", (day) => monthStart(day, 3)],
]);

/** Days before and behind a range whose sessions its slots may follow from. */
export const SLOT_DAYS = 95;

/** Whether bars of the interval are stamped with a date. */
export function isDated(interval: string): boolean {
  return LONG.has(interval);
}

/** The slots of sessions, each once, in order. Throws `INTERVAL_UNKNOWN`, `OPTION_INVALID`. */
export function slotsOf(
  sessions: readonly TradingSession[],
  interval: string,
  fromUs: number,
  toUs: number,
): number[] {
  const start = LONG.get(interval);
  if (!start) return intradaySlots(sessions, lengthUs(interval), fromUs, toUs);
  const starts = sessions.map(({ day }) => start(dayNumber(day)) * DAY_US);
  return [...new Set(starts)].filter((us) => fromUs <= us && us < toUs).sort((a, b) => a - b);
}

function intradaySlots(
  sessions: readonly TradingSession[],
  length: number,
  fromUs: number,
  toUs: number,
): number[] {
  const pieces = sessions.flatMap(piecesOf);
  const count = pieces.reduce(
    (sum, [from, to]) => sum + Math.max(0, Math.min(to, toUs) - Math.max(from, fromUs)) / length,
    0,
  );
  if (count > SLOTS_MAX) {
    throw new TickhouseError("OPTION_INVALID", `more than ${SLOTS_MAX} bars are in that range`, {
      field: "toUs",
      value: toUs,
      fix: "ask for a shorter range, or a longer interval",
    });
  }
  const slots: number[] = [];
  for (const [from, to] of pieces) {
    const skipped = Math.max(0, Math.ceil((fromUs - from) / length));
    for (let us = from + skipped * length; us < Math.min(to, toUs); us += length) slots.push(us);
  }
  return slots;
}

/** The parts of a session between its breaks. */
function piecesOf({ openUs, closeUs, breaks }: TradingSession): [from: number, to: number][] {
  const starts = [openUs, ...breaks.map(({ toUs }) => toUs)];
  const ends = [...breaks.map(({ fromUs }) => fromUs), closeUs];
  return starts.map((from, i) => [from, ends[i] ?? closeUs]);
}

function lengthUs(interval: string): number {
  const [, count, unit = ""] = /^(\d+)([smh])$/.exec(interval) ?? [];
  const seconds = UNITS.get(unit);
  if (BAR_INTERVALS.includes(interval) && seconds !== undefined) {
    return Number(count) * seconds * SECOND_US;
  }
  throw new TickhouseError("INTERVAL_UNKNOWN", "bars are not of this length", {
    field: "interval",
    value: interval,
    fix: `use one of ${BAR_INTERVALS.join(", ")}`,
  });
}

function monthStart(day: number, months: number): number {
  const date = new Date(day * 86_400_000);
  const month = Math.floor(date.getUTCMonth() / months) * months;
  return Date.UTC(date.getUTCFullYear(), month, 1) / 86_400_000;
}
