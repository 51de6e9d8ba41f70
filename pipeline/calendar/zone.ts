/** Wall clocks of exchanges as times in UTC. @module */

/** Days since 1970 of a date such as `2025-11-28`. */
export function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 86_400_000;
}

/** The date of a number of days since 1970. */
export function dayText(number: number): string {
  return new Date(number * 86_400_000).toISOString().slice(0, 10);
}

/** The day of the week, 1 for Monday to 7 for Sunday. */
export function weekday(day: number): number {
  // 1970 began on a Thursday.
  return (((day + 3) % 7) + 7) % 7 + 1;
}

/** Names that were looked up: that takes longer than a whole answer of a provider. */
const known = new Map<string, boolean>();
const KNOWN_MAX = 256;

/** Whether it is the name of a time zone; an offset is none: offsets do not know summer time. */
export function isZone(name: string): boolean {
  const found = known.get(name);
  if (found !== undefined) return found;
  if (known.size >= KNOWN_MAX) known.clear();
  let isOne = /^[A-Za-z]/.test(name);
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
  } catch {
    isOne = false;
  }
  known.set(name, isOne);
  return isOne;
}

/** A time zone whose offsets are kept: between changes of clocks a day needs to ask once. */
export class Zone {
  readonly #name: string;
  /** Of each day asked: minutes ahead of UTC, if no clock changes within two days of it. */
  readonly #ahead = new Map<number, number | undefined>();

  constructor(name: string) {
    this.#name = name;
  }

  /** The moment, in microseconds since 1970 UTC, when the clock is `minute` minutes into the day. */
  timeUs(day: number, minute: number): number {
    let ahead = this.#ahead.get(day);
    if (ahead === undefined && !this.#ahead.has(day)) {
      const [before, behind] = [this.#aheadOn(day - 2), this.#aheadOn(day + 2)];
      ahead = before === behind ? before : undefined;
      this.#ahead.set(day, ahead);
    }
    return ahead === undefined
      ? this.#asked(day, minute)
      : (day * 1440 + minute - ahead) * 60_000_000;
  }

  #aheadOn(day: number): number {
    return day * 1440 - this.#asked(day, 0) / 60_000_000;
  }

  #asked(day: number, minute: number): number {
    return Temporal.PlainDateTime.from(`${dayText(day)}T00:00`).add({ minutes: minute })
      .toZonedDateTime(this.#name).epochMilliseconds * 1000;
  }
}
