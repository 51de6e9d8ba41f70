/** What is counted of a range of offsets. @module */
import type { Dataset } from "../datasets/dataset.ts";
import { identifier } from "../datasets/sql.ts";
import type { Result } from "../warehouse/warehouse.ts";

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
}

/** An empty range. */
export const NOTHING: Contents = { rows: 0, distinct: 0, first: null, last: null, sums: {} };

/** The SELECT list that `toContents` reads. */
export function measures(dataset: Dataset): string {
  const sums = dataset.sums.map((name) => `coalesce(sum(${identifier(name)}), 0)::VARCHAR`);
  return ["count(*)", "count(DISTINCT _offset)", "min(_offset)", "max(_offset)", ...sums].join(
    ", ",
  );
}

/** Reads a row of `measures`. */
export function toContents({ rows: [row] }: Result, dataset: Dataset): Contents {
  const [rows, distinct, first, last, ...sums] = row ?? [];
  return {
    rows: Number(rows),
    distinct: Number(distinct),
    first: first === null || first === undefined ? null : Number(first),
    last: last === null || last === undefined ? null : Number(last),
    sums: Object.fromEntries(dataset.sums.map((name, i) => [name, String(sums[i])])),
  };
}

/** Both together; `b` follows `a`. */
export function addContents(a: Contents, b: Contents): Contents {
  const names = new Set([...Object.keys(a.sums), ...Object.keys(b.sums)]);
  const sums = [...names].map((n) => [n, addDecimals(a.sums[n] ?? "0", b.sums[n] ?? "0")]);
  return {
    rows: a.rows + b.rows,
    distinct: a.distinct + b.distinct,
    first: a.first ?? b.first,
    last: b.last ?? a.last,
    sums: Object.fromEntries(sums),
  };
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
