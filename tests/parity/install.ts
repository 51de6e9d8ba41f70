/** dbt, installed once into the user's cache. @module */
import { join } from "node:path";
import { cacheFolder, holdFolder, makeVenv } from "services/install.ts";
import { demand, PYTHON } from "services/needs.ts";
import { runs } from "tickhouse/program.ts";

/** Versions that the tests were written against. */
const PACKAGES = [
  "dbt-core==1.11.16",
  "dbt-duckdb==1.11.1",
  "duckdb==1.5.5",
  "dbt-snowflake==1.12.3",
  "snowflake-connector-python==4.8.0",
];

/** The path of the dbt that TICKHOUSE_DBT names, else of one that is installed if it lacks. */
export async function installDbt(): Promise<string> {
  const given = Deno.env.get("TICKHOUSE_DBT");
  if (given) return given;
  const folder = join(cacheFolder(), PACKAGES.join("_").replaceAll(/[^a-z0-9._-]/g, "-"));
  const dbt = join(folder, "bin", "dbt");
  using _lock = await holdFolder(folder);
  if (await runs(dbt)) return dbt;
  await demand(PYTHON);
  // Whatever an interrupted install left is made anew.
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await makeVenv(folder, PACKAGES);
  return dbt;
}
