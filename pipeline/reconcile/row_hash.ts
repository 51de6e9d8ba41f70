/**
 * A number for each row, equal in DuckDB and Snowflake for equal rows, whose sum is that of a set of
 * rows in any order. It finds what happens by mistake; whoever wants to deceive can make equal sums.
 * @module
 */
import type { Column, Dataset } from "../datasets/dataset.ts";
import { type Dialect, identifier } from "../sql/names.ts";

/** How many sums of hashes there are: they wrap. */
const MODULUS = 2n ** 64n;

/** The hash of no rows. */
export const NO_HASH = "0".repeat(16);

/**
 * An expression for the hash of a row of the dataset's table: the first 64 bits of the MD5 of its
 * offset and the dataset's columns. Topic and partition are those that are compared, and the time of
 * ingest is each side's own.
 */
export function rowHash(dataset: Dataset, dialect: Dialect): string {
  const text = rowText(dataset, dialect);
  // DuckDB's own number of an MD5 has the bytes the other way round.
  return dialect === "duckdb"
    ? `CAST('0x' || left(md5(${text}), 16) AS UBIGINT)`
    : `MD5_NUMBER_UPPER64(${text})`;
}

/** A sum of hashes as 16 hexadecimal digits; `sum` is a whole number as text, as SQL gives it. */
export function toHash(sum: string): string {
  return (BigInt(sum) % MODULUS).toString(16).padStart(NO_HASH.length, "0");
}

/** The hash of two sets of rows together. */
export function addHashes(a: string, b: string): string {
  return toHash(String(BigInt(`0x${a}`) + BigInt(`0x${b}`)));
}

/** The columns one after the other, such that no two different rows give the same text. */
function rowText(dataset: Dataset, dialect: Dialect): string {
  const cells = [
    numberCell("_offset"),
    ...dataset.columns.map((column) => cellOf(column, dialect)),
  ];
  return `CONCAT(${cells.join(", ';', ")})`;
}

function cellOf({ name, type }: Column, dialect: Dialect): string {
  const column = identifier(name);
  switch (type.kind) {
    case "text":
      return textCell(column);
    case "timestamp":
      return numberCell(
        dialect === "duckdb" ? `epoch_us(${column})` : `DATE_PART(EPOCH_MICROSECOND, ${column})`,
      );
    case "decimal": // Both engines write as many digits as the column's scale.
      return numberCell(column);
    case "date":
      return numberCell(`DATEDIFF('day', DATE '1970-01-01', ${column})`);
  }
}

/** Its length in front: then it may hold what it likes. */
function textCell(column: string): string {
  return `CASE WHEN ${column} IS NULL THEN '-'
    ELSE CONCAT(CAST(LENGTH(${column}) AS VARCHAR), ':', ${column}) END`;
}

function numberCell(value: string): string {
  return `COALESCE(CAST(${value} AS VARCHAR), '-')`;
}
