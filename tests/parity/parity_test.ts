/**
 * The models built by dbt and in process, on DuckDB and on Snowflake's stand-in, from equal rows of
 * bronze: every row of every table.
 * @module
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { TempFolder } from "../../pipeline/testing.ts";
import { DuckDbFile } from "../../pipeline/duckdb/engine/file.ts";
import { createSchema } from "../../pipeline/duckdb/schema.ts";
import { insertion, PERIODS, RandomDays } from "../reference/random_days.ts";
import { Arrivals } from "./arrivals.ts";
import { BUILD, dbt } from "./dbt.ts";
import { type Contents, duckDbHouse, project, rowsBeyond, snowflakeHouse } from "./houses.ts";
import { tradingDays } from "./trading_days.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
/** The real daily bars, in a partition of their own. */
const DAILY_BARS = `
INSERT INTO bronze.bars BY NAME
SELECT 'bars' AS _topic, 7 AS _partition, row_number() OVER () - 1 AS _offset,
  TIMESTAMP '2026-03-02 00:00:00' AS _ingest_time, 'csv' AS source, Ticker AS symbol,
  '1d' AS bar_interval, Date::TIMESTAMP AS open_time, Open AS open, High AS high, Low AS low,
  Close AS close, "Adj Close" AS adj_close, Volume AS volume
FROM read_csv('${ROOT}/data/stocks_daily.csv.gz')`;

Deno.test("dbt and transform() build equal tables on DuckDB and Snowflake, full and run by run", async () => {
  using folder = new TempFolder();
  await using seed = await DuckDbFile.open(":memory:");
  await using source = await seed.session();
  await createSchema(source);
  await using houses = new AsyncDisposableStack();
  const built = [
    houses.use(duckDbHouse(folder.path, false)),
    houses.use(duckDbHouse(folder.path, true)),
    houses.use(await snowflakeHouse(folder.path, false)),
    houses.use(await snowflakeHouse(folder.path, true)),
  ];
  const arrivals = new Arrivals(77);
  // Those that the reference agrees with; in partitions of their own.
  const days = new RandomDays(77, PERIODS["a split of Amazon, and Facebook's new name"], 13, 20);
  const runs = [
    [arrivals.batch(400), tradingDays(1), DAILY_BARS, insertion(days.batch(400))],
    [arrivals.batch(150), tradingDays(2), insertion(days.batch(200))],
    [arrivals.batch(150), insertion(days.batch(200))],
  ];
  const known = new Map<string, number>();
  for (const [run, statements] of runs.entries()) {
    for (const statement of statements) await source.run(statement);
    const rows = await rowsBeyond(source, known);
    let expected: Contents | undefined;
    for (const house of built) {
      await house.insert(rows);
      await house.build();
      const contents = await house.contents();
      expected ??= contents;
      for (const { name } of project.models) {
        assertSame(contents[name], expected[name], `${name}, ${house.name}, run ${run + 1}`);
        assert(contents[name]?.rows.length, `${name} has rows`);
      }
    }
  }
  for (const house of built) await house.check();
});

/** Fails with the rows that only one of them has: a whole table is too much to read. */
function assertSame(
  actual: Contents[string] | undefined,
  expected: Contents[string] | undefined,
  what: string,
): void {
  const only = (rows: readonly string[] = [], others: readonly string[] = []) => {
    const known = new Set(others);
    return rows.filter((row) => !known.has(row)).slice(0, 5);
  };
  const [more, less] = [only(actual?.rows, expected?.rows), only(expected?.rows, actual?.rows)];
  const { columns, rows } = expected ?? { columns: [], rows: [] };
  assertEquals(
    { columns: actual?.columns, count: actual?.rows.length, rows: more },
    { columns, count: rows.length, rows: less },
    what,
  );
}

Deno.test("dbt by slices comes to what one run gives", async () => {
  using folder = new TempFolder();
  await using seed = await DuckDbFile.open(":memory:");
  await using source = await seed.session();
  await createSchema(source);
  const [whole, sliced] = [duckDbHouse(folder.path, false), duckDbHouse(folder.path, true)];
  const arrivals = new Arrivals(78);
  const known = new Map<string, number>();
  for (const count of [50, 100]) {
    await source.run(arrivals.batch(count));
    const rows = await rowsBeyond(source, known);
    for (const house of [whole, sliced]) await house.insert(rows);
    await whole.build();
    // The first run takes everything, the second a part.
    await sliced.build({ slice_records: 60 });
  }
  const expected = withoutVersions(await whole.contents());
  assertNotEquals(withoutVersions(await sliced.contents()), expected);
  for (let run = 0; run < 4; run++) await sliced.build({ slice_records: 60 });
  assertEquals(withoutVersions(await sliced.contents()), expected);
});

/** A version tells in how many runs a row was built. */
function withoutVersions(contents: Contents): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(contents).map(([name, { columns, rows }]) => {
      const version = columns.indexOf("_version");
      const kept = (row: string) =>
        JSON.stringify((JSON.parse(row) as unknown[]).filter((_, i) => i !== version));
      return [name, rows.map(kept).sort()];
    }),
  );
}

Deno.test("dbt parse has no warning about the models", async () => {
  using folder = new TempFolder();
  const variables = { TICKHOUSE_DBT_DUCKDB: `${folder.path}/none.duckdb` };
  const printed = await dbt(folder.path, variables, "--warn-error", "parse");
  assert(!/warning|deprecat/i.test(printed), printed);
});

Deno.test("dbt docs describe every column of every table, and freshness is asked of each source", async () => {
  using folder = new TempFolder();
  const variables = { TICKHOUSE_DBT_DUCKDB: `${folder.path}/docs.duckdb` };
  {
    await using file = await DuckDbFile.open(`${folder.path}/docs.duckdb`);
    await using session = await file.session();
    await createSchema(session);
    await session.run(new Arrivals(5).batch(50));
    for (const table of ["ticks", "quotes", "bars", "index_bars", "corporate_actions"]) {
      await session.run(`UPDATE bronze.${table} SET _ingest_time = now()::TIMESTAMP`);
    }
  }
  await dbt(folder.path, variables, ...BUILD);
  await dbt(folder.path, variables, "docs", "generate");
  const read = async (name: string) =>
    JSON.parse(await Deno.readTextFile(`${folder.path}/target/${name}.json`));
  const { nodes, sources } = await read("catalog");
  const manifest = await read("manifest");
  const described = { ...manifest.nodes, ...manifest.sources };
  const absent = Object.entries<{ columns: object }>({ ...nodes, ...sources }).flatMap((
    [id, { columns }],
  ) =>
    Object.keys(columns).filter((c) => !described[id].columns[c.toLowerCase()]?.description)
      .map((c) => `${id}.${c}`)
  );
  assertEquals(absent, []);
  assertEquals(Object.keys(nodes).length, project.models.length);
  assertEquals(Object.keys(manifest.exposures).length, 2);
  await dbt(folder.path, variables, "source", "freshness");
  const { results } = await read("sources");
  assertEquals(results.map(({ status }: { status: string }) => status), Array(5).fill("pass"));
});
