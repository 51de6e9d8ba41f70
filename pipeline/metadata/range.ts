/** Half-open ranges of time. @module */
import { isDay } from "../day.ts";
import { TickhouseError } from "../errors.ts";

/** From, up to and not including, to: microseconds since 1970 UTC. */
export interface Range {
  /** The first moment, microseconds since 1970 UTC. */
  readonly fromUs: number;
  /** The moment after the last. */
  readonly toUs: number;
}

/** What of the range is in none of the holes, ascending. */
export function subtract<R extends Range>({ fromUs, toUs }: Range, holes: readonly R[]): Range[] {
  const rest: Range[] = [];
  let at = fromUs;
  for (const hole of [...holes].sort((a, b) => a.fromUs - b.fromUs)) {
    if (hole.toUs <= at || hole.fromUs >= toUs) continue;
    if (hole.fromUs > at) rest.push({ fromUs: at, toUs: hole.fromUs });
    at = hole.toUs;
  }
  if (at < toUs) rest.push({ fromUs: at, toUs });
  return rest;
}

/** What both have; empty ranges have none. */
export function intersection(a: Range, b: Range): Range {
  return { fromUs: Math.max(a.fromUs, b.fromUs), toUs: Math.min(a.toUs, b.toUs) };
}

/** Whether they overlap, or one begins where the other ends. */
export function touches(a: Range, b: Range): boolean {
  return a.fromUs <= b.toUs && b.fromUs <= a.toUs;
}

/** The range alone. Throws `RANGE_INVALID` unless it has whole microseconds and holds some. */
export function checkedRange({ fromUs, toUs }: Range): Range {
  if (Number.isSafeInteger(fromUs) && Number.isSafeInteger(toUs) && fromUs < toUs) {
    return { fromUs, toUs };
  }
  throw new TickhouseError("RANGE_INVALID", "is no range of whole microseconds", {
    field: "range",
    value: `${fromUs} to ${toUs}`,
    fix: "let it begin before it ends",
  });
}

/** The time. Throws `RANGE_INVALID` unless it is whole microseconds. */
export function checkedTime(field: string, us: number): number {
  if (Number.isSafeInteger(us)) return us;
  throw new TickhouseError("RANGE_INVALID", "is no time in whole microseconds", {
    field,
    value: us,
    fix: "use microseconds since 1970, rounded",
  });
}

/** The day. Throws `RANGE_INVALID` unless there is such a day, written `YYYY-MM-DD`. */
export function checkedDay(field: string, day: string): string {
  if (isDay(day)) return day;
  throw new TickhouseError("RANGE_INVALID", "is no day", {
    field,
    value: day,
    fix: "write it as 2026-11-27",
  });
}
