import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { TickhouseError } from "../errors.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { TempFolder } from "../testing.ts";
import { Project, transform } from "./transform.ts";

const TYPES = "{name: varchar, day: date, minute: integer, amount: 'decimal(18, 8)'}";
const YML = (types: string) =>
  `seeds: [{name: ref_a, config: {column_types: ${types}}, columns: []}]`;
const HEADER = "name,day,minute,amount\n";

/** A project whose seed `ref_a` has this text, and a model that reads it. */
class Seeded implements Disposable {
  readonly #folder = new TempFolder();
  readonly path = this.#folder.path;

  constructor(csv: string, types = TYPES, files: Record<string, string> = {}) {
    const all = {
      "dbt_project.yml": "name: small\nmodel-paths: [models]\nseeds: {small: {+schema: silver}}",
      "seeds/ref_a.csv": csv,
      "seeds/seeds.yml": YML(types),
      "models/b.sql":
        "{{ config(materialized='table') }} select count(*) as n from {{ ref('ref_a') }}",
      ...files,
    };
    for (const [file, text] of Object.entries(all)) {
      Deno.mkdirSync(`${this.path}/${file.split("/").slice(0, -1).join("/")}`, { recursive: true });
      Deno.writeTextFileSync(`${this.path}/${file}`, text);
    }
  }

  write(csv: string): void {
    Deno.writeTextFileSync(`${this.path}/seeds/ref_a.csv`, csv);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

async function database() {
  await using made = new AsyncDisposableStack();
  const file = made.use(await DuckDbFile.open(":memory:"));
  const session = made.use(await file.session());
  const owned = made.move();
  return { session, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

Deno.test("a seed is a table of the types that its .yml says, an empty cell null", async () => {
  using files = new Seeded(
    HEADER + 'a,,,\r\n"b, ""c""; d\\",2025-01-31,-240,3800\n\nMcDonald\'s,,007,-0.00000854\n',
  );
  await using warehouse = await database();
  const { models } = await transform({ project: files.path, session: warehouse.session });
  assertEquals(models.map((m) => [m.name, m.kind, m.action, m.rows]), [
    ["ref_a", "seed", "built", 3],
    ["b", "table", "built", 1],
  ]);
  const { columns, rows } = await warehouse.session.query("SELECT * FROM silver.ref_a");
  assertEquals(columns.map((c) => c.type), ["VARCHAR", "DATE", "INTEGER", "DECIMAL(18,8)"]);
  assertEquals(rows, [
    ["a", null, null, null],
    ['b, "c"; d\\', "2025-01-31", -240, "3800.00000000"],
    ["McDonald's", null, 7, "-0.00000854"],
  ]);
});

Deno.test("a seed is built again when its file or its table changed, and then what reads it", async () => {
  using files = new Seeded(HEADER + "a,2025-01-31,007,1.50\nb,,,\n");
  await using warehouse = await database();
  const built = async () => {
    const { models } = await transform({ project: files.path, session: warehouse.session });
    return models.find((m) => m.name === "ref_a")?.action;
  };
  const count = async () => (await warehouse.session.query("SELECT n FROM main.b")).rows[0]?.[0];
  assertEquals([await built(), await built()], ["built", "unchanged"]);
  files.write(HEADER + "b,,,\na,2025-01-31,7,1.5\n");
  assertEquals(await built(), "unchanged", "other writing and another order are the same rows");
  files.write(HEADER + "b,,,\na,2025-01-31,7,1.6\na,2025-01-31,7,1.6\n");
  assertEquals([await built(), await count()], ["built", 3]);
  files.write(HEADER + "b,,,\nb,,,\na,2025-01-31,7,1.6\n");
  assertEquals(await built(), "built", "as many rows, one of them twice");
  await warehouse.session.run("UPDATE silver.ref_a SET minute = 8 WHERE minute = 7");
  assertEquals([await built(), await built()], ["built", "unchanged"]);
  await warehouse.session.run("ALTER TABLE silver.ref_a ALTER minute TYPE BIGINT");
  assertEquals([await built(), await built()], ["built", "unchanged"]);
});

Deno.test("a seed that stays leaves its readers alone on a known database", async () => {
  using files = new Seeded(HEADER + "a,,,\n");
  await using warehouse = await database();
  const project = await Project.load(files.path);
  const database_ = {};
  const run = async (fullRefresh = false) => {
    const options = { project, session: warehouse.session, database: database_, fullRefresh };
    return (await transform(options)).models.map((m) => m.action);
  };
  assertEquals(await run(), ["built", "built"]);
  assertEquals(await run(), ["unchanged", "unchanged"]);
  assertEquals(await run(true), ["built", "built"]);
});

Deno.test("a seed of more rows than a statement holds is built in parts, an empty one without rows", async () => {
  const many = Array.from({ length: 9_000 }, (_, i) => `${"x".repeat(40)}${i},,${i},\n`).join("");
  using files = new Seeded(HEADER + many);
  await using warehouse = await database();
  const { session } = warehouse;
  const built = async () => (await transform({ project: files.path, session })).models[0];
  assertEquals([(await built())?.rows, (await built())?.action], [9_000, "unchanged"]);
  const { rows } = await session.query(
    "SELECT sum(minute), count(DISTINCT name) FROM silver.ref_a",
  );
  assertEquals(rows, [[40495500, 9000]]);
  files.write(HEADER);
  assertEquals([(await built())?.rows, (await built())?.action], [0, "unchanged"]);
});

Deno.test("a seed that can't be read is refused with file, line, column, value and what to write", async () => {
  const refusals: readonly (readonly [csv: string, types: string, says: string, value?: string])[] =
    [
      ["", TYPES, "line 1: there is no line"],
      [HEADER + "a,,,\n\na,2025-02-30,,\n", TYPES, "line 4: column day is no date", "2025-02-30"],
      [HEADER + "a,31.1.2025,,\n", TYPES, "line 2: column day is no date", "31.1.2025"],
      [HEADER + "a,,1.5,\n", TYPES, "line 2: column minute is no integer", "1.5"],
      [
        HEADER + "a,,,0.123456789\n",
        TYPES,
        "line 2: column amount is no decimal(18, 8)",
        "0.123456789",
      ],
      [
        HEADER + "a,,,12345678901\n",
        TYPES,
        "line 2: column amount is no decimal(18, 8)",
        "12345678901",
      ],
      [HEADER + "a,,\n", TYPES, "line 2: 3 cells where 4 columns are named"],
      [HEADER + 'a,,,\n"b,,,\n', TYPES, "line 3: ", "b,,,"],
      ["name,extra\n", "{name: varchar}", "line 1: column extra has no type", "extra"],
      ["name\n", TYPES, "line 1: column day is missing", "day"],
      ["name\n", "{name: float}", "line 1: column name has a type that seeds do not have", "float"],
    ];
  for (const [csv, types, says, value] of refusals) {
    using files = new Seeded(csv, types);
    const error = await assertRejects(() => Project.load(files.path), TickhouseError);
    assertEquals([error.code, error.field], ["SEED_INVALID", "seeds/ref_a.csv"]);
    assertStringIncludes(error.message, value ?? "");
    assertStringIncludes(error.message, `: ${says}`);
  }
});

Deno.test("a test whose severity is warn finds faults that do not fail", async () => {
  using files = new Seeded(HEADER + "a,,,\n", TYPES, {
    "tests/names_are_long.sql": "{{ config(severity='warn') }}\nselect * from {{ ref('ref_a') }}",
    "models/b.yml": `models:
  - name: b
    columns:
      - name: n
        data_tests:
          - accepted_values: {arguments: {values: [7]}, config: {severity: warn}}
          - accepted_values: {arguments: {values: [8]}}
`,
  });
  await using warehouse = await database();
  const { warned, failed } = await transform({ project: files.path, session: warehouse.session });
  const names = (checks: typeof failed) => checks.map(({ name, faults }) => [name, faults]);
  assertEquals(names(warned), [["accepted_values_b_n", 1], ["names_are_long", 1]]);
  assertEquals(names(failed), [["accepted_values_b_n", 1]]);
});

Deno.test("a severity that is neither error nor warn is refused", async () => {
  using files = new Seeded(HEADER, TYPES, {
    "tests/x.sql": "{{ config(severity='loud') }} select * from {{ ref('ref_a') }}",
  });
  const error = await assertRejects(() => Project.load(files.path), TickhouseError);
  assertEquals([error.code, error.field], ["MODEL_CONFIG", "tests/x.sql"]);
});
