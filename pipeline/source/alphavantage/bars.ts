/** Bars, splits and dividends out of Alpha Vantage's series. @module */
import { Zone } from "../../calendar/zone.ts";
import { isDay } from "../../day.ts";
import { agreed } from "../../history/bar.ts";
import type { FetchedAction, FetchedBar } from "../../history/provider.ts";
import { isDated } from "../../history/time.ts";
import type { Range } from "../../metadata/range.ts";
import { valueText } from "../../provider/answer.ts";
import type { RefusedRecord } from "../source.ts";
import type { SeriesAnswer } from "./answer.ts";

/** What of the rows is wanted. */
export interface RowsAsked extends Range {
  readonly symbol: string;
  readonly interval: string;
  /** Whether rows have what days are adjusted by. */
  readonly isAdjusted: boolean;
  /** That the times are of. */
  readonly zone: string;
}

/** What was in the rows. */
export interface SeriesBars {
  /** Ascending, each once; rows of one time that differ are refused. */
  readonly bars: readonly FetchedBar[];
  readonly refused: readonly RefusedRecord[];
  readonly actions: readonly FetchedAction[];
}

/** Where the figures of a row stand. */
const RAW = {
  ...{ open: "1. open", high: "2. high", low: "3. low", close: "4. close" },
  volume: "5. volume",
} as const;
const ADJUSTED = {
  ...RAW,
  ...{ adjClose: "5. adjusted close", volume: "6. volume" },
  ...{ dividend: "7. dividend amount", split: "8. split coefficient" },
} as const;

const RAW_NAMES = Object.values(RAW);
const ADJUSTED_NAMES = Object.values(ADJUSTED);
const NUMBER = /^-?\d{1,20}(\.\d{1,20})?$/;
const DAY_MS = 86_400_000;

/** The rows of the range as bars; what is none is refused, and what is around it kept. */
export function barsOf({ rows }: SeriesAnswer, asked: RowsAsked): SeriesBars {
  const { fromUs, toUs, interval, isAdjusted } = asked;
  const times = new Times(interval, asked.zone);
  const found = new Map<FetchedBar, readonly [at: string, cells: unknown]>();
  const refused: RefusedRecord[] = [];
  const actions: FetchedAction[] = [];
  // Newest come first.
  for (let i = rows.length - 1; i >= 0; i--) {
    const [at, cells] = rows[i] ?? ["", null];
    const openUs = times.of(at);
    if (openUs !== undefined && !(openUs >= fromUs && openUs < toUs)) continue;
    const fault = openUs === undefined
      ? `${valueText(at)} is no ${isDated(interval) ? "day" : "time"}`
      : faultOf(cells, isAdjusted);
    if (openUs === undefined || fault !== undefined) {
      refused.push(refusal(asked, at, cells, fault ?? ""));
      continue;
    }
    const row = cells as Readonly<Record<string, string>>;
    found.set(barOf(row, openUs, isAdjusted), [at, cells]);
    if (isAdjusted) actions.push(...actionsOf(row, at));
  }
  const { bars, disputed } = agreed([...found.keys()]);
  for (const bar of disputed) {
    const [at, cells] = found.get(bar) ?? ["", null];
    const fault = `${valueText(at)} is not the only row of its time, and another has other figures`;
    refused.push(refusal(asked, at, cells, fault));
  }
  return { bars, refused, actions };
}

function barOf(row: Readonly<Record<string, string>>, openUs: number, isAdjusted: boolean) {
  return {
    openUs,
    open: row[RAW.open] ?? "",
    high: row[RAW.high] ?? "",
    low: row[RAW.low] ?? "",
    close: row[RAW.close] ?? "",
    adjClose: isAdjusted ? row[ADJUSTED.adjClose] ?? null : null,
    volume: row[isAdjusted ? ADJUSTED.volume : RAW.volume] ?? null,
  };
}

/** What the row says besides: 0 and 1 say that there was none. */
function actionsOf(row: Readonly<Record<string, string>>, exDate: string): FetchedAction[] {
  const [dividend = "0", split = "1"] = [row[ADJUSTED.dividend], row[ADJUSTED.split]];
  const found: FetchedAction[] = [];
  if (Number(dividend) > 0) {
    found.push({ exDate, kind: "dividend", amount: dividend, currency: null });
  }
  if (Number(split) !== 1) found.push({ exDate, kind: "split", amount: split, currency: null });
  return found;
}

function faultOf(cells: unknown, isAdjusted: boolean): string | undefined {
  if (typeof cells !== "object" || cells === null || Array.isArray(cells)) {
    return `${valueText(cells)} is no row`;
  }
  for (const name of isAdjusted ? ADJUSTED_NAMES : RAW_NAMES) {
    const value = (cells as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) return `${name} is missing`;
    if (typeof value !== "string" || !NUMBER.test(value)) {
      return `${name} is ${valueText(value)}: no number in digits`;
    }
  }
  const split = isAdjusted ? (cells as Record<string, string>)[ADJUSTED.split] : "1";
  return Number(split) > 0
    ? undefined
    : `${ADJUSTED.split} is ${valueText(split)}: must be above 0`;
}

function refusal(
  { symbol, interval }: RowsAsked,
  at: string,
  cells: unknown,
  fault: string,
): RefusedRecord {
  return {
    at: `row ${valueText(at)} of ${symbol}`,
    reason: `alphavantage ${symbol} ${interval}: ${fault}`,
    raw: new TextEncoder().encode(JSON.stringify({ [at]: cells })),
  };
}

/** Minutes into the day of `YYYY-MM-DD HH:MM:00`; undefined for what is none. */
function minuteOf(at: string): number | undefined {
  if (at.length !== 19 || at[10] !== " " || !at.endsWith(":00") || at[13] !== ":") return undefined;
  const [hour, minute] = [digits(at, 11), digits(at, 14)];
  return hour < 24 && minute < 60 ? hour * 60 + minute : undefined;
}

/** The two digits there; NaN for what is none. */
function digits(text: string, at: number): number {
  const [tens, ones] = [text.charCodeAt(at) - 48, text.charCodeAt(at + 1) - 48];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

/** Zones keep what they were asked; there are not many. */
const zones = new Map<string, Zone>();
const ZONES_MAX = 32;

function zoneOf(name: string): Zone {
  const zone = zones.get(name) ?? new Zone(name);
  if (zones.size < ZONES_MAX) zones.set(name, zone);
  return zone;
}

/** Texts of times as where bars begin. */
class Times {
  readonly #interval: string;
  readonly #zone: Zone;
  /** The day that was asked last: those of a series come together. */
  #text = "";
  #last: number | undefined;

  constructor(interval: string, zone: string) {
    this.#interval = interval;
    this.#zone = zoneOf(zone);
  }

  /** Microseconds since 1970; undefined for what is no time. */
  of(at: string): number | undefined {
    if (this.#text.length < 10 || !at.startsWith(this.#text)) {
      this.#text = at.slice(0, 10);
      this.#last = this.#day(this.#text);
    }
    const day = this.#last;
    if (day === undefined) return undefined;
    if (isDated(this.#interval)) return at.length === 10 ? this.#begin(day) : undefined;
    const minute = minuteOf(at);
    return minute === undefined ? undefined : this.#zone.timeUs(day, minute);
  }

  /** Days since 1970. */
  #day(text: string): number | undefined {
    return /^(19|2[01])/.test(text) && isDay(text) ? Date.parse(text) / DAY_MS : undefined;
  }

  /** Weeks and months come by their last day. */
  #begin(day: number): number {
    if (this.#interval === "1wk") return (day - (day + 3) % 7) * DAY_MS * 1000;
    const date = new Date(day * DAY_MS);
    return this.#interval === "1mo"
      ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) * 1000
      : day * DAY_MS * 1000;
  }
}
