/**
 * What of a chart is asked for, and what Yahoo refuses.
 * @module
 */
import { type Answer, json } from "../world/world.ts";

/** A request that is in order. */
export interface Asked {
  /** As it is answered: 60m is 1h. */
  readonly interval: string;
  /** As it was given. */
  readonly range: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly prePost: boolean;
}

/** Minutes of the intervals below a day. */
export const MINUTES_OF: Readonly<Record<string, number>> = {
  ...{ "1m": 1, "2m": 2, "5m": 5, "15m": 15, "30m": 30, "60m": 60, "90m": 90, "1h": 60 },
};

/** Days of the others, about. */
export const DAYS_OF: Readonly<Record<string, number>> = {
  ...{ "1d": 1, "5d": 5, "1wk": 7, "1mo": 30, "3mo": 91 },
};

/** Ranges by name, in trading days or else in calendar months. */
export const RANGES = ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"];
const MONTHS: Readonly<Record<string, number>> = {
  ...{ "1mo": 1, "3mo": 3, "6mo": 6, "1y": 12, "2y": 24, "5y": 60, "10y": 120 },
};

const DAY_MS = 86_400_000;
/** Days back that minutes are kept. */
const KEPT: Readonly<Record<string, number>> = {
  ...{ "1m": 30, "2m": 60, "5m": 60, "15m": 60, "30m": 60, "90m": 60, "60m": 730, "1h": 730 },
};
/** Days of minutes in one answer. */
const MINUTE_DAYS_MAX = 8;

/** The request, or the answer that refuses it. */
export function checkedRange(
  query: URLSearchParams,
  nowMs: number,
  firstMs: number,
  backBy: (days: number) => number,
): Asked | Answer {
  const interval = query.get("interval") ?? "1d";
  if (!(interval in MINUTES_OF) && !(interval in DAYS_OF)) {
    const all = [...Object.keys(MINUTES_OF), ...Object.keys(DAYS_OF)].join(", ");
    return badRequest(
      `Invalid input - interval=${interval} is not supported. Valid intervals: [${all}]`,
    );
  }
  const range = query.get("range") ?? "";
  const [given, until] = [query.get("period1"), query.get("period2")];
  const byRange = given === null;
  const name = range || "1d";
  if (byRange && !RANGES.includes(name)) {
    return badRequest(
      `Invalid input - range=${name} is not supported. Valid ranges: [${RANGES.join(", ")}]`,
    );
  }
  const fromMs = byRange ? rangeStart(name, nowMs, firstMs, backBy) : Number(given) * 1000;
  const toMs = byRange || until === null ? nowMs + 1 : Number(until) * 1000;
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs) || given === "" || until === "") {
    return badRequest("Invalid input - startTime or endTime is not a number");
  }
  if (fromMs >= toMs) {
    const [from, to] = [fromMs / 1000, toMs / 1000];
    return badRequest(
      `Invalid input - start date cannot be after end date. startDate = ${from}, endDate = ${to}`,
    );
  }
  const asked = {
    interval,
    range: byRange ? name : "",
    fromMs: Math.max(fromMs, firstMs - DAY_MS),
    toMs,
    prePost: query.get("includePrePost") === "true",
  };
  return tooFar(asked, fromMs, nowMs) ?? asked;
}

function rangeStart(
  range: string,
  nowMs: number,
  firstMs: number,
  backBy: (days: number) => number,
): number {
  if (range === "1d") return backBy(1);
  if (range === "5d") return backBy(5);
  if (range === "max") return firstMs;
  const now = new Date(nowMs);
  if (range === "ytd") return Date.UTC(now.getUTCFullYear(), 0, 1);
  const months = MONTHS[range] ?? 1;
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, now.getUTCDate());
}

function tooFar({ interval, toMs }: Asked, fromMs: number, nowMs: number): Answer | undefined {
  const kept = KEPT[interval];
  if (kept === undefined) return undefined;
  const [from, to] = [Math.floor(fromMs / 1000), Math.floor(toMs / 1000)];
  const head = `${interval} data not available for startTime=${from} and endTime=${to}.`;
  // A range of a day or five reaches back over holidays.
  if (fromMs < nowMs - kept * DAY_MS) {
    return unprocessable(`${head} The requested range must be within the last ${kept} days.`);
  }
  if (interval !== "1m" || toMs - fromMs <= MINUTE_DAYS_MAX * DAY_MS) return undefined;
  return unprocessable(
    `${head} Only ${MINUTE_DAYS_MAX} days worth of 1m granularity data are allowed to be fetched ` +
      "per request.",
  );
}

/** 400, as Yahoo says it. */
export function badRequest(description: string): Answer {
  return refusedWith(400, "Bad Request", description);
}

function unprocessable(description: string): Answer {
  return refusedWith(422, "Unprocessable Entity", description);
}

/** An error in the chart's own shape. */
export function refusedWith(status: number, code: string, description: string): Answer {
  return json({ chart: { result: null, error: { code, description } } }, status);
}
