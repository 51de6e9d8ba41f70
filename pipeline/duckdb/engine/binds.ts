/** Values bound to a statement of DuckDB, each as what it is. @module */
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBType,
  type DuckDBValue,
  HUGEINT,
  INTEGER,
  SQLNULL,
  VARCHAR,
} from "@duckdb/node-api";
import { TickhouseError } from "../../errors.ts";
import type { Bind } from "../../sql/session.ts";

/** What HUGEINT holds; of what is beyond, the driver drops bits and says nothing. */
const HUGE_MAX = 2n ** 127n - 1n;
const HUGE_MIN = -(2n ** 127n);
const INTEGER_END = 2 ** 31;
/** Whole numbers from here on are no BIGINT; the driver takes them for one. */
const BIGINT_END = 2 ** 63;

/** The values and their types, as the driver takes them. Throws `BIND_INVALID`. */
export function bound(
  binds: readonly Bind[],
): { readonly values: DuckDBValue[]; readonly types: DuckDBType[] } {
  return { values: [...binds], types: binds.map(typeOf) };
}

function typeOf(bind: Bind, index: number): DuckDBType {
  if (bind === null) return SQLNULL;
  switch (typeof bind) {
    case "string":
      return VARCHAR;
    case "boolean":
      return BOOLEAN;
    case "number":
      return typeOfNumber(bind);
    case "bigint":
      if (bind >= HUGE_MIN && bind <= HUGE_MAX) return HUGEINT;
      throw invalid(index, bind, "an integer of more than 128 bits", "bind it as text");
    default:
      throw invalid(index, typeof bind, "not a value of SQL", "bind text, a number or null");
  }
}

function typeOfNumber(value: number): DuckDBType {
  if (!Number.isInteger(value)) return DOUBLE;
  if (value >= -INTEGER_END && value < INTEGER_END) return INTEGER;
  return value >= -BIGINT_END && value < BIGINT_END ? BIGINT : DOUBLE;
}

function invalid(index: number, value: unknown, what: string, fix: string): TickhouseError {
  return new TickhouseError("BIND_INVALID", what, { field: `binds[${index}]`, value, fix });
}
