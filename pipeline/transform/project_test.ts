import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { TickhouseError } from "../errors.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { Project, transform } from "./transform.ts";

const SOURCES = `
sources:
  - name: bronze
    tables:
      - name: ticks
        columns: []
`;

/** A project folder with these files; removed when disposed. */
async function projectOf(files: Record<string, string>) {
  const folder = await Deno.makeTempDir();
  const all = { "dbt_project.yml": "name: small", "models/sources.yml": SOURCES, ...files };
  for (const [file, text] of Object.entries(all)) {
    await Deno.mkdir(`${folder}/${file.split("/").slice(0, -1).join("/")}`, { recursive: true });
    await Deno.writeTextFile(`${folder}/${file}`, text);
  }
  return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

async function refused(files: Record<string, string>): Promise<TickhouseError> {
  await using project = await projectOf(files);
  return await assertRejects(() => Project.load(project.folder), TickhouseError);
}

async function database() {
  const file = await DuckDbFile.open(":memory:");
  const session = await file.session();
  await session.run("CREATE SCHEMA bronze; CREATE TABLE bronze.ticks AS SELECT 1 AS price");
  return { file, session };
}

Deno.test("Project.load() names the file of an unknown ref, source or var", async () => {
  const ref = await refused({ "models/a.sql": "select * from {{ ref('b') }}" });
  assertEquals([ref.code, ref.field], ["MODEL_REF_UNKNOWN", "models/a.sql"]);
  assertStringIncludes(ref.message, "Use one of a.");
  const source = await refused({ "models/a.sql": "from {{ source('bronze', 'trades') }}" });
  assertEquals([source.code, source.field], ["MODEL_SOURCE_UNKNOWN", "models/a.sql"]);
  const variable = await refused({ "models/a.sql": "select {{ var('x') }}" });
  assertEquals([variable.code, variable.field], ["MODEL_VAR_UNKNOWN", "models/a.sql"]);
});

Deno.test("Project.load() shows the circle in refs", async () => {
  const error = await refused({
    "models/a.sql": "from {{ ref('c') }}",
    "models/b.sql": "from {{ ref('a') }}",
    "models/c.sql": "from {{ ref('b') }}",
  });
  assertEquals(error.code, "MODEL_CYCLE");
  assertStringIncludes(error.message, "a → c → b → a");
});

Deno.test("Project.load() names file and line of a template it can't read", async () => {
  const open = await refused({ "models/a.sql": "select 1\n{% if %}" });
  assertEquals([open.code, open.field], ["MODEL_TEMPLATE", "models/a.sql"]);
  assertStringIncludes(open.message, "Line 2");
  const more = await refused({ "models/a.sql": "{{ adapter.dispatch('x') }}" });
  assertEquals([more.code, more.field], ["MODEL_TEMPLATE", "models/a.sql"]);
});

Deno.test("Project.load() refuses configurations it does not know", async () => {
  const kind = await refused({ "models/a.sql": "{{ config(materialized='seed') }} select 1" });
  assertEquals([kind.code, kind.field], ["MODEL_CONFIG", "models/a.sql"]);
  const key = await refused({
    "models/a.sql": "{{ config(materialized='incremental') }} select 1",
  });
  assertStringIncludes(key.message, "unique_key");
  const columns = "[{name: x, data_tests: [positive]}]";
  const test = await refused({
    "models/a.sql": "select 1 as x",
    "models/a.yml": `models: [{name: a, columns: ${columns}}]`,
  });
  assertEquals([test.code, test.field], ["TEST_UNKNOWN", "models/a.yml"]);
});

Deno.test("Project.load() says that a folder holds no project", async () => {
  const error = await assertRejects(() => Project.load("/nowhere"), TickhouseError);
  assertEquals(error.code, "PROJECT_MISSING");
});

Deno.test("Project.load() renders vars, macros, this and is_incremental", async () => {
  await using files = await projectOf({
    "dbt_project.yml": "name: small\nvars: {unit: cm}",
    "macros/twice.sql": "{% macro twice(x) %}{{ x }} + {{ x }} /* {{ this }} */{% endmacro %}",
    "models/a.sql": "{{ config(materialized='incremental', unique_key='x', schema='gold') }}" +
      "select {{ twice('1') }} as x, '{{ var('unit') }}' as u, {{ var('n', 5) }} as n" +
      "{% if is_incremental() %} from {{ this }}{% endif %}",
  });
  const [model] = (await Project.load(files.folder)).models;
  assertEquals(model?.full, "select 1 + 1 /* gold.a */ as x, 'cm' as u, 5 as n");
  assertEquals(model?.incremental, `${model?.full} from gold.a`);
});

Deno.test("Project.load() takes variables that stand over those of the project", async () => {
  await using files = await projectOf({
    "dbt_project.yml": "name: small\nvars: {unit: cm, slice_records: 0}",
    "models/a.sql": "{{ config(materialized='incremental', unique_key='x') }} select 1 as x" +
      "{% if is_incremental() %} limit {{ var('slice_records', 0) }}{% endif %}",
    "models/b.sql": "select '{{ var('unit') }}' as u",
  });
  const seen = async (vars: Record<string, unknown>) => {
    const { models } = await Project.load(files.folder, vars);
    return models.map((m) => [m.sliced, m.incremental]);
  };
  assertEquals(await seen({ unit: "mm" }), [
    [false, "select 1 as x limit 0"],
    [false, "select 'mm' as u"],
  ]);
  assertEquals(await seen({ slice_records: 5 }), [
    [true, "select 1 as x limit 5"],
    [false, "select 'cm' as u"],
  ]);
});

Deno.test("transform() says which setting gives a model more memory", async () => {
  await using files = await projectOf({
    "models/a.sql": "{{ config(materialized='table') }} select list(hash(range)) as x" +
      " from range(10000000)",
  });
  const { file, session } = await database();
  await using _file = file;
  await session.run("SET temp_directory = ''; SET memory_limit = '16MiB'");
  const project = await Project.load(files.folder);
  const error = await assertRejects(() => transform({ project, session }), TickhouseError);
  assertEquals([error.code, error.field], ["MODEL_FAILED", "models/a.sql"]);
  assertMatch(error.message, /Out of Memory Error: [^\n]+ Raise TICKHOUSE_MEMORY, or [^\n]+$/);
});

Deno.test("transform() keeps the old table of a model that fails, and names its file", async () => {
  await using files = await projectOf({
    "models/a.sql": "{{ config(materialized='table') }} select 10 // price as y" +
      " from {{ source('bronze', 'ticks') }}",
    "models/b.sql": "{{ config(materialized='table') }} select cast('x' || y as int) as z" +
      " from {{ ref('a') }}",
  });
  const { file, session } = await database();
  await using _file = file;
  await session.run("CREATE TABLE main.b AS SELECT 7 AS z");
  const project = await Project.load(files.folder);
  const error = await assertRejects(() => transform({ project, session }), TickhouseError);
  assertEquals([error.code, error.field], ["MODEL_FAILED", "models/b.sql"]);
  assertEquals((await session.query("FROM main.a")).rows, [[10]]);
  assertEquals((await session.query("FROM main.b")).rows, [[7]]);
  // The failed model is tried again although nothing it reads changed.
  await assertRejects(() => transform({ project, session }), TickhouseError);
});

Deno.test("transform() rebuilds a table that an earlier version of its model made", async () => {
  const model = (columns: string) => ({
    "models/a.sql": "{{ config(materialized='incremental', unique_key='x') }} " +
      `select ${columns} from {{ source('bronze', 'ticks') }}`,
  });
  const { file, session } = await database();
  await using _file = file;
  await using before = await projectOf(model("1 as x"));
  await using after = await projectOf(model("1 as x, 2 as y"));
  const actions: string[] = [];
  for (const { folder } of [before, before, after, after]) {
    const { models } = await transform({ project: folder, session });
    actions.push(...models.map((m) => m.action));
  }
  assertEquals(actions, ["built", "updated", "built", "updated"]);
  assertEquals((await session.query("FROM main.a")).rows, [[1, 2]]);
});

Deno.test("transform() reports the faults that tests find", async () => {
  await using files = await projectOf({
    "models/a.sql": "{{ config(materialized='table') }} select * from (values (1), (1), (null))" +
      " as t (x)",
    "models/b.sql": "{{ config(materialized='table') }} select 2 as x",
    "models/all.yml": `models:
  - name: a
    columns:
      - name: x
        data_tests:
          - not_null
          - unique
          - accepted_values: {arguments: {values: [2, 3]}}
          - relationships: {arguments: {to: ref('b'), field: x}}
`,
    "tests/never_one.sql": "select * from {{ ref('a') }} where x = 1",
  });
  const { file, session } = await database();
  await using _file = file;
  const { checks, failed } = await transform({ project: files.folder, session });
  assertEquals(checks.length, 5);
  assertEquals(failed.map(({ name, faults }) => [name, faults]), [
    ["not_null_a_x", 1],
    ["unique_a_x", 1],
    ["accepted_values_a_x", 2],
    ["relationships_a_x", 2],
    ["never_one", 2],
  ]);
});

Deno.test("transform() builds what is selected, and with full refresh what reads it", async () => {
  await using files = await projectOf({
    "models/a.sql": "{{ config(materialized='table') }} select 1 as x",
    "models/b.sql": "{{ config(materialized='table') }} from {{ ref('a') }}",
    "models/c.sql": "{{ config(materialized='table') }} select 3 as x",
  });
  const { file, session } = await database();
  await using _file = file;
  const project = await Project.load(files.folder);
  await transform({ project, session });
  const one = await transform({ project, session, select: ["a"] });
  assertEquals(one.models.map((m) => [m.name, m.action]), [["a", "unchanged"]]);
  const all = await transform({ project, session, select: ["a"], fullRefresh: true });
  assertEquals(all.models.map((m) => [m.name, m.action]), [["a", "built"], ["b", "built"]]);
  const error = await assertRejects(
    () => transform({ project, session, select: ["d"] }),
    TickhouseError,
  );
  assertEquals([error.code, error.field], ["MODEL_UNKNOWN", "select"]);
});

Deno.test("transform() says what to do when the bronze tables are missing", async () => {
  await using files = await projectOf({
    "models/a.sql": "select * from {{ source('bronze', 'ticks') }}",
  });
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  const error = await assertRejects(
    () => transform({ project: files.folder, session }),
    TickhouseError,
  );
  assertEquals([error.code, error.field], ["SOURCE_UNREADABLE", "bronze.ticks"]);
});
