import { assertEquals, assertRejects } from "@std/assert";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { TickhouseError } from "../errors.ts";
import type { SqlSession } from "../sql/session.ts";
import { Project, transform } from "./transform.ts";

/** Columns as a .yml file has them. */
const yml = (columns: Record<string, string>) =>
  `models: [{name: a, config: {contract: {enforced: true}}, columns: [${
    Object.entries(columns).map(([name, type]) => `{name: ${name}, data_type: "${type}"}`)
  }]}]`;

async function projectOf(sql: string, columns: Record<string, string>): Promise<Project> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/models`);
    await Deno.writeTextFile(`${folder}/dbt_project.yml`, "name: small");
    await Deno.writeTextFile(`${folder}/models/a.sql`, sql);
    await Deno.writeTextFile(`${folder}/models/a.yml`, yml(columns));
    return await Project.load(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function withSession(work: (session: SqlSession) => Promise<void>): Promise<void> {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await work(session);
}

async function breach(session: SqlSession, sql: string): Promise<TickhouseError> {
  const columns = { x: "integer", price: "decimal(18, 8)" };
  const project = await projectOf(sql, columns);
  return await assertRejects(() => transform({ project, session }), TickhouseError);
}

Deno.test("transform() builds what keeps its contract, and refuses the rest by column and types", async () => {
  await withSession(async (session) => {
    const head = "{{ config(materialized='table') }} select ";
    const good = await projectOf(`${head} 1 as x, cast(1 as decimal(18, 8)) as price`, {
      x: "integer",
      price: "decimal(18,8)",
    });
    await transform({ project: good, session });
    const cases = [
      [
        `${head} 2 as x, cast(1 as decimal(38, 18)) as price`,
        "a, column 2: the contract has price decimal(18,8), the query gives price decimal(38,18)",
      ],
      [
        `${head} 2 as x`,
        "a, column 2: the contract has price decimal(18,8), the query gives no further column",
      ],
      [
        `${head} 2 as x, cast(1 as decimal(18, 8)) as price, 3 as more`,
        "a, column 3: the contract has no further column, the query gives more integer",
      ],
      [
        `select 2 as x, 'a' as price`,
        "a, column 2: the contract has price decimal(18,8), the query gives price varchar",
      ],
    ] as const;
    for (const [sql, message] of cases) {
      const error = await breach(session, sql);
      assertEquals([error.code, error.field], ["MODEL_CONTRACT", "models/a.sql"]);
      assertEquals(error.message.includes(message), true, error.message);
      // What was there stays.
      assertEquals((await session.query("SELECT x FROM main.a")).rows, [[1]]);
    }
  });
});

Deno.test("transform() rebuilds an incremental table whose column had another type", async () => {
  await withSession(async (session) => {
    await session.run("CREATE TABLE main.a AS SELECT 1::INTEGER AS x");
    const sql = "{{ config(materialized='incremental', unique_key=['x']) }} select 2::bigint as x";
    const project = await projectOf(sql, { x: "bigint" });
    const { models } = await transform({ project, session });
    assertEquals(models.map(({ action }) => action), ["built"]);
    const { columns, rows } = await session.query("SELECT x FROM main.a");
    assertEquals([columns[0]?.type, rows], ["BIGINT", [[2]]]);
  });
});

Deno.test("Project.load() refuses a contract with a column that has no type", async () => {
  const load = () => projectOf("select 1 as x", { x: "" }).then(() => undefined);
  await assertRejects(load, TickhouseError, "data_type");
});
