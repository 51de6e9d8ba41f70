/**
 * Contracts of models: what those who read a table rely on, as dbt enforces it.
 * @module
 */
import { identifier } from "../sql/names.ts";
import type { SqlSession } from "../sql/session.ts";
import { TickhouseError } from "../errors.ts";
import type { ColumnPromise, Model } from "./model.ts";

/**
 * Compares the columns that the model's query gives with those that its contract promises, in their
 * order. Reads no row. Throws `MODEL_CONTRACT` with model, column and both types.
 */
export async function assertContract(session: SqlSession, model: Model): Promise<void> {
  const { contract, name, full } = model;
  if (!contract) return;
  const promised = await typesOf(session, emptyOf(contract));
  const given = await typesOf(session, full);
  for (let i = 0; i < Math.max(promised.length, given.length); i++) {
    const [wanted, found] = [promised[i], given[i]];
    if (wanted?.name === found?.name && wanted?.type === found?.type) continue;
    const what = (side: ColumnPromise | undefined) =>
      side ? `${side.name} ${side.type}` : "no further column";
    throw new TickhouseError(
      "MODEL_CONTRACT",
      `${name}, column ${i + 1}: the contract has ${what(wanted)}, the query gives ${what(found)}`,
      {
        field: model.file,
        fix: "correct the query, or columns and data_type in the .yml beside it",
      },
    );
  }
}

/** The promised columns, without a row: their types as the warehouse names them. */
function emptyOf(contract: readonly ColumnPromise[]): string {
  const columns = contract.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${identifier(name)}`);
  return `SELECT ${columns.join(", ")}`;
}

/** Names and types of a query's columns, in lower case; without reading. */
export async function typesOf(session: SqlSession, query: string): Promise<ColumnPromise[]> {
  const { columns } = await session.query(`SELECT * FROM (\n${query}\n) AS m LIMIT 0`);
  return columns.map(({ name, type }) => ({ name: name.toLowerCase(), type: comparable(type) }));
}

/** Snowflake's arithmetic widens its numbers as it likes, so dbt compares no digits of them. */
function comparable(type: string): string {
  return type.toLowerCase().replace(/^number\(.*\)$/, "number");
}
