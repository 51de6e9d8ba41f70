/** Which records are to be taken back. @module */
import type { Dataset } from "../datasets/dataset.ts";
import { ORIGIN, SOURCE } from "../datasets/columns.ts";
import { TickhouseError } from "../errors.ts";
import { identifier } from "../sql/names.ts";

/** What the records have, all of it. */
export interface Criteria {
  /** Value of their column `origin`: the file that they were read from. */
  readonly origin?: string;
  /** Value of their column `source`. */
  readonly source?: string;
  /** The instrument: value of the column that is the dataset's key. */
  readonly symbol?: string;
}

/** A condition on the records of a dataset. */
export interface Condition {
  /** Over the columns of the table named `alias`, with a `?` a value. */
  sql(alias: string): string;
  readonly values: readonly string[];
  /** Whether the record, by its cells, is meant. */
  holds(cell: (column: string) => string | null): boolean;
}

/** The condition; undefined where the dataset has not the columns. */
export function conditionOf(dataset: Dataset, criteria: Criteria): Condition | undefined {
  const { origin, source, symbol } = criteria;
  const wanted = [[ORIGIN.name, origin], [SOURCE.name, source], [dataset.key, symbol]]
    .filter((pair): pair is [string, string] => pair[1] !== undefined);
  const has = (name: string) => dataset.columns.some((column) => column.name === name);
  if (!has("action") || !wanted.every(([name]) => has(name))) return undefined;
  const parts = (alias: string) => wanted.map(([name]) => `${alias}.${identifier(name)} = ?`);
  return {
    sql: (alias) => [...parts(alias), "true"].join(" AND "),
    values: wanted.map(([, value]) => value),
    holds: (cell) => wanted.every(([name, value]) => cell(name) === value),
  };
}

/** Throws `OPTION_INVALID` for a dataset that was named and can't be searched so. */
export function demandCondition(dataset: Dataset, criteria: Criteria): Condition {
  const condition = conditionOf(dataset, criteria);
  if (condition) return condition;
  const named = Object.keys(criteria).join(", ");
  throw new TickhouseError("OPTION_INVALID", `its records have no action, or not ${named}`, {
    field: "dataset",
    value: dataset.name,
    fix: "name another dataset, or search it by what its records have",
  });
}
