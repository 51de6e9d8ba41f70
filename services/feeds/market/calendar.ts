/**
 * When what is traded, out of the seeds of the models.
 * @module
 */
import { parse } from "@std/csv";
import { TickhouseError } from "tickhouse/errors.ts";
import type { FeedInstrument } from "./instruments.ts";
import { isUnitedStates } from "./instruments.ts";

/** A part of a trading day. */
export type Phase = "pre" | "regular" | "post";

/** A stretch without a break, [from, to) in milliseconds since 1970 UTC. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A trading day of an instrument; `day` counts days since 1970. */
export interface TradingDay {
  readonly day: number;
  /** Two stretches where there is a lunch break. */
  readonly regular: readonly Stretch[];
  readonly pre?: Stretch;
  readonly post?: Stretch;
  /** Milliseconds that local time is ahead of UTC. */
  readonly offsetMs: number;
}

interface Hours {
  readonly from: string;
  readonly to: string;
  readonly zone: string;
  readonly open: number;
  readonly close: number;
  readonly pause?: readonly [number, number];
  readonly weekdays: number;
  readonly calendar: string;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Minutes of the local day in which the United States trade before and after the session. */
const [PRE_FROM, POST_FOR] = [240, 240];
const SEEDS = new URL("../../../models/seeds/", import.meta.url);

/** The number of a day, since 1970. */
export function dayOf(text: string): number {
  return Math.floor(Date.parse(`${text}T00:00:00Z`) / DAY_MS);
}

/** YYYY-MM-DD of a day's number. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Rows of a seed of the models, or of another CSV file with a header. */
export function readSeed(name: string): Record<string, string>[] {
  return parse(Deno.readTextFileSync(new URL(name, SEEDS)), { skipFirstRow: true });
}

/** The sessions of all exchanges. */
export class FeedCalendar {
  readonly #hours = new Map<string, Hours[]>();
  /** Minute of the close, or null for a closed day, by calendar and day. */
  readonly #holidays = new Map<string, number | null>();
  readonly #offsets = new Map<string, number>();
  readonly #days = new Map<string, TradingDay | null>();

  constructor() {
    for (const row of readSeed("ref_exchanges.csv")) {
      const number = (name: string) => Number(row[name]);
      const hours: Hours = {
        from: row["valid_from"] || "0000-01-01",
        to: row["valid_to"] || "9999-12-31",
        zone: row["time_zone"] ?? "UTC",
        open: number("open_minute"),
        close: number("close_minute"),
        weekdays: number("weekdays"),
        calendar: row["calendar"] ?? "NONE",
        ...(row["break_start_minute"]
          ? { pause: [number("break_start_minute"), number("break_end_minute")] as const }
          : {}),
      };
      const all = this.#hours.get(row["exchange"] ?? "") ?? [];
      this.#hours.set(row["exchange"] ?? "", [...all, hours]);
    }
    for (const { calendar, day, close_minute } of readSeed("ref_holidays.csv")) {
      this.#holidays.set(`${calendar} ${day}`, close_minute ? Number(close_minute) : null);
    }
  }

  /** The session of that day; undefined if there is none. */
  tradingDay(instrument: FeedInstrument, day: number): TradingDay | undefined {
    const key = `${instrument.exchange} ${instrument.kind} ${day}`;
    const known = this.#days.get(key);
    if (known !== undefined) return known ?? undefined;
    const made = this.#make(instrument, day);
    this.#days.set(key, made ?? null);
    return made;
  }

  /** The last trading day before. */
  before(instrument: FeedInstrument, day: number): TradingDay {
    for (let back = 1; back < 30; back++) {
      const found = this.tradingDay(instrument, day - back);
      if (found) return found;
    }
    throw new TickhouseError("FEED_CONTROL", "no trading day within a month", {
      field: "exchange",
      value: instrument.exchange,
    });
  }

  /** The trading day whose hours, extended ones too, are the first to end after the time. */
  at(instrument: FeedInstrument, atMs: number): TradingDay {
    const start = Math.floor(atMs / DAY_MS) - 1;
    for (let day = start; day < start + 40; day++) {
      const found = this.tradingDay(instrument, day);
      if (found && endOf(found) > atMs) return found;
    }
    throw new TickhouseError("FEED_CONTROL", "no trading day within a month", {
      field: "exchange",
      value: instrument.exchange,
    });
  }

  /** The zone of the exchange, such as America/New_York. */
  zoneOf({ exchange }: FeedInstrument): string {
    return this.#hours.get(exchange)?.[0]?.zone ?? "UTC";
  }

  /** Milliseconds that the zone is ahead of UTC, at noon of a day. */
  offsetMs(zone: string, day: number): number {
    if (zone === "UTC") return 0;
    const key = `${zone} ${day}`;
    const known = this.#offsets.get(key);
    if (known !== undefined) return known;
    const noon = Temporal.Instant.fromEpochMilliseconds(day * DAY_MS + DAY_MS / 2);
    const offset = noon.toZonedDateTimeISO(zone).offsetNanoseconds / 1e6;
    this.#offsets.set(key, offset);
    return offset;
  }

  #make(instrument: FeedInstrument, day: number): TradingDay | undefined {
    const text = dayText(day);
    const hours = this.#hours.get(instrument.exchange)
      ?.find(({ from, to }) => from <= text && text < to);
    if (!hours) return undefined;
    // Monday is 1.
    const weekday = (day + 3) % 7 + 1;
    const holiday = this.#holidays.get(`${hours.calendar} ${text}`);
    if (weekday > hours.weekdays || holiday === null) return undefined;
    const offsetMs = this.offsetMs(hours.zone, day);
    const at = (minute: number) => day * DAY_MS + minute * MINUTE_MS - offsetMs;
    const close = holiday ?? hours.close;
    const stretch = (from: number, to: number) => ({ fromMs: at(from), toMs: at(to) });
    const { open, pause } = hours;
    const regular = pause && pause[0] < close
      ? [stretch(open, pause[0]), ...(pause[1] < close ? [stretch(pause[1], close)] : [])]
      : [stretch(open, close)];
    if (!isUnitedStates(instrument)) return { day, regular, offsetMs };
    const [pre, post] = [stretch(PRE_FROM, open), stretch(close, close + POST_FOR)];
    return { day, regular, pre, post, offsetMs };
  }
}

/** When the regular session opens. */
export function openOf({ regular }: TradingDay): number {
  return regular[0]?.fromMs ?? 0;
}

/** When the regular session closes. */
export function closeOf({ regular }: TradingDay): number {
  return regular.at(-1)?.toMs ?? 0;
}

/** When anything can trade first. */
export function startOf(day: TradingDay): number {
  return day.pre?.fromMs ?? openOf(day);
}

/** When nothing trades any more. */
export function endOf(day: TradingDay): number {
  return day.post?.toMs ?? closeOf(day);
}
