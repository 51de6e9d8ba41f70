/**
 * The four that build the models: dbt and this process, on DuckDB and on Snowflake's stand-in, all
 * from the same rows of bronze.
 * @module
 */
import { assertEquals } from "@std/assert";
import { DATASETS } from "../../pipeline/datasets/datasets.ts";
import { bronzeDdl, bronzeTable } from "../../pipeline/datasets/tables.ts";
import { Project, transform } from "../../pipeline/transform/transform.ts";
import { DuckDbFile } from "../../pipeline/duckdb/engine/file.ts";
import { DUCKDB } from "../../pipeline/duckdb/models.ts";
import { createSchema } from "../../pipeline/duckdb/schema.ts";
import { SNOWFLAKE } from "../../pipeline/snowflake/models.ts";
import type { SnowflakeOptions } from "../../pipeline/snowflake/options.ts";
import { SnowflakeSession } from "../../pipeline/snowflake/session.ts";
import type { Cell, SqlSession } from "../../pipeline/sql/session.ts";
import type { ModelEngine } from "../../pipeline/warehouse/model_engine.ts";
import { testDatabase } from "../snowflake/rig.ts";
import { BUILD, BUILD_AGAIN, dbt, MODELS } from "./dbt.ts";

/** Rows of the bronze tables, by their names. */
export type Rows = ReadonlyMap<string, readonly (readonly Cell[])[]>;
/** Columns and rows of every model; the rows as JSON, sorted. */
export type Contents = Readonly<
  Record<string, { readonly columns: readonly string[]; readonly rows: readonly string[] }>
>;

/** A warehouse and who builds the models in it. */
export interface House extends AsyncDisposable {
  readonly name: string;
  insert(rows: Rows): Promise<void>;
  /** Builds the models, with these variables of the project if dbt does it. */
  build(vars?: Record<string, unknown>): Promise<void>;
  /** Runs their tests. */
  check(): Promise<void>;
  contents(): Promise<Contents>;
}

export const project = await Project.load(MODELS);

/** A DuckDB file in `folder`, built by dbt or in process. */
export function duckDbHouse(folder: string, byDbt: boolean): House {
  const path = `${folder}/${byDbt ? "dbt" : "ours"}.duckdb`;
  const variables = { TICKHOUSE_DBT_DUCKDB: path, TICKHOUSE_DBT_TARGET: "duckdb" };
  const buildByDbt = builderByDbt(folder, variables);
  // dbt needs the file for itself.
  const open = async <T>(work: (session: SqlSession) => Promise<T>) => {
    await using file = await DuckDbFile.open(path);
    await using session = await file.session();
    return await work(session);
  };
  return {
    name: byDbt ? "dbt on DuckDB" : "in process on DuckDB",
    insert: (rows) =>
      open(async (session) => {
        await createSchema(session);
        for (const [table, values] of rows) await insertText(session, table, values);
      }),
    build: async (vars = {}) => {
      if (byDbt) await buildByDbt(vars);
      else await open((session) => inProcess(session, DUCKDB, false));
    },
    check: async () => {
      if (byDbt) await dbt(folder, variables, "test");
      else await open((session) => inProcess(session, DUCKDB, true));
    },
    contents: () => open(contentsOf),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Unit tests make temporary tables of a kind that the stand-in does not have. */
const WITHOUT_UNITS = ["--exclude-resource-type", "unit_test"];
/** Those of a column are run there in process, and by dbt on DuckDB. */
const WITHOUT_GENERIC = ["--exclude", "test_type:generic"];

/** A database on the stand-in, built by dbt or in process. */
export async function snowflakeHouse(folder: string, byDbt: boolean): Promise<House> {
  const database = await testDatabase();
  const variables = variablesOf(database.options);
  const buildByDbt = builderByDbt(folder, variables);
  const session = await SnowflakeSession.open(database.options);
  await session.run("CREATE SCHEMA IF NOT EXISTS bronze");
  for (const dataset of DATASETS) await session.run(bronzeDdl(dataset, "snowflake"));
  return {
    name: byDbt ? "dbt on Snowflake" : "in process on Snowflake",
    insert: async (rows) => {
      for (const [table, values] of rows) {
        const text = values.map((row) => row.map((cell) => cell === null ? null : String(cell)));
        const marks = (values[0] ?? []).map(() => "?").join(", ");
        if (text.length > 0) await session.insert(`INSERT INTO ${table} VALUES (${marks})`, text);
      }
    },
    build: async (vars = {}) => {
      if (byDbt) await buildByDbt(vars);
      else await inProcess(session, SNOWFLAKE, false);
    },
    check: async () => {
      if (byDbt) await dbt(folder, variables, "test", ...WITHOUT_UNITS, ...WITHOUT_GENERIC);
      else await inProcess(session, SNOWFLAKE, true);
    },
    contents: () => contentsOf(session),
    [Symbol.asyncDispose]: async () => {
      await session[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Seeds and models the first time, then models alone. */
function builderByDbt(folder: string, variables: Record<string, string>): House["build"] {
  let isSeeded = false;
  return async (vars = {}) => {
    const parts = isSeeded ? BUILD_AGAIN : BUILD;
    await dbt(folder, variables, ...parts, "--vars", JSON.stringify(vars));
    isSeeded = true;
  };
}

/** As the settings name them, and dbt's profile reads them. */
export function variablesOf(options: SnowflakeOptions): Record<string, string> {
  return {
    TICKHOUSE_DBT_TARGET: "snowflake",
    TICKHOUSE_SNOWFLAKE_URL: options.url ?? "",
    TICKHOUSE_SNOWFLAKE_ACCOUNT: options.account,
    TICKHOUSE_SNOWFLAKE_USER: options.user,
    TICKHOUSE_SNOWFLAKE_PASSWORD: options.password ?? "",
    TICKHOUSE_SNOWFLAKE_ROLE: options.role ?? "",
    TICKHOUSE_SNOWFLAKE_WAREHOUSE: options.warehouse ?? "",
    TICKHOUSE_SNOWFLAKE_DATABASE: options.database,
  };
}

async function inProcess(session: SqlSession, engine: ModelEngine, checks: boolean): Promise<void> {
  const { failed } = await transform({ project, session, engine, checks });
  assertEquals(failed, []);
}

async function insertText(
  session: SqlSession,
  table: string,
  values: readonly (readonly Cell[])[],
): Promise<void> {
  for (let i = 0; i < values.length; i += 1000) {
    const rows = values.slice(i, i + 1000).map((row) =>
      `(${
        row.map((cell) => cell === null ? "NULL" : `'${String(cell).replaceAll("'", "''")}'`).join(
          ", ",
        )
      })`
    );
    await session.run(`INSERT INTO ${table} VALUES ${rows.join(",\n")}`);
  }
}

/** Lists in a text, whose order says nothing; what they hold is in silver_elsewhere too. */
const UNORDERED = ["_ends", "_elsewhere"];

async function contentsOf(session: SqlSession): Promise<Contents> {
  const contents: Record<string, Contents[string]> = {};
  for (const { name, relation } of project.models) {
    // Seventy years of days are too many to compare each time.
    const some = name === "silver_trading_days"
      ? "WHERE trading_day >= '2024-01-01' AND trading_day < '2026-01-01'"
      : "";
    const { columns, rows } = await session.query(`SELECT * FROM ${relation} ${some}`);
    const names = columns.map((c) => c.name.toLowerCase());
    const lines = rows.map((row) =>
      JSON.stringify(row.map((cell, i) => UNORDERED.includes(names[i] ?? "") ? null : plain(cell)))
    ).sort();
    contents[name] = { columns: names, rows: lines };
  }
  return contents;
}

/**
 * Times and decimals are written with as many digits as they need, and whole numbers as text, which a
 * decimal without a scale is on one warehouse only.
 */
function plain(cell: Cell): Cell {
  if (typeof cell === "number" && Number.isInteger(cell)) return String(cell);
  if (typeof cell !== "string") return cell;
  if (!/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|-?\d+)\.\d+$/.test(cell)) return cell;
  return cell.replace(/\.?0+$/, "");
}

/** The rows of bronze that `session` holds and `known` (rows of each table so far) does not. */
export async function rowsBeyond(session: SqlSession, known: Map<string, number>): Promise<Rows> {
  const rows = new Map<string, readonly (readonly Cell[])[]>();
  for (const dataset of DATASETS) {
    const table = bronzeTable(dataset);
    const seen = known.get(table) ?? 0;
    const result = await session.query(
      `SELECT * FROM ${table} WHERE rowid >= ${seen} ORDER BY rowid`,
    );
    known.set(table, seen + result.rows.length);
    rows.set(table, result.rows);
  }
  return rows;
}
