/** The generic tests of dbt that the models use, as queries for the faults. @module */
import { identifier, literal } from "../sql/names.ts";
import { TickhouseError } from "../errors.ts";
import type { Check } from "./model.ts";
import type { GenericTest, TableEntry } from "./schema_files.ts";

/** Where a described table is, and who describes it. */
export interface Described {
  readonly file: string;
  readonly table: TableEntry;
  readonly relation: string;
  /** Names of the models that its tests read. */
  readonly refs: readonly string[];
  /** The relation of a model that a test names as `ref('model')`. */
  readonly resolve: (ref: string) => { readonly name: string; readonly relation: string };
}

/** The checks of all columns of the table. Throws `TEST_UNKNOWN`, `TEST_INVALID`. */
export function genericChecks(described: Described): Check[] {
  return described.table.columns.flatMap((column) =>
    column.data_tests.map((test) => genericCheck(described, identifier(column.name), test))
  );
}

function genericCheck(described: Described, column: string, test: GenericTest): Check {
  const { file, relation, table, refs } = described;
  const warns = test.config.severity === "warn";
  const check = {
    ...{ name: `${test.name}_${table.name}_${column}`, file, warns, refs },
    live: false,
  };
  switch (test.name) {
    case "not_null":
      return ofRows(check, relation, `${column} IS NULL`);
    case "unique":
      return {
        ...check,
        sql: `SELECT ${column} FROM ${relation} WHERE ${column} IS NOT NULL
GROUP BY ${column} HAVING count(*) > 1`,
      };
    case "accepted_values": {
      const values = required(check, test.arguments.values, "values").map((v) =>
        literal(String(v))
      );
      return ofRows(check, relation, `${column} NOT IN (${values.join(", ")})`);
    }
    case "relationships": {
      const parent = described.resolve(required(check, test.arguments.to, "to"));
      const field = identifier(required(check, test.arguments.field, "field"));
      return {
        ...check,
        refs: [...refs, parent.name],
        sql: `SELECT c.${column} FROM ${relation} AS c
LEFT JOIN ${parent.relation} AS p ON c.${column} = p.${field}
WHERE c.${column} IS NOT NULL AND p.${field} IS NULL`,
      };
    }
    default:
      throw new TickhouseError("TEST_UNKNOWN", `there is no such test, on ${check.name}`, {
        field: file,
        value: test.name,
        fix: "use not_null, unique, accepted_values or relationships, or a file in tests/",
      });
  }
}

/** A check of each row by itself. */
function ofRows(
  check: Omit<Check, "sql" | "rows">,
  relation: string,
  fault: string,
): Check {
  return { ...check, sql: `SELECT * FROM ${relation} WHERE ${fault}`, rows: { relation, fault } };
}

function required<T>(check: { name: string; file: string }, value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new TickhouseError("TEST_INVALID", `${check.name} has no argument ${name}`, {
    field: check.file,
    fix: `give ${name} under arguments`,
  });
}
