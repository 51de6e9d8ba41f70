/** Yahoo's times as dates of the exchange. @module */
import { isZone } from "../../calendar/zone.ts";
import { valueText } from "../../provider/answer.ts";

const DAY_S = 86_400;
const HOUR_S = 3_600;
const WEEK_S = 7 * DAY_S;
/** Weeks before and behind a moment in which a zone has all offsets that it has in a year. */
const WEEKS = 27;

/** What the head of a chart says of its clock. */
export interface ClockMeta {
  readonly exchangeTimezoneName?: string | null | undefined;
  /** Seconds that it is ahead of UTC, when it was asked. */
  readonly gmtoffset?: number | null | undefined;
  /** When it was traded last, seconds since 1970. */
  readonly regularMarketTime?: number | null | undefined;
}

/** Turns seconds since 1970 into the date of the exchange. */
export class ExchangeDates {
  readonly #zone: string;
  readonly #offsetS: number;

  /** `offsetS` is one that the zone has; the zone counts where summer time may make a difference. */
  constructor(zone: string, offsetS: number) {
    this.#zone = zone;
    this.#offsetS = offsetS;
  }

  /** 00:00 UTC of the date, seconds since 1970. */
  dateOf(timeS: number): number {
    const local = timeS + this.#offsetS;
    const clock = ((local % DAY_S) + DAY_S) % DAY_S;
    // An hour of summer time more or less changes the date only near midnight.
    const isSure = clock >= 2 * HOUR_S && clock < 22 * HOUR_S;
    if (isSure) return Math.floor(local / DAY_S) * DAY_S;
    const { year, month, day } = Temporal.Instant.fromEpochMilliseconds(Math.trunc(timeS * 1000))
      .toZonedDateTimeISO(this.#zone);
    return Date.UTC(year, month - 1, day) / 1000;
  }
}

/**
 * How times of a chart become dates of its exchange; a text says what is wrong with its clock.
 * `askedS` is when it was asked for, seconds since 1970.
 */
export function datesOf(meta: ClockMeta, askedS: number): ExchangeDates | string {
  const { exchangeTimezoneName: zone, gmtoffset, regularMarketTime } = meta;
  if (zone == null || !isZone(zone)) {
    return `chart.result.0.meta.exchangeTimezoneName is ${
      valueText(zone ?? undefined)
    }: no time zone that is known`;
  }
  const offsetS = gmtoffset ?? offsetOf(zone, askedS);
  const moments = [askedS, regularMarketTime ?? askedS];
  if (moments.some((timeS) => hasOffset(zone, offsetS, timeS))) {
    return new ExchangeDates(zone, offsetS);
  }
  return `chart.result.0.meta.gmtoffset is ${offsetS}: ${zone} has no such offset, in summer or winter`;
}

/** Whether the zone has it at any time in the year around. */
function hasOffset(zone: string, offsetS: number, timeS: number): boolean {
  if (offsetOf(zone, timeS) === offsetS) return true;
  for (let week = -WEEKS; week <= WEEKS; week++) {
    if (offsetOf(zone, timeS + week * WEEK_S) === offsetS) return true;
  }
  return false;
}

/** Seconds that it is ahead of UTC. */
function offsetOf(zone: string, timeS: number): number {
  return Temporal.Instant.fromEpochMilliseconds(Math.trunc(timeS * 1000))
    .toZonedDateTimeISO(zone).offsetNanoseconds / 1e9;
}

/** The date, seconds since 1970, as where a bar of the interval begins: Monday, or the first. */
export function beginningOfBar(dateS: number, interval: string): number {
  const date = new Date(dateS * 1000);
  if (interval.endsWith("wk")) return dateS - ((date.getUTCDay() + 6) % 7) * DAY_S;
  if (!interval.endsWith("mo")) return dateS;
  const months = Number(interval.slice(0, -2));
  const month = Math.floor(date.getUTCMonth() / months) * months;
  return Date.UTC(date.getUTCFullYear(), month, 1) / 1000;
}
