/** What is counted of a range of offsets. @module */
import type { Dataset } from "../datasets/dataset.ts";
import { identifier } from "../datasets/sql.ts";
import type { Cell, Result } from "../warehouse/warehouse.ts";

/** What a side holds in a range of offsets. */
export interface Contents {
  /** Rows; for the broker, records, valid or not. */
  readonly rows: number;
  /** Different offsets among them. */
  readonly distinct: number;
  /** Least and greatest offset; null if there are no rows. */
  readonly first: number | null;
  readonly last: number | null;
  /** Sums of the dataset's key columns over valid rows, as exact decimals. */
  readonly sums: Readonly<Record<string, string>>;
  /** Valid rows by the day of their event time, UTC, such as `2026-03-02`. */
  readonly days: Readonly<Record<string, Day>>;
}

/** What a side holds of one day. */
export interface Day {
  readonly rows: number;
  readonly sums: Readonly<Record<string, string>>;
}

/** An empty range. */
export const NOTHING: Contents = {
  rows: 0,
  distinct: 0,
  first: null,
  last: null,
  sums: {},
  days: {},
};

/** Counts what `from` gives, a FROM clause with its conditions: a row a day, and one of all. */
export function measure(dataset: Dataset, from: string): string {
  const sums = dataset.sums.map((name) => `CAST(coalesce(sum(${identifier(name)}), 0) AS VARCHAR)`);
  const counts = ["count(*)", "count(DISTINCT _offset)", "min(_offset)", "max(_offset)", ...sums];
  return `SELECT CAST(_day AS VARCHAR), ${counts.join(", ")}
    FROM (SELECT *, CAST(${identifier(dataset.eventTime)} AS DATE) AS _day FROM ${from}) AS counted
    GROUP BY GROUPING SETS ((), (_day))`;
}

/** Reads the rows of `measure`. */
export function toContents(result: Result, dataset: Dataset): Contents {
  const days: Record<string, Day> = {};
  let whole = NOTHING;
  for (const [day, rows, distinct, first, last, ...cells] of result.rows) {
    const sums = Object.fromEntries(dataset.sums.map((name, i) => [name, String(cells[i])]));
    if (typeof day === "string") days[day] = { rows: Number(rows), sums };
    else {
      const offset = (cell: Cell | undefined) => cell === null ? null : Number(cell);
      const counts = { rows: Number(rows), distinct: Number(distinct) };
      whole = { ...counts, first: offset(first), last: offset(last), sums, days };
    }
  }
  return { ...whole, days };
}

/** Both together; `b` follows `a`. */
export function addContents(a: Contents, b: Contents): Contents {
  const days = { ...a.days };
  for (const [day, more] of Object.entries(b.days)) {
    const known = days[day];
    days[day] = known
      ? { rows: known.rows + more.rows, sums: addSums(known.sums, more.sums) }
      : more;
  }
  return {
    rows: a.rows + b.rows,
    distinct: a.distinct + b.distinct,
    first: a.first ?? b.first,
    last: b.last ?? a.last,
    sums: addSums(a.sums, b.sums),
    days,
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
