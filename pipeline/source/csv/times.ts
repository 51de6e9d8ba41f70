/** The times of a file's rows as instants. @module */
import type { Column } from "../../datasets/dataset.ts";
import { dayOf, midnightOf, readTime, type TimeStyle } from "./time.ts";
import type { Zone } from "./zone.ts";

/** How the times of a file are read. */
export interface TimesOf {
  readonly times: TimeStyle;
  readonly zone: Zone | undefined;
  /** Whether only the day counts that is written. */
  readonly ofDays: boolean;
}

/** More than microseconds: as a fraction, or in nanoseconds since 1970. */
const FINER = /[.,]\d{6}\d*[1-9]|^\d{16}(?!000$)\d{3}$/;
const REMEMBERED_MAX = 50_000;
/** After so many times it is seen whether they repeat, and at least this share must. */
const TRIAL = 10_000;
const REPEATED_MIN = 0.2;

/** Reads times. Those of bars repeat, symbol by symbol: they are remembered. */
export class TimeReader {
  readonly #of: TimesOf;
  readonly #known = new Map<string, number | string>();
  /** Times that are finer than a microsecond, of which the rest is cut, and the first of them. */
  readonly finer = { count: 0, first: "" };
  #asked = 0;
  #repeated = 0;

  constructor(of: TimesOf) {
    this.#of = of;
  }

  /** Microseconds since 1970 UTC, or why the cell is none. */
  read(cell: string): number | string {
    if (this.#asked > TRIAL && this.#repeated < REPEATED_MIN * TRIAL) return this.#instant(cell);
    const known = this.#known.get(cell);
    if (this.#asked <= TRIAL) this.#asked++;
    if (known !== undefined) {
      this.#repeated++;
      return known;
    }
    if (this.#known.size >= REMEMBERED_MAX) this.#known.clear();
    const time = this.#instant(cell);
    this.#known.set(cell, time);
    return time;
  }

  #instant(cell: string): number | string {
    const { times, zone, ofDays } = this.#of;
    const time = readTime(cell, times);
    if (typeof time === "string") return time;
    if (FINER.test(cell) && !ofDays && this.finer.count++ === 0) this.finer.first = cell;
    const { localUs, offsetUs, clock } = time;
    if (ofDays) {
      // Neither a count since 1970 nor a time of UTC shows the day: the zone does.
      const ofUtc = offsetUs === 0 && clock && zone !== undefined;
      return midnightOf(ofUtc ? zone.local(localUs) : localUs);
    }
    if (offsetUs === undefined) return zone === undefined ? localUs : zone.instant(localUs);
    return Number.isNaN(offsetUs)
      ? "must have an offset such as -05:00: names of zones are not clear"
      : localUs - offsetUs;
  }
}

/** Why a time is none that the column can hold; undefined if it can. */
export function timeReason(time: number | string, { type }: Column): string | undefined {
  if (typeof time === "string") return time;
  return type.kind === "date" && dayOf(time) === undefined
    ? "must be a day, without a time"
    : undefined;
}
