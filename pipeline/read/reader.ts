/**
 * Reading the warehouse, whether or not something is writing it.
 * @module
 */
import type { Bind, Cell, Result } from "../sql/session.ts";
import { uniqueNames } from "./unique_names.ts";

/**
 * A frame of nodejs-polars, whose own documentation describes it.
 * @ignore
 */
export type DataFrame = import("nodejs-polars").DataFrame;

/** Queries on the warehouse. Made by `connect()`. */
export interface Reader extends AsyncDisposable {
  /** Runs one statement that reads. Columns and rows as the warehouse port defines them. */
  query(sql: string, binds?: readonly Bind[]): Promise<Result>;
  /** As `query`, each row an object by column name; a name that is there twice as `name_1`. */
  rows<T = Record<string, Cell>>(sql: string, binds?: readonly Bind[]): Promise<T[]>;
  /**
   * The result as a polars frame, without the endpoint's limit on rows. 64-bit integers, wider ones
   * and decimals arrive as Float64 (exact up to 2^53): a BigInt in a frame breaks its display in a
   * notebook. UUIDs, enums, times and intervals arrive as text.
   */
  frame(sql: string): Promise<DataFrame>;
}

/** The rows of a result as objects by column name; a name that is there twice as `name_1`. */
export function toObjects<T>(result: Result): T[] {
  const names = uniqueNames(result.columns.map((column) => column.name));
  return result.rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])) as T);
}

/** A polars frame out of the bytes of a Parquet file. polars loads on the first call: it is slow. */
export async function toFrame(parquet: Uint8Array): Promise<DataFrame> {
  const { default: polars } = await import("nodejs-polars");
  const { Buffer } = await import("node:buffer");
  return polars.readParquet(Buffer.from(parquet));
}
