/** What is counted of a range of offsets. @module */
import type { Dataset } from "../datasets/dataset.ts";
import { type Dialect, identifier } from "../sql/names.ts";
import type { Cell, Result } from "../sql/session.ts";
import { addHashes, NO_HASH, rowHash, toHash } from "./row_hash.ts";

/** What a side holds in a range of offsets. */
export interface Contents {
  /** Rows; for the broker, records, valid or not. */
  readonly rows: number;
  /** Different offsets among them. */
  readonly distinct: number;
  /** Least and greatest offset; null if there are no rows. */
  readonly first: number | null;
  /** As `first`. */
  readonly last: number | null;
  /** Over all columns of the valid rows, in whatever order they are; see `rowHash`. */
  readonly hash: string;
  /** Sums of the dataset's key columns over valid rows, as exact decimals. */
  readonly sums: Readonly<Record<string, string>>;
  /** Valid rows by the day of their event time, UTC, such as `2026-03-02`. */
  readonly days: Readonly<Record<string, Day>>;
}

/** What a side holds of one day. */
export interface Day {
  /** Valid rows. */
  readonly rows: number;
  /** Least and greatest offset; null if there are no rows. */
  readonly first: number | null;
  /** As `first`. */
  readonly last: number | null;
  /** Over all columns of the rows; see `rowHash`. */
  readonly hash: string;
  /** Of the dataset's key columns, as exact decimals. */
  readonly sums: Readonly<Record<string, string>>;
}

/** An empty range. */
export const NOTHING: Contents = {
  rows: 0,
  distinct: 0,
  first: null,
  last: null,
  hash: NO_HASH,
  sums: {},
  days: {},
};

/** Nothing of a day. */
export const NO_DAY: Day = { rows: 0, first: null, last: null, hash: NO_HASH, sums: {} };

/** How `measure` counts. */
export interface Measuring {
  /** Of the engine that counts. */
  readonly dialect: Dialect;
  /** Whether offsets can't repeat, so that different ones need not be counted. */
  readonly isDistinct?: boolean;
}

/** Counts what `from` gives, a FROM clause with its conditions: a row a day, and one of all. */
export function measure(
  dataset: Dataset,
  from: string,
  { dialect, isDistinct = false }: Measuring,
): string {
  const counts = [
    "count(*)",
    isDistinct ? "count(_offset)" : "count(DISTINCT _offset)",
    "min(_offset)",
    "max(_offset)",
    ...["_hash", ...dataset.sums.map(identifier)].map((name) =>
      `CAST(coalesce(sum(${name}), 0) AS VARCHAR)`
    ),
  ];
  return `SELECT GROUPING(_day), CAST(_day AS VARCHAR), ${counts.join(", ")}
    FROM (SELECT *, CAST(${identifier(dataset.eventTime)} AS DATE) AS _day,
      ${rowHash(dataset, dialect)} AS _hash FROM ${from}) AS counted
    GROUP BY GROUPING SETS ((), (_day))`;
}

/** Reads the rows of `measure`. */
export function toContents(result: Result, dataset: Dataset): Contents {
  const days: Record<string, Day> = {};
  let whole = NOTHING;
  for (const [isWhole, day, rows, distinct, first, last, hash, ...cells] of result.rows) {
    const sums = Object.fromEntries(dataset.sums.map((name, i) => [name, String(cells[i])]));
    const found = {
      rows: Number(rows),
      first: toOffset(first),
      last: toOffset(last),
      hash: toHash(String(hash)),
      sums,
    };
    if (Number(isWhole) === 1) whole = { ...found, distinct: Number(distinct), days };
    else days[String(day ?? "without a day")] = found;
  }
  return { ...whole, days };
}

function toOffset(cell: Cell | undefined): number | null {
  return cell === null || cell === undefined ? null : Number(cell);
}

/** Both together; `b` follows `a`. */
export function addContents(a: Contents, b: Contents): Contents {
  const days = { ...a.days };
  for (const [day, more] of Object.entries(b.days)) days[day] = addDays(days[day] ?? NO_DAY, more);
  return { ...addDays(a, b), distinct: a.distinct + b.distinct, days };
}

function addDays(a: Day, b: Day): Day {
  return {
    rows: a.rows + b.rows,
    first: a.first ?? b.first,
    last: b.last ?? a.last,
    hash: addHashes(a.hash, b.hash),
    sums: addSums(a.sums, b.sums),
  };
}

type Sums = Readonly<Record<string, string>>;

function addSums(a: Sums, b: Sums): Sums {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((n) => [n, addDecimals(a[n] ?? "0", b[n] ?? "0")]));
}

/** Exact sum of two decimals of equal or different scale. */
function addDecimals(a: string, b: string): string {
  const scale = Math.max(scaleOf(a), scaleOf(b));
  const sum = scaled(a, scale) + scaled(b, scale);
  const digits = String(sum < 0n ? -sum : sum).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale);
  return `${sum < 0n ? "-" : ""}${whole}${scale > 0 ? `.${fraction}` : ""}`;
}

function scaleOf(text: string): number {
  return text.split(".")[1]?.length ?? 0;
}

function scaled(text: string, scale: number): bigint {
  const [whole = "0", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(scale, "0"));
}

/** Whether two decimals are the same number, whatever their scales. */
export function equalDecimals(a: string, b: string): boolean {
  const scale = Math.max(scaleOf(a), scaleOf(b));
  return /^-?[\d.]+$/.test(a) && /^-?[\d.]+$/.test(b) && scaled(a, scale) === scaled(b, scale);
}
