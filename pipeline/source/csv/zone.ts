/** Local times of a time zone as instants. @module */
import { TickhouseError } from "../../errors.ts";

/** Zones change their offset at whole quarters of an hour. */
const QUARTER_US = 900_000_000;
const QUARTERS_MAX = 100_000;

/** A time zone by its IANA name, such as America/New_York. Throws `OPTION_INVALID`. */
export class Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #offsets = new Map<number, number | string>();

  constructor(name: string) {
    this.name = name;
    try {
      this.#format = new Intl.DateTimeFormat("en-US", {
        timeZone: name,
        hourCycle: "h23",
        ...{ year: "numeric", month: "numeric", day: "numeric" },
        ...{ hour: "numeric", minute: "numeric", second: "numeric", era: "short" },
      });
    } catch (cause) {
      throw new TickhouseError("OPTION_INVALID", "there is no such time zone", {
        field: "timeZone",
        value: name,
        fix: "use an IANA name such as UTC, America/New_York or Europe/Berlin",
        cause,
      });
    }
  }

  /** The instant of a local time, both in microseconds; a reason where it is none, or two. */
  instant(localUs: number): number | string {
    const quarter = Math.floor(localUs / QUARTER_US);
    let offset = this.#offsets.get(quarter);
    if (offset === undefined) {
      if (this.#offsets.size >= QUARTERS_MAX) this.#offsets.clear();
      this.#offsets.set(quarter, offset = this.#offsetOf(quarter * QUARTER_US));
    }
    return typeof offset === "string" ? offset : localUs - offset;
  }

  /** The local time of an instant, both in microseconds. */
  local(us: number): number {
    return us + this.#offsetAt(us);
  }

  #offsetOf(localUs: number): number | string {
    const day = 86_400_000_000;
    const offsets = [this.#offsetAt(localUs - day), this.#offsetAt(localUs + day)];
    const fitting = new Set(
      offsets.filter((offset) => this.#offsetAt(localUs - offset) === offset),
    );
    const [only] = fitting;
    if (only !== undefined && fitting.size === 1) return only;
    return only === undefined
      ? `must be a time that exists in ${this.name}: clocks went forward over it`
      : `must say which: it was twice in ${this.name}, when clocks went back; write an offset`;
  }

  /** Local time less UTC, in microseconds, at an instant. */
  #offsetAt(us: number): number {
    const ms = Math.floor(us / 1000);
    const of: Record<string, string> = {};
    for (const { type, value } of this.#format.formatToParts(ms)) of[type] = value;
    const [year, month, day, hour, minute, second] = [
      ...["year", "month", "day", "hour", "minute", "second"].map((name) => Number(of[name])),
    ] as [number, number, number, number, number, number];
    const local = Date.UTC(year, month - 1, day, hour, minute, second);
    return (local - Math.floor(ms / 1000) * 1000) * 1000;
  }
}
