/** What should be there by the exchange's calendar, and what of it is missing. @module */
import type { Calendar } from "../calendar/calendar.ts";
import type { GapReason } from "../metadata/gaps.ts";
import type { Range } from "../metadata/range.ts";
import type { HistoryProvider } from "./provider.ts";
import { DAY_US, endOf, isDated, spanUs } from "./time.ts";

/** Of which series, when it was asked for, and what came. */
export interface Expecting extends Range {
  readonly interval: string;
  /** Null where nobody knows it: then nothing is expected. */
  readonly exchange: string | null;
  readonly askedUs: number;
  readonly provider: Pick<HistoryProvider, "settleSeconds" | "lateSeconds" | "aligned">;
  /** Where the last bar begins that came; -Infinity if none did. */
  readonly lastUs: number;
  /** Nothing is expected before: the symbol was not traded yet. */
  readonly listedUs: number | null;
}

/** Where bars should begin. */
export interface Expected {
  /** Of bars that can't change any more, ascending; undefined where the exchange is not known. */
  readonly settled: readonly number[] | undefined;
  /** The first that can still change. */
  readonly unsettled: number | undefined;
  /** Bars of one whole session. */
  readonly session: number;
}

/** A range in which nothing came. */
export interface Missing extends Range {
  readonly reason: GapReason;
}

/** What should be there. */
export function expected(calendar: Calendar, about: Expecting): Expected {
  const { exchange, interval, fromUs, toUs, askedUs, provider, listedUs, lastUs } = about;
  if (exchange === null || !calendar.has(exchange) || !(fromUs < toUs)) {
    return { settled: undefined, unsettled: undefined, session: 1 };
  }
  const slots = slotsOf(calendar, provider, { exchange, interval, fromUs, toUs });
  const { settleSeconds, lateSeconds = settleSeconds } = provider;
  const isSettled = (openUs: number) => {
    const seconds = openUs > lastUs ? Math.max(lateSeconds, settleSeconds) : settleSeconds;
    return endOf(openUs, interval, exchange, calendar) + seconds * 1e6 <= askedUs;
  };
  // Bars end in the order in which they begin.
  let [low, high] = [0, slots.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isSettled(slots[middle] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return {
    settled: slots.slice(0, low).filter((openUs) => listedUs === null || openUs >= listedUs),
    unsettled: slots[low],
    session: isDated(interval) ? 1 : sessionSlots(calendar, exchange, interval, slots),
  };
}

/** Where bars of the provider begin. */
export function slotsOf(
  calendar: Calendar,
  { aligned = "open" }: Pick<HistoryProvider, "aligned">,
  { exchange, interval, fromUs, toUs }: Range & {
    readonly exchange: string;
    readonly interval: string;
  },
): readonly number[] {
  const slots = calendar.slots(exchange, interval, fromUs, toUs);
  if (aligned === "open" || isDated(interval)) return slots;
  const span = spanUs(interval);
  // The first hour of a session may have begun before it, and the last one end behind it.
  const halves = calendar.slots(exchange, finer(interval), fromUs, toUs);
  const full = new Set(halves.map((slot) => Math.floor(slot / span) * span));
  return [...full].filter((slot) => slot >= fromUs).sort((a, b) => a - b);
}

/** Sessions open and close at its multiples. */
function finer(interval: string): string {
  return spanUs(interval) >= 1_800e6 ? "30m" : interval;
}

function sessionSlots(
  calendar: Calendar,
  exchange: string,
  interval: string,
  slots: readonly number[],
): number {
  const [first] = slots;
  const session = first === undefined
    ? undefined
    : calendar.sessions(exchange, first, first + 1).at(0);
  if (!session) return 1;
  return Math.max(1, Math.ceil((session.closeUs - session.openUs) / spanUs(interval)));
}

/** Neighbouring slots without a bar, as ranges. */
export function missingOf(
  slots: readonly number[],
  interval: string,
  received: ReadonlySet<number>,
  reason: GapReason,
): Missing[] {
  const found: { fromUs: number; toUs: number; reason: GapReason }[] = [];
  let open = false;
  for (const slot of slots) {
    const last = found.at(-1);
    if (received.has(slot)) open = false;
    else if (open && last) last.toUs = slotEnd(slot, interval);
    else {
      found.push({ fromUs: slot, toUs: slotEnd(slot, interval), reason });
      open = true;
    }
  }
  return found;
}

function slotEnd(openUs: number, interval: string): number {
  return openUs + (isDated(interval) ? DAY_US : spanUs(interval));
}
