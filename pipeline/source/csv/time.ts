/** Days and times as files write them. @module */

/** How a file writes days as `03/04/2024`: month first or day first. */
export type DateOrder = "mdy" | "dmy";

/** What a number in a column of times counts. */
export type NumberKind = "excel" | "yyyymm" | "yyyymmdd" | "s" | "ms" | "us" | "ns";

/** The kinds by name, as `--time-format` takes them. */
export const NUMBER_KINDS: readonly NumberKind[] = [
  ...["excel", "yyyymm", "yyyymmdd", "s", "ms", "us", "ns"] as const,
];

/** A time as it is written. */
export interface Written {
  /** Of the clock and calendar that the text shows, in microseconds, as if it were UTC. */
  readonly localUs: number;
  /** What the text says is to be taken off for UTC, in microseconds; undefined if it says nothing. */
  readonly offsetUs: number | undefined;
  /** Whether the text has a time of day. */
  readonly clock: boolean;
}

/** How cells are read. */
export interface TimeStyle {
  /** What numbers count. Undefined: numbers are no times. "digits": since 1970, the unit by size. */
  readonly numbers?: NumberKind | "digits" | undefined;
  readonly order?: DateOrder | undefined;
  /** The same of days with points, such as 3.4.2024. */
  readonly dotOrder?: DateOrder | undefined;
  /** Reads all cells, in place of what is known here. */
  readonly pattern?: RegExp | undefined;
}

const DAY_US = 86_400_000_000;
const US_PER_S = 1_000_000;
const CLOCK = String
  .raw`(?:[T, ]\s*(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(AM|PM)?\s?(Z|UTC|GMT|[A-Z]{3,4}|[+-]\d\d(?::?\d\d)?)?)?`;
const YMD = new RegExp(String.raw`^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})${CLOCK}$`, "i");
const NAMED = new RegExp(
  String
    .raw`^(?:[A-Z]{2,9}\.?,? )?(?:(\d{1,2})\.?[- /]?([A-Zä]{3,9})\.?|([A-Zä]{3,9})\.? (\d{1,2}))(?:,? |[-/])(\d{4}|\d\d)${CLOCK}$`,
  "i",
);
const SLASHED = new RegExp(
  String.raw`^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d\d)${CLOCK}$`,
  "i",
);
const COMPACT = /^(\d{4})(\d\d)(\d\d)(?:(?:T| *)(\d\d):?(\d\d)(?::?(\d\d))?)$/;
const LONG_DIGITS = /^(19|20)\d{10}(\d\d)?$/;
const DIGITS = /^([+-]?)(\d{1,19})(?:\.(\d{1,16}))?$/;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const OTHER_MONTHS: Readonly<Record<string, number>> = {
  ...{ "mär": 3, maer: 3, mai: 5, okt: 10, dez: 12 },
};

/** Reads a cell; a reason for what is no time begins with "must". */
export function readTime(cell: string, style: TimeStyle): Written | string {
  if (style.pattern) return readPattern(cell, style.pattern);
  const number = DIGITS.exec(cell);
  const long = LONG_DIGITS.test(cell) ? COMPACT.exec(cell) : null;
  // 14 or 12 digits that begin with a year are no count of this time.
  if (long && typeof style.numbers !== "string") return written(long.slice(1, 4), long.slice(4));
  if (long && style.numbers === "digits" && unitOf("", cell) === undefined) {
    return written(long.slice(1, 4), long.slice(4));
  }
  if (number) return readDigits(cell, number, style.numbers);
  const ymd = YMD.exec(cell);
  if (ymd) return written([ymd[1], ymd[3], ymd[4]], ymd.slice(5));
  const compact = COMPACT.exec(cell);
  if (compact) return written(compact.slice(1, 4), compact.slice(4));
  const named = NAMED.exec(cell);
  if (named) {
    const month = monthOf(named[2] ?? named[3] ?? "");
    if (month === undefined) return "must be a day, its month by an English or German name";
    return written([named[5], String(month), named[1] ?? named[4]], named.slice(6));
  }
  const slashed = SLASHED.exec(cell);
  if (slashed) return readSlashed(slashed, slashed[2] === "." ? style.dotOrder : style.order);
  return "must be YYYY-MM-DD, an ISO 8601 time, or a count since 1970 UTC";
}

/** The order that a cell such as 1/15/2020 has beyond doubt; undefined if it has none. */
export function orderOf(cell: string): DateOrder | undefined {
  const [, first, , second, year] = SLASHED.exec(cell) ?? [];
  // A year of two digits may stand first.
  if (year === undefined || year.length === 2 && Number(year) <= 31) return undefined;
  if (Number(first) > 12) return Number(second) > 12 ? undefined : "dmy";
  return Number(second) > 12 ? "mdy" : undefined;
}

/** Whether the cell is a day whose order must be known: `mark` is what stands between its parts. */
export function needsOrder(cell: string, mark: "." | "/"): boolean {
  const found = SLASHED.exec(cell)?.[2];
  return found !== undefined && (found === ".") === (mark === ".");
}

/** A day as YYYY-MM-DD of a time at midnight; undefined for any other time. */
export function dayOf(us: number): string | undefined {
  if (us % DAY_US !== 0) return undefined;
  return new Date(us / 1000).toISOString().slice(0, 10);
}

/** Midnight of the day. */
export function midnightOf(localUs: number): number {
  return Math.floor(localUs / DAY_US) * DAY_US;
}

/**
 * The pattern of strptime as one that matches whole cells. Knows %Y %y %m %d %e %b %B %H %I %M %S %f
 * %p %z %j and %%; undefined for another.
 */
export function strptime(pattern: string): RegExp | undefined {
  const of: Readonly<Record<string, string>> = {
    Y: "(?<Y>\\d{4})",
    y: "(?<y>\\d\\d)",
    m: "(?<m>\\d{1,2})",
    d: "(?<d>\\d{1,2})",
    e: " ?(?<d>\\d{1,2})",
    j: "(?<j>\\d{1,3})",
    b: "(?<b>[A-Za-zä]{3,9})\\.?",
    B: "(?<b>[A-Za-zä]{3,9})",
    H: "(?<H>\\d{1,2})",
    I: "(?<H>\\d{1,2})",
    M: "(?<M>\\d{1,2})",
    S: "(?<S>\\d{1,2})",
    f: "(?<f>\\d{1,9})",
    p: "(?<p>AM|PM)",
    z: "(?<z>Z|[+-]\\d\\d(?::?\\d\\d)?)",
    "%": "%",
  };
  let unknown = false;
  const text = pattern.replaceAll(/%(.)|[^%]+|%/gs, (piece, letter?: string) => {
    if (letter === undefined) return RegExp.escape(piece);
    unknown ||= of[letter] === undefined;
    return of[letter] ?? "";
  });
  try {
    // Without a year, or half of the day, it says no time.
    const whole = /%[Yy]/.test(pattern) && (!pattern.includes("%I") || pattern.includes("%p"));
    return unknown || !whole ? undefined : new RegExp(`^${text}$`, "i");
  } catch {
    return undefined; // Something stands in it twice.
  }
}

function readPattern(cell: string, pattern: RegExp): Written | string {
  const found = pattern.exec(cell)?.groups;
  if (!found) return "must be as --time-format says";
  const { Y, y, m, d, j, b, H, M, S, f, p, z } = found;
  const month = b === undefined ? m ?? "1" : String(monthOf(b) ?? 0);
  const clock = H === undefined ? [] : [H, M ?? "00", S, f, p, z];
  const day = written([Y ?? y ?? "1970", month, j === undefined ? d ?? "1" : "1"], clock);
  if (typeof day === "string" || j === undefined) return day;
  return { ...day, localUs: day.localUs + (Number(j) - 1) * DAY_US };
}

function readSlashed(match: RegExpExecArray, told: DateOrder | undefined): Written | string {
  const [, first, , second, year] = match;
  const order = told ?? orderOf(match[0]);
  if (!order) {
    return "must be YYYY-MM-DD, or the order of day and month be told: --date-order mdy or dmy";
  }
  const parts = order === "mdy" ? [year, first, second] : [year, second, first];
  const day = written(parts, match.slice(5));
  return day === NO_DAY ? `must be a day that exists, written ${order}` : day;
}

const OPEN_YEAR = "must have a year of four digits: it can be of two centuries";
const NO_DAY = "must be a day that exists";
const NO_CLOCK = "must be a time of day that exists";

/** From year, month, day, and hour, minute, second, fraction, AM or PM, and zone. */
function written(
  [year = "", month, day]: readonly (string | undefined)[],
  [hour, minute, second, fraction, half, zone]: readonly (string | undefined)[],
): Written | string {
  // Years of two digits are those from 1970 to 2039; others may be of either century.
  if (year.length === 2 && Number(year) >= 40 && Number(year) < 70) return OPEN_YEAR;
  const short = year.length === 2 ? (Number(year) >= 70 ? 1900 : 2000) : 0;
  const y = Number(year) + short;
  const ms = Date.UTC(y, Number(month) - 1, Number(day));
  const date = new Date(ms);
  const real = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  if (y < 1000 || !real) return NO_DAY;
  if (hour === undefined) return { localUs: ms * 1000, offsetUs: undefined, clock: false };
  let h = Number(hour);
  if (half !== undefined) {
    if (h < 1 || h > 12) return NO_CLOCK;
    h = h % 12 + (half.toUpperCase() === "PM" ? 12 : 0);
  }
  if (h > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return NO_CLOCK;
  const offsetUs = offsetOf(zone);
  if (typeof offsetUs === "string") return offsetUs;
  const us = Number((fraction ?? "").padEnd(6, "0").slice(0, 6));
  const seconds = h * 3600 + Number(minute) * 60 + Number(second ?? 0);
  return { localUs: ms * 1000 + seconds * US_PER_S + us, offsetUs, clock: true };
}

/** NaN for a name such as EST, which says of a day nothing that matters, and of an instant too little. */
function offsetOf(zone: string | undefined): number | undefined | string {
  if (zone === undefined) return undefined;
  if (/^(Z|UTC|GMT)$/i.test(zone)) return 0;
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  if (!match) return NaN;
  const us = (Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60) * US_PER_S;
  return match[1] === "-" ? -us : us;
}

function monthOf(name: string): number | undefined {
  const short = name.toLowerCase();
  const index = MONTHS.indexOf(short.slice(0, 3));
  return index >= 0 ? index + 1 : OTHER_MONTHS[short.slice(0, 3)];
}

function readDigits(
  cell: string,
  [, sign = "", digits = "", fraction]: RegExpExecArray,
  told: TimeStyle["numbers"],
): Written | string {
  const kind = told === "digits" ? unitOf(sign, digits) : told;
  switch (kind) {
    case undefined:
      return "must say what it is: a number can be a day of Excel (--time-format excel), a month " +
        "(yyyymm), a day (yyyymmdd), or a count since 1970 UTC (s, ms, us or ns)";
    case "yyyymmdd": {
      const zeros = fraction === undefined || /^0+$/.test(fraction);
      if (sign || digits.length !== 8 || !zeros) return "must be a day as yyyymmdd";
      return written([digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)], []);
    }
    case "yyyymm": {
      const zeros = fraction === undefined || /^0+$/.test(fraction);
      if (sign || digits.length !== 6 || !zeros) return "must be a month as yyyymm";
      return written([digits.slice(0, 4), digits.slice(4), "1"], []);
    }
    case "excel": {
      const days = Number(cell);
      // Before March 1900 it counts a day that never was.
      if (days < 61 || days > 2_958_465) return "must be a day of Excel, from 61 (1900-03-01) on";
      const us = Math.round((days - 25_569) * 86_400_000) * 1000;
      return { localUs: us, offsetUs: undefined, clock: us % DAY_US !== 0 };
    }
    default:
      return epoch(sign, digits, fraction, kind);
  }
}

/**
 * The unit in which the number is a time from 2001-09-09 to 2033-05-18, those of ten digits in
 * seconds; undefined if there is none: what is older can be the count of another epoch.
 */
function unitOf(sign: string, digits: string): NumberKind | undefined {
  if (sign === "-") return undefined;
  const value = Number(digits);
  const units = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 } as const;
  for (const unit of ["s", "ms", "us", "ns"] as const) {
    const seconds = value / units[unit];
    if (seconds >= 1_000_000_000 && seconds < 2_000_000_000) return unit;
  }
  return undefined;
}

function epoch(
  sign: string,
  digits: string,
  fraction: string | undefined,
  unit: "s" | "ms" | "us" | "ns",
): Written | string {
  const perUnit = { s: US_PER_S, ms: 1000, us: 1, ns: 0 }[unit];
  const whole = unit === "ns" ? Number(BigInt(digits) / 1000n) : Number(digits) * perUnit;
  const us = whole + Math.trunc(Number(`0.${fraction ?? 0}`) * perUnit + 1e-6);
  if (!Number.isSafeInteger(us)) return "must be a time that a clock can show";
  return { localUs: sign === "-" ? -us : us, offsetUs: 0, clock: true };
}
