/**
 * The models built by dbt and in process, on DuckDB and on Snowflake's stand-in, from equal rows of
 * bronze: every row of every table.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { TempFolder } from "../../pipeline/testing.ts";
import { DuckDbFile } from "../../pipeline/duckdb/engine/file.ts";
import { createSchema } from "../../pipeline/duckdb/schema.ts";
import { insertion, PERIODS, RandomDays } from "../reference/random_days.ts";
import { Arrivals } from "./arrivals.ts";
import { type Contents, duckDbHouse, project, rowsBeyond, snowflakeHouse } from "./houses.ts";
import { tradingDays } from "./trading_days.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
/** Real daily bars, in a partition of their own: of years with a split and with a first day. */
const DAILY_BARS = `
INSERT INTO bronze.bars BY NAME
SELECT 'bars' AS _topic, 7 AS _partition, row_number() OVER () - 1 AS _offset,
  TIMESTAMP '2026-03-02 00:00:00' AS _ingest_time, 'csv' AS source, Ticker AS symbol,
  '1d' AS bar_interval, Date::TIMESTAMP AS open_time, Open AS open, High AS high, Low AS low,
  Close AS close, "Adj Close" AS adj_close, Volume AS volume
FROM read_csv('${ROOT}/data/stocks_daily.csv.gz') WHERE year(Date) IN (2005, 2012)`;

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
    [arrivals.batch(200), tradingDays(2), insertion(days.batch(300))],
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
