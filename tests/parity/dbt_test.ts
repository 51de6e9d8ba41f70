/**
 * The models built by dbt-duckdb and in process, from equal bronze rows: every row of every table.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { messageOf } from "../../pipeline/errors.ts";
import { Project, transform } from "../../pipeline/transform/transform.ts";
import { DuckDbFile, type DuckDbSession } from "../../pipeline/warehouse/duckdb_file.ts";
import { createSchema } from "../../pipeline/warehouse/duckdb_schema.ts";
import { Arrivals } from "./arrivals.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const MODELS = `${ROOT}/models`;
/** The real daily bars, in a partition of their own. */
const DAILY_BARS = `
INSERT INTO bronze.bars BY NAME
SELECT 'bars' AS _topic, 7 AS _partition, row_number() OVER () - 1 AS _offset,
  TIMESTAMP '2026-03-02 00:00:00' AS _ingest_time, 'csv' AS source, Ticker AS symbol,
  '1d' AS bar_interval, Date::TIMESTAMP AS open_time, Open AS open, High AS high, Low AS low,
  Close AS close, "Adj Close" AS adj_close, Volume AS volume
FROM read_csv('${ROOT}/data/stocks_daily.csv.gz')`;

/** Runs dbt on the database; all of its files go to `folder`. Returns what it printed. */
async function dbt(folder: string, database: string, ...args: string[]): Promise<string> {
  const program = Deno.env.get("TICKHOUSE_DBT") ?? "dbt";
  const places = ["--target-path", `${folder}/target`, "--log-path", `${folder}/logs`];
  const command = new Deno.Command(program, {
    args: [
      "--no-use-colors",
      ...args,
      "--project-dir",
      MODELS,
      "--profiles-dir",
      MODELS,
      ...places,
    ],
    env: { TICKHOUSE_DBT_DUCKDB: database, TICKHOUSE_DBT_TARGET: "duckdb" },
    cwd: folder,
  });
  const { code, stdout, stderr } = await command.output().catch((cause) => {
    throw new Error(
      `${program} can't run: ${messageOf(cause)}. Install it into a Python environment with ` +
        `pip install 'dbt-core<1.12' dbt-duckdb duckdb==1.5.5, and have dbt on the PATH or name ` +
        `it in TICKHOUSE_DBT.`,
      { cause },
    );
  });
  const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 0, `dbt ${args.join(" ")} failed:\n${printed}`);
  return printed;
}

async function onFile<T>(path: string, work: (session: DuckDbSession) => Promise<T>): Promise<T> {
  await using file = await DuckDbFile.open(path);
  await using session = await file.session();
  return await work(session);
}

/** Tables and views beside bronze's own, with types and every row. */
function contents(session: DuckDbSession, project: Project) {
  return Promise.all(project.models.map(async ({ name, relation }) => {
    const { columns, rows } = await session.query(`SELECT * FROM ${relation} ORDER BY ALL`);
    return { name, columns, rows };
  }));
}

async function relations(session: DuckDbSession): Promise<unknown> {
  const { rows } = await session.query(`
SELECT table_schema, table_name, table_type FROM information_schema.tables
WHERE table_schema NOT LIKE 'pg_%' ORDER BY ALL`);
  return rows;
}

Deno.test("transform() gives the tables that dbt gives, full and incremental", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const project = await Project.load(MODELS);
    const [theirs, ours] = [`${folder}/dbt.duckdb`, `${folder}/ours.duckdb`];
    const arrivals = new Arrivals(77);
    for (const run of ["full", "first increment", "second increment"]) {
      const rows = arrivals.batch(run === "full" ? 400 : 150);
      for (const path of [theirs, ours]) {
        await onFile(path, async (session) => {
          await createSchema(session);
          await session.run(rows);
          if (run === "full") await session.run(DAILY_BARS);
        });
      }
      await dbt(folder, theirs, "run");
      const built = await onFile(theirs, async (session) => ({
        relations: await relations(session),
        tables: await contents(session, project),
      }));
      await onFile(ours, async (session) => {
        const { failed } = await transform({ project, session });
        assertEquals(failed, []);
        assertEquals(await relations(session), built.relations, run);
        const tables = await contents(session, project);
        for (const [i, table] of tables.entries()) {
          assertEquals(table, built.tables[i], `${table.name}, ${run}`);
          assert(table.rows.length > 0, `${table.name} has rows, ${run}`);
        }
      });
    }
    await dbt(folder, theirs, "test");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("dbt parse has no warning about the models", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const printed = await dbt(folder, `${folder}/none.duckdb`, "--warn-error", "parse");
    assert(!/warning|deprecat/i.test(printed), printed);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
