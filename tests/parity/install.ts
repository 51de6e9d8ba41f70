/** dbt, installed once into the user's cache. @module */
import { programIn, pythonEnvironment } from "tickhouse/install/python.ts";

/** Versions that the tests were written against. */
const PACKAGES = [
  "dbt-core==1.11.16",
  "dbt-duckdb==1.11.1",
  "duckdb==1.5.5",
  "dbt-snowflake==1.12.3",
  "snowflake-connector-python==4.8.0",
];

/** The path of the dbt that TICKHOUSE_DBT names, else of one that is installed if it is missing. */
export async function installDbt(): Promise<string> {
  const given = Deno.env.get("TICKHOUSE_DBT");
  if (given) return given;
  const name = PACKAGES.slice(0, 2).join("_").replaceAll("==", "-");
  const below = [3, 14] as const;
  const folder = await pythonEnvironment({ name, packages: PACKAGES, below, note: console.log });
  return programIn(folder, "dbt");
}
