/**
 * When what is traded, out of the seeds of the models.
 * @module
 */
import { parse } from "@std/csv";
import { fileURLToPath } from "node:url";
import type { TradingSession } from "tickhouse/calendar/calendar.ts";
import { openCalendar } from "tickhouse/calendar/open.ts";
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
  readonly #calendar = openCalendar(fileURLToPath(SEEDS));
  readonly #zones = new Map<string, string>();
  readonly #offsets = new Map<string, number>();
  /** The sessions of an exchange in a year, by their days. */
  readonly #years = new Map<string, ReadonlyMap<string, TradingSession>>();
  readonly #days = new Map<string, TradingDay | null>();

  constructor() {
    for (const { exchange = "", time_zone = "UTC" } of readSeed("ref_exchanges.csv")) {
      this.#zones.set(exchange, time_zone);
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
    return this.#zones.get(exchange) ?? "UTC";
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
    const session = this.#sessionsOf(instrument.exchange, dayText(day)).get(dayText(day));
    if (!session) return undefined;
    const offsetMs = this.offsetMs(this.zoneOf(instrument), day);
    const regular: Stretch[] = [];
    let fromMs = session.openUs / 1000;
    for (const pause of session.breaks) {
      regular.push({ fromMs, toMs: pause.fromUs / 1000 });
      fromMs = pause.toUs / 1000;
    }
    const toMs = session.closeUs / 1000;
    regular.push({ fromMs, toMs });
    if (!isUnitedStates(instrument)) return { day, regular, offsetMs };
    const early = day * DAY_MS + PRE_FROM * MINUTE_MS - offsetMs;
    return {
      ...{ day, regular, offsetMs },
      pre: { fromMs: early, toMs: session.openUs / 1000 },
      post: { fromMs: toMs, toMs: toMs + POST_FOR * MINUTE_MS },
    };
  }

  #sessionsOf(exchange: string, day: string): ReadonlyMap<string, TradingSession> {
    const year = Number(day.slice(0, 4));
    const key = `${exchange} ${year}`;
    const known = this.#years.get(key);
    if (known) return known;
    const [from, to] = [dayOf(`${year}-01-01`) - 2, dayOf(`${year + 1}-01-01`) + 2];
    const sessions = this.#calendar.sessions(exchange, from * DAY_MS * 1000, to * DAY_MS * 1000);
    const made = new Map(sessions.map((session) => [session.day, session]));
    this.#years.set(key, made);
    return made;
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
