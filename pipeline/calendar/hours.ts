/** An exchange's hours and holidays, and what they make of a day. @module */
import { TickhouseError } from "../errors.ts";
import type { Closure, SessionKind, TradingSession } from "./calendar.ts";
import type { CalendarSeeds, SeedRow } from "./seeds.ts";
import { dayNumber, dayText, weekday, Zone } from "./zone.ts";

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** Minutes of the clock behind local midnight. */
interface Hours {
  readonly open: number;
  readonly close: number;
  readonly breakStart: number | undefined;
  readonly breakEnd: number | undefined;
}

/** The usual hours, by the days since 1970 that they are valid for: [from, to). */
interface Usual extends Hours {
  readonly from: number;
  readonly to: number;
  readonly zone: Zone;
  readonly weekdays: number;
}

/** What is known of a day: its session, or why it has none. */
export type Day = { readonly session: TradingSession } | { readonly closure: Closure };

/** An exchange. */
export class ExchangeDays {
  readonly #usual: readonly Usual[];
  readonly #holidays = new Map<number, SeedRow>();
  readonly #known: readonly [from: number, until: number];
  readonly #days = new Map<number, Day>();

  /** Throws `EXCHANGE_UNKNOWN`. */
  constructor(seeds: CalendarSeeds, exchange: string) {
    const rows = seeds.exchanges.filter((row) => row.exchange === exchange);
    if (rows.length === 0) {
      throw new TickhouseError("EXCHANGE_UNKNOWN", "no hours are known of an exchange", {
        field: "exchange",
        value: exchange,
        fix: "add its hours to models/seeds/ref_exchanges.csv",
      });
    }
    this.#usual = rows.map(usualOf);
    const calendar = rows[0]?.calendar ?? "NONE";
    for (const row of seeds.holidays) {
      if (row.calendar === calendar) this.#holidays.set(dayNumber(row.day ?? ""), row);
    }
    this.#known = knownOf(seeds, calendar);
  }

  /** What the day, a number of days since 1970, is. */
  day(day: number): Day {
    const kept = this.#days.get(day);
    if (kept) return kept;
    const made = this.#make(day);
    this.#days.set(day, made);
    return made;
  }

  /** Whether the holidays of the day are known. */
  isKnown(day: number): boolean {
    return this.#known[0] <= day && day <= this.#known[1];
  }

  #make(day: number): Day {
    const usual = this.#usual.find((row) => row.from <= day && day < row.to);
    const row = this.#holidays.get(day);
    const closed = (reason: Closure["reason"], name: string): Day => ({
      closure: { day: dayText(day), reason, name },
    });
    if (row && row.close_minute === null) {
      return closed(row.kind === "ad hoc" ? "ad hoc" : "holiday", row.name ?? "");
    }
    if (!row && usual && weekday(day) > usual.weekdays) {
      return closed("weekend", WEEKDAYS[weekday(day) - 1] ?? "");
    }
    if (!usual) return closed("unknown", "no hours are known of this day");
    return { session: this.#session(day, usual, row) };
  }

  #session(day: number, usual: Usual, row: SeedRow | undefined): TradingSession {
    const hours: Hours = {
      open: minute(row?.open_minute) ?? usual.open,
      close: minute(row?.close_minute) ?? usual.close,
      breakStart: minute(row?.break_start_minute) ?? usual.breakStart,
      breakEnd: minute(row?.break_end_minute) ?? usual.breakEnd,
    };
    const at = (of: number) => usual.zone.timeUs(day, of);
    const pause = pauseOf(hours);
    return {
      day: dayText(day),
      openUs: at(hours.open),
      closeUs: at(hours.close),
      breaks: pause ? [{ fromUs: at(pause[0]), toUs: at(pause[1]) }] : [],
      kind: kindOf(hours, usual),
      ...(row ? { name: row.name ?? "" } : {}),
      isKnown: this.isKnown(day),
    };
  }
}

function usualOf(row: SeedRow): Usual {
  return {
    from: row.valid_from ? dayNumber(row.valid_from) : -Infinity,
    to: row.valid_to ? dayNumber(row.valid_to) : Infinity,
    zone: new Zone(row.time_zone ?? ""),
    weekdays: Number(row.weekdays),
    open: Number(row.open_minute),
    close: Number(row.close_minute),
    breakStart: minute(row.break_start_minute),
    breakEnd: minute(row.break_end_minute),
  };
}

/** From when to when the holidays of a calendar are known; of one without holidays always. */
function knownOf(seeds: CalendarSeeds, calendar: string): readonly [number, number] {
  if (calendar === "NONE") return [-Infinity, Infinity];
  const row = seeds.calendars.find((known) => known.calendar === calendar);
  if (!row) return [Infinity, -Infinity];
  return [dayNumber(row.known_from ?? ""), dayNumber(row.known_until ?? "")];
}

/** The break; a session that begins or ends at it, or within it, has none. */
function pauseOf({ open, close, breakStart, breakEnd }: Hours): [number, number] | undefined {
  if (breakStart === undefined || breakEnd === undefined) return undefined;
  const isWithin = open < breakStart && breakStart < breakEnd && breakEnd < close;
  return isWithin ? [breakStart, breakEnd] : undefined;
}

function kindOf(hours: Hours, usual: Hours): SessionKind {
  if (hours.close < usual.close) return "early_close";
  return hours.open > usual.open ? "late_open" : "full";
}

function minute(cell: string | null | undefined): number | undefined {
  return cell === null || cell === undefined ? undefined : Number(cell);
}
