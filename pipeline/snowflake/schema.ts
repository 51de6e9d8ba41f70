/** The schemas and tables that tickhouse needs in Snowflake. @module */
import { fileURLToPath } from "node:url";
import { type Dataset, storedColumns } from "../datasets/dataset.ts";
import { DATASETS } from "../datasets/datasets.ts";
import { type Compared, evolution } from "../datasets/evolution.ts";
import { bronzeDdl, bronzeTable } from "../datasets/tables.ts";
import { TickhouseError } from "../errors.ts";
import { tablesOf } from "../sql/catalogue.ts";
import type { SqlSession } from "../sql/session.ts";
import { landingColumns, landingTable } from "./ddl.ts";

/** Those of the migrations, beside the bronze tables, without which nothing can be written. */
const FILES = ["0010_schemas", "0011_bookkeeping", "0015_stage"];
const BOOKKEEPING = ["_positions", "_logs", "_loads"];

/**
 * Makes what is missing, and lets the tables follow their declarations. Where all is as declared it
 * defines nothing: who only loads may not. The rest is `deno task migrate --target snowflake`.
 * Throws as `evolveTables` does.
 */
export async function createSnowflakeSchema(
  session: SqlSession,
  datasets: readonly Dataset[] = DATASETS,
): Promise<void> {
  const tables = await evolveTables(session, datasets);
  const needed = [...BOOKKEEPING, ...datasets.map(({ name }) => name.toLowerCase())];
  if (needed.every((name) => tables.has(name))) return;
  for (const file of FILES) {
    const path = fileURLToPath(new URL(`../../sql/snowflake/${file}.sql`, import.meta.url));
    await session.run(await Deno.readTextFile(path));
  }
  for (const dataset of datasets) await session.run(bronzeDdl(dataset, "snowflake"));
}

/**
 * Lets the bronze and landing tables that are there follow their declarations, and returns the names
 * of bronze. Throws `TABLE_DIFFERS`: for what can't be followed before anything is done, and with the
 * statements for another role if this one may not run them.
 */
export async function evolveTables(
  session: SqlSession,
  datasets: readonly Dataset[] = DATASETS,
): Promise<ReadonlySet<string>> {
  const tables = await tablesOf(session, "bronze");
  const named = (table: string) => tables.get(table.toLowerCase().replace("bronze.", ""));
  const compared = datasets.flatMap((dataset) => [
    { table: bronzeTable(dataset), declared: storedColumns(dataset) },
    { table: landingTable(dataset), declared: landingColumns(dataset) },
  ]).flatMap(({ table, declared }): Compared[] => {
    const found = named(table);
    return found ? [{ table, declared, found }] : [];
  });
  const statements = compared.flatMap((one) => evolution(one, "snowflake"));
  for (const [index, statement] of statements.entries()) {
    try {
      await session.run(statement);
    } catch (cause) {
      throw notAltered(statements.slice(index), cause);
    }
  }
  return new Set(tables.keys());
}

function notAltered(statements: readonly string[], cause: unknown): unknown {
  const denied = cause instanceof TickhouseError && cause.kind === "terminal";
  if (!denied) return cause;
  return new TickhouseError("TABLE_DIFFERS", `it could not be altered: ${cause.what}`, {
    field: /TABLE (\S+)/.exec(statements[0] ?? "")?.[1] ?? "table",
    fix: `let a role that may alter it run: ${statements.join("; ")}`,
    cause,
  });
}
