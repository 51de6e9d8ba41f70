/** Calendars out of the reference tables. @module */
import { isDay } from "../day.ts";
import { TickhouseError } from "../errors.ts";
import type { Calendar, Closure, TradingSession } from "./calendar.ts";
import { ExchangeDays } from "./hours.ts";
import { type CalendarSeeds, readCalendarSeeds, type SeedRow } from "./seeds.ts";
import { isDated, SLOT_DAYS, slotsOf } from "./slots.ts";
import { dayNumber } from "./zone.ts";

const DAY_US = 86_400_000_000;
/** A range without an end would be walked day by day. */
const [FIRST_DAY, LAST_DAY] = [dayNumber("1900-01-01"), dayNumber("2200-01-01")];

/**
 * The calendar of a folder of reference tables, such as `models/seeds`; read once. Throws
 * `FILE_UNREADABLE` and `SEED_INVALID`.
 *
 * ```ts
 * import { openCalendar } from "tickhouse/calendar/open.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const calendar = openCalendar("models/seeds");
 * const us = (day: string) => Date.parse(day) * 1000;
 * const [session] = calendar.sessions("XNYS", us("2025-11-28"), us("2025-11-29"));
 * assertEquals(session?.kind, "early_close");
 * ```
 */
export function openCalendar(seedsFolder: string): Calendar {
  return new SeedCalendar(readCalendarSeeds(seedsFolder));
}

class SeedCalendar implements Calendar {
  readonly #seeds: CalendarSeeds;
  readonly #exchanges = new Map<string, ExchangeDays>();
  readonly #symbols: ReadonlyMap<string, readonly SeedRow[]>;

  constructor(seeds: CalendarSeeds) {
    this.#seeds = seeds;
    this.#symbols = Map.groupBy(seeds.symbols, (row) => key(row.symbology, row.symbol));
  }

  has(exchange: string): boolean {
    return this.#seeds.exchanges.some((row) => row.exchange === exchange);
  }

  sessions(exchange: string, fromUs: number, toUs: number): readonly TradingSession[] {
    mustBeTimes({ fromUs, toUs });
    // A session lies within two days of midnight UTC of its date.
    const [first, last] = [Math.floor(fromUs / DAY_US) - 2, Math.ceil(toUs / DAY_US) + 2];
    return this.#between(exchange, first, last)
      .filter(({ openUs, closeUs }) => openUs < toUs && closeUs > fromUs);
  }

  closures(exchange: string, from: string, to: string): readonly Closure[] {
    const days = this.#days(exchange);
    const found: Closure[] = [];
    for (let day = dayOf("from", from); day < dayOf("to", to); day++) {
      const what = days.day(day);
      if ("closure" in what) found.push(what.closure);
      else if (!what.session.isKnown) {
        const name = "its holidays are not known";
        found.push({ day: what.session.day, reason: "unknown", name });
      }
    }
    return found;
  }

  slots(exchange: string, interval: string, fromUs: number, toUs: number): readonly number[] {
    mustBeTimes({ fromUs, toUs });
    const [first, last] = [Math.floor(fromUs / DAY_US), Math.ceil(toUs / DAY_US)];
    const sessions = isDated(interval)
      ? this.#between(exchange, first, last + SLOT_DAYS)
      : this.sessions(exchange, fromUs, toUs);
    return slotsOf(sessions, interval, fromUs, toUs);
  }

  exchangeOf(symbology: string, symbol: string, day: string): string | undefined {
    dayOf("day", day);
    const source = this.#seeds.sources.find((row) => row.source === symbology);
    const named = source?.symbology?.split(" ") ?? [];
    const row = [...new Set([...named, symbology])]
      .flatMap((name) => this.#symbols.get(key(name, symbol)) ?? [])
      .find((r) => (r.valid_from ?? "") <= day && day < (r.valid_to ?? "9999-12-31"));
    return source?.exchange ?? row?.exchange ?? undefined;
  }

  #between(exchange: string, first: number, end: number): TradingSession[] {
    const days = this.#days(exchange);
    const found: TradingSession[] = [];
    for (let day = first; day < end; day++) {
      const what = days.day(day);
      if ("session" in what) found.push(what.session);
    }
    return found;
  }

  #days(exchange: string): ExchangeDays {
    const kept = this.#exchanges.get(exchange);
    if (kept) return kept;
    const made = new ExchangeDays(this.#seeds, exchange);
    this.#exchanges.set(exchange, made);
    return made;
  }
}

function key(symbology: string | null | undefined, symbol: string | null | undefined): string {
  return `${symbology}\n${symbol}`;
}

/** Days since 1970 of a date. */
function dayOf(field: string, day: string): number {
  const number = isDay(day) ? dayNumber(day) : NaN;
  if (FIRST_DAY <= number && number <= LAST_DAY) return number;
  const fix = "write a date between 1900 and 2200 such as 2025-11-28";
  throw new TickhouseError("OPTION_INVALID", "this is no date", { field, value: day, fix });
}

function mustBeTimes(times: Readonly<Record<string, number>>): void {
  for (const [field, value] of Object.entries(times)) {
    if (FIRST_DAY * DAY_US <= value && value <= LAST_DAY * DAY_US) continue;
    const fix = "give microseconds since 1970 UTC, between 1900 and 2200";
    throw new TickhouseError("OPTION_INVALID", "this is no time", { field, value, fix });
  }
}
