/** The days and sessions of an exchange. @module */
import { isValid, type ReferenceData, type Row } from "./reference_data.ts";
import { MINUTE, SECOND, type Time } from "./record.ts";

/** Parts of a day. */
export type Session = "pre" | "regular" | "break" | "post" | "closed";

/** A piece of a day that is all of one session; a break parts the regular one in two. */
export interface Piece {
  readonly session: Session;
  readonly start: Time;
  readonly end: Time;
}

/** A day with a regular session, or without one. */
export interface TradingDay {
  readonly day: string;
  readonly pieces: readonly Piece[];
  /** What belongs to the session before these times, though it lies behind its end. */
  readonly auctionUntil: Time;
  readonly closingPrintUntil: Time;
}

/** Minutes of a year of full sessions, and of one of them. */
export interface SessionLength {
  readonly minutes: number;
  readonly daysAYear: number;
}

/** An exchange. */
export class Calendar {
  readonly exchange: string;
  readonly #rows: readonly Row[];
  readonly #holidays: readonly Row[];
  readonly #days = new Map<string, TradingDay>();

  /** An exchange that the table does not have has UTC days. */
  constructor(data: ReferenceData, exchange: string) {
    const isKnown = data.exchanges.some((row) => row.exchange === exchange);
    this.exchange = isKnown ? exchange : "ALWAYS";
    this.#rows = data.exchanges.filter((row) => row.exchange === this.exchange);
    this.#holidays = data.holidays.filter((row) => row.calendar === this.#rows[0]?.calendar);
  }

  /** The day that holds a time. */
  dayOf(time: Time): TradingDay {
    const date = Temporal.Instant.fromEpochMilliseconds(Math.floor(time / 1000))
      .toZonedDateTimeISO("UTC").toPlainDate();
    for (const days of [-1, 0, 1, 2]) {
      const day = this.day(date.add({ days }).toString());
      const [first, last] = [day.pieces[0], day.pieces.at(-1)];
      if (first && last && first.start <= time && time < last.end) return day;
    }
    throw new Error(`no day of ${this.exchange} holds ${time}`);
  }

  /** The day of a date. */
  day(date: string): TradingDay {
    const known = this.#days.get(date);
    if (known) return known;
    const made = this.#make(date);
    this.#days.set(date, made);
    return made;
  }

  /** How long a full session is on a day. */
  lengthOn(date: string): SessionLength {
    const row = this.#rowOf(date);
    const pause = number(row.break_end_minute ?? "0") - number(row.break_start_minute ?? "0");
    const minutes = number(row.close_minute) - number(row.open_minute) - pause;
    return { minutes, daysAYear: number(row.days_a_year) };
  }

  #make(date: string): TradingDay {
    const row = this.#rowOf(date);
    const next = Temporal.PlainDate.from(date).add({ days: 1 }).toString();
    const start = this.#at(row, date, number(row.day_minute));
    const nextRow = this.#rowOf(next);
    const end = this.#at(nextRow, next, number(nextRow.day_minute));
    const holiday = this.#holidays.find((h) => h.day === date);
    const isShut = holiday
      ? holiday.close_minute === null
      : Temporal.PlainDate.from(date).dayOfWeek > number(row.weekdays);
    if (isShut) {
      const pieces = [{ session: "closed", start, end } as const];
      return { day: date, pieces, auctionUntil: 0, closingPrintUntil: 0 };
    }
    const close = this.#at(row, date, number(holiday?.close_minute ?? row.close_minute));
    const open = this.#at(row, date, number(holiday?.open_minute ?? row.open_minute));
    const from = holiday?.break_start_minute ?? row.break_start_minute ?? null;
    const to = holiday?.break_end_minute ?? row.break_end_minute ?? null;
    // Equal minutes say that the day has none.
    const hasBreak = from !== null && from !== to;
    const pause = hasBreak ? Math.min(close, this.#at(row, date, number(from))) : close;
    const resume = hasBreak ? Math.min(close, this.#at(row, date, number(to))) : close;
    const pieces: Piece[] = [
      { session: "pre", start, end: open },
      { session: "regular", start: open, end: pause },
      { session: "break", start: pause, end: resume },
      { session: "regular", start: resume, end: close },
      { session: "post", start: close, end },
    ];
    return {
      day: date,
      pieces: pieces.filter((piece) => piece.start < piece.end),
      auctionUntil: close + number(row.auction_seconds) * SECOND,
      closingPrintUntil: close + number(row.closing_print_minutes) * MINUTE,
    };
  }

  #rowOf(date: string): Row {
    const row = this.#rows.find((r) => isValid(r, date));
    if (!row) throw new Error(`${this.exchange} has no hours on ${date}`);
    return row;
  }

  /** The wall clock of the exchange, `minute` minutes behind midnight of a date. */
  #at(row: Row, date: string, minute: number): Time {
    const clock = Temporal.PlainDateTime.from(`${date}T00:00`).add({ minutes: minute });
    return clock.toZonedDateTime(row.time_zone ?? "").epochMilliseconds * 1000;
  }
}

function number(cell: string | null | undefined): number {
  if (cell === null || cell === undefined) throw new Error("a number is missing");
  return Number(cell);
}
