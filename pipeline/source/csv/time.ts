/** Days and times as CSV files write them. @module */

/** How a file writes days as `03/04/2024`: month first or day first. */
export type DateOrder = "mdy" | "dmy";

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$/i;
const SLASHED = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})(.*)$/;
const EPOCH = /^(-?)(\d{1,19})(?:\.(\d{1,9}))?$/;
const DAY_DIGITS = /^(1[89]|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/;
const US_PER_S = 1_000_000;

/** A time in microseconds since 1970 UTC, or why the text is none. */
export type TimeOrReason = number | string;

/**
 * Reads ISO 8601 (UTC unless it names an offset) and counts since 1970 UTC, whose unit follows from
 * their size: seconds, milliseconds, microseconds or nanoseconds. A reason starts with "must".
 */
export function parseTime(text: string, order?: DateOrder): TimeOrReason {
  const iso = ISO.exec(text);
  if (iso) return isoTime(iso);
  if (DAY_DIGITS.test(text)) return "must be YYYY-MM-DD: eight digits could be a day or seconds";
  const epoch = EPOCH.exec(text);
  if (epoch) return epochTime(epoch[1] ?? "", epoch[2] ?? "", epoch[3]);
  const slashed = SLASHED.exec(text);
  if (!slashed) return "must be YYYY-MM-DD, an ISO 8601 time, or a count since 1970 UTC";
  if (!order) return "must be YYYY-MM-DD, or the order of day and month be named (mdy or dmy)";
  const [first = "", second = ""] = [slashed[1], slashed[2]].map((s) => s?.padStart(2, "0"));
  const [month, day] = order === "mdy" ? [first, second] : [second, first];
  const again = ISO.exec(`${slashed[3]}-${month}-${day}${slashed[4] ?? ""}`);
  return again ? isoTime(again) : `must be a day that exists, written ${order}`;
}

function isoTime(match: RegExpExecArray): TimeOrReason {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7)
    .map((part) => Number(part ?? 0));
  const ms = Date.UTC(year, month - 1, day);
  const date = new Date(ms);
  if (year < 1000 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    return "must be a day that exists";
  }
  if (hour > 23 || minute > 59 || second > 59) return "must be a time of day that exists";
  const us = Number((match[7] ?? "").padEnd(6, "0").slice(0, 6));
  const seconds = hour * 3600 + minute * 60 + second - offsetSeconds(match[8]);
  return (ms / 1000 + seconds) * US_PER_S + us;
}

function offsetSeconds(zone: string | undefined): number {
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(zone ?? "");
  if (!match) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60;
  return match[1] === "-" ? -seconds : seconds;
}

function epochTime(sign: string, digits: string, fraction: string | undefined): TimeOrReason {
  // Seconds have up to 11 digits until the year 5138; each finer unit has three more.
  const perUnit = digits.length <= 11 ? US_PER_S : digits.length <= 14 ? 1000 : 1;
  if (digits.length > 17) return Number(BigInt(sign + digits) / 1000n);
  const whole = Number(digits) * perUnit;
  const us = whole + Math.trunc(Number(`0.${fraction ?? 0}`) * perUnit + 1e-6);
  if (!Number.isSafeInteger(us)) return "must be a time that a clock can show";
  return sign === "" ? us : -us;
}

/** The day as YYYY-MM-DD of a time at midnight; undefined for any other time. */
export function dayOf(us: number): string | undefined {
  if (us % (86_400 * US_PER_S) !== 0) return undefined;
  return new Date(us / 1000).toISOString().slice(0, 10);
}
