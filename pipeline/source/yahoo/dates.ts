/** Yahoo's times as dates of the exchange. @module */

const DAY_S = 86_400;
const HOUR_S = 3_600;

/** Turns seconds since 1970 into the date of the exchange. */
export class ExchangeDates {
  readonly #zone: string | undefined;
  readonly #offsetS: number;

  /** `offsetS` is how far it is from UTC now; the zone counts where summer time may make a difference. */
  constructor(zone: string | undefined, offsetS: number) {
    this.#zone = isZone(zone) ? zone : undefined;
    this.#offsetS = offsetS;
  }

  /** 00:00 UTC of the date, seconds since 1970. */
  dateOf(timeS: number): number {
    const local = timeS + this.#offsetS;
    const clock = ((local % DAY_S) + DAY_S) % DAY_S;
    // An hour of summer time more or less changes the date only near midnight.
    const isSure = clock >= 2 * HOUR_S && clock < 22 * HOUR_S;
    if (isSure || this.#zone === undefined) return Math.floor(local / DAY_S) * DAY_S;
    const { year, month, day } = Temporal.Instant.fromEpochMilliseconds(Math.trunc(timeS * 1000))
      .toZonedDateTimeISO(this.#zone);
    return Date.UTC(year, month - 1, day) / 1000;
  }
}

/** Names that were looked up: that takes longer than a whole chart. */
const known = new Map<string, boolean>();
const KNOWN_MAX = 256;

function isZone(zone: string | undefined): boolean {
  if (zone === undefined) return false;
  const found = known.get(zone);
  if (found !== undefined) return found;
  if (known.size >= KNOWN_MAX) known.clear();
  let isOne = true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
  } catch {
    isOne = false;
  }
  known.set(zone, isOne);
  return isOne;
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
