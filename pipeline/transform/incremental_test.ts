import { assert, assertEquals } from "@std/assert";
import { Arrivals, seeded } from "../../tests/parity/arrivals.ts";
import { createSchema } from "../duckdb/schema.ts";
import { DuckDbFile, type DuckDbSession } from "../duckdb/engine/file.ts";
import { Project, transform } from "./transform.ts";
import { EmptyWarehouse, PROJECT } from "./warehouse_fixture.ts";

const MODELS = PROJECT.folder;

/** What no run changes: it follows from the seeds. */
const OF_SEEDS = ["silver_listings", "silver_calendars", "silver_trading_days"];

/** Columns that tell in how many runs a row was built, and lists whose order says nothing. */
const OF_RUNS = ["_version", "_ends", "_elsewhere"];

/** Every row of every model, but for what tells in how many runs it was built. */
async function contents(session: DuckDbSession): Promise<Record<string, readonly string[]>> {
  const tables: Record<string, readonly string[]> = {};
  for (const { name, relation, kind } of PROJECT.models) {
    if (kind === "seed" || OF_SEEDS.includes(name)) continue;
    const { columns } = await session.query(`SELECT * FROM ${relation} LIMIT 0`);
    const kept = columns.map((c) => c.name).filter((c) => !OF_RUNS.includes(c));
    const { rows } = await session.query(`SELECT ${kept.join(", ")} FROM ${relation} ORDER BY ALL`);
    tables[name] = rows.map((row) => JSON.stringify(row));
  }
  return tables;
}

/** Fails with the rows that only one of them has: a whole table is too much to read. */
function assertSame(
  actual: Record<string, readonly string[]>,
  expected: Record<string, readonly string[]>,
): void {
  const without = (rows: readonly string[], others: readonly string[] = []) => {
    const known = new Set(others);
    return rows.filter((row) => !known.has(row)).slice(0, 5);
  };
  for (const [name, rows] of Object.entries(expected)) {
    const found = actual[name] ?? [];
    const [more, less] = [without(found, rows), without(rows, found)];
    assertEquals({ name, count: found.length, more }, { name, count: rows.length, more: less });
  }
}

async function builtAtOnce(
  statements: readonly string[],
): Promise<Record<string, readonly string[]>> {
  await using warehouse = await EmptyWarehouse.open();
  const { session } = warehouse;
  for (const statement of statements) await session.run(statement);
  await transform({ project: PROJECT, session, checks: false });
  return await contents(session);
}

for (const seed of [1, 2]) {
  Deno.test(`transform() run by run gives what one run gives, seed ${seed}`, async () => {
    await using file = await DuckDbFile.open(":memory:");
    await using session = await file.session();
    await createSchema(session);
    const arrivals = new Arrivals(seed);
    const random = seeded(-seed);
    const statements: string[] = [];
    for (let run = 0; run < 6; run++) {
      for (let batch = 0; batch < 1 + random() * 3; batch++) {
        const statement = arrivals.batch(1 + Math.floor(random() * 60));
        statements.push(statement);
        await session.run(statement);
        // As if the run had died between silver and gold, or within gold.
        const died = random();
        if (died < 0.3) await silverOnly(session, []);
        else if (died < 0.5) await silverOnly(session, ["gold_candlestick_1s"]);
      }
      if (run > 0 && random() < 0.3) await silverRefreshedAlone(session);
      await transform({ project: PROJECT, session, checks: false });
      // To build at once costs as much as all of the runs.
      if (run % 2 === 1) assertSame(await contents(session), await builtAtOnce(statements));
    }
    const { failed } = await transform({ project: PROJECT, session });
    assertEquals(failed, []);
  });
}

for (const [seed, slice] of [[4, 1], [5, 7], [6, 40]] as const) {
  Deno.test(`transform() slice by slice gives what one run gives, ${slice} records each`, async () => {
    await using file = await DuckDbFile.open(":memory:");
    await using session = await file.session();
    await createSchema(session);
    const sliced = await Project.load(MODELS, { slice_records: slice });
    const arrivals = new Arrivals(seed);
    const random = seeded(-seed);
    const statements: string[] = [];
    for (let round = 0; round < 3; round++) {
      const statement = arrivals.batch(5 + Math.floor(random() * 15));
      statements.push(statement);
      await session.run(statement);
      // What is left of a backlog, and what came after it, are one to the next round.
      const slices = round < 2 ? 3 : Infinity;
      for (let i = 0, left = true; i < slices && left; i++) {
        left = !(await transform({ project: sliced, session, checks: false })).complete;
      }
    }
    assertSame(await contents(session), await builtAtOnce(statements));
    const { failed, complete, models } = await transform({ project: sliced, session });
    assertEquals([failed, complete], [[], true]);
    assertEquals(models.filter(({ action }) => action !== "unchanged"), []);
  });
}

for (const recheckAt of ["a look again", "the next run over all"]) {
  Deno.test(`a trade that moved by a day is two until ${recheckAt}, then one`, async () => {
    await using file = await DuckDbFile.open(":memory:");
    await using session = await file.session();
    await createSchema(session);
    const beside = await Project.load(MODELS, { moved_within_seconds: 3600 });
    const statements: string[] = [];
    const arrive = async (offset: number, at: string, more = "") => {
      const statement =
        `INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, source,
        symbol, trade_id, price, size, event_time${more && ", action"})
        VALUES ('ticks', 0, ${offset}, make_timestamp(1800000000000000 + ${offset}), 'feed', 'S',
          '${offset === 7 ? 7 : offset > 10 ? 3 : offset % 4}', 10, 1, '${at}'${more})`;
      statements.push(statement);
      await session.run(statement);
    };
    for (const offset of [0, 1, 2, 3]) await arrive(offset, `2026-03-02 15:00:0${offset}`);
    await transform({ project: beside, session, recheck: true, checks: false });
    await arrive(4, "2026-03-03 15:00:00"); // Moved by a day, and does not say so.
    await transform({ project: beside, session, checks: false });
    await arrive(5, "2026-03-03 15:00:00", ", 'correct'"); // Says so.
    await arrive(7, "2026-03-03 15:00:01");
    await transform({ project: beside, session, checks: false });
    await arrive(10, "2026-03-02 15:30:00"); // Moved by half an hour.
    await transform({ project: beside, session, checks: false });
    assertEquals((await session.query("SELECT count(*) FROM silver.silver_clean_ticks")).rows, [[
      6,
    ]]);
    if (recheckAt === "a look again") {
      const { models } = await transform({
        project: beside,
        session,
        recheck: true,
        checks: false,
      });
      assertEquals(models.find(({ name }) => name === "silver_clean_ticks")?.action, "updated");
    } else {
      await transform({ project: await Project.load(MODELS), session, recheck: true });
    }
    assertSame(await contents(session), await builtAtOnce(statements));
    // Once more, with nothing read in between: the row that said how far silver is may be replaced.
    for (const [offset, day] of [[11, "05"], [12, "07"]] as const) {
      await arrive(offset, `2026-03-${day} 15:00:00`);
      await transform({ project: beside, session, checks: false });
      await transform({ project: beside, session, recheck: true, checks: false });
      assertSame(await contents(session), await builtAtOnce(statements));
      const { rows } = await session.query(`SELECT count(*) FROM silver.silver_clean_ticks
        WHERE _version = (SELECT max(_version) FROM silver.silver_clean_ticks)
          AND _ends IS NOT NULL`);
      assertEquals(rows, [[1]]);
    }
    const idle = await transform({ project: beside, session, recheck: true, checks: false });
    assertEquals(idle.models.filter(({ rows }) => rows > 0).map(({ name }) => name), []);
  });
}

/** As a killed process leaves it: silver is committed, gold is not, and nothing is remembered. */
async function silverOnly(session: DuckDbSession, and: readonly string[]): Promise<void> {
  const stage = PROJECT.models.filter((m) => m.schema !== "gold").map((m) => m.name);
  await transform({ project: PROJECT, session, select: [...stage, ...and], checks: false });
}

/** As `dbt run --full-refresh --select silver_clean_ticks` does. */
async function silverRefreshedAlone(session: DuckDbSession): Promise<void> {
  const silver = PROJECT.models.find((m) => m.name === "silver_clean_ticks");
  assert(silver);
  await session.run(`CREATE OR REPLACE TABLE ${silver.relation} AS ${silver.full}`);
}

Deno.test("transform() leaves alone what reads nothing new", async () => {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await createSchema(session);
  const arrivals = new Arrivals(9);
  await session.run(arrivals.batch(50));
  await transform({ project: PROJECT, session, checks: false });
  const idle = await transform({ project: PROJECT, session, checks: false });
  assertEquals(idle.models.filter((m) => m.action !== "unchanged"), []);
  await session.run(
    "INSERT INTO bronze.index_bars SELECT * REPLACE (1000 AS _offset) " +
      "FROM bronze.index_bars LIMIT 1",
  );
  const next = await transform({ project: PROJECT, session, checks: false });
  assertEquals(
    next.models.filter((m) => m.action !== "unchanged").map((m) => m.name),
    [
      "bronze_stg_index_bars",
      "silver_clean_index_bars",
      "gold_candlestick_bars",
      "gold_bar_days",
      "gold_candlestick_rollup",
      "gold_candlestick_coarse",
      "gold_candlestick",
      "gold_candle_differences",
      "gold_daily_adjusted",
      "gold_kpi",
      "gold_preferred_bars",
      "gold_quality_findings",
      "gold_quality",
      "gold_source_differences",
      "gold_treechart",
    ],
  );
});

Deno.test("transform() leaves it alone on another session of the same database, too", async () => {
  await using file = await DuckDbFile.open(":memory:");
  const build = async () => {
    await using session = await file.session();
    await createSchema(session);
    const { models } = await transform({
      project: PROJECT,
      session,
      database: file,
      checks: false,
    });
    return models.filter(({ action }) => action !== "unchanged").length;
  };
  assertEquals(await build() > 0, true);
  assertEquals(await build(), 0);
});

Deno.test("transform() reads while another connection appends", async () => {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await using writer = await file.session();
  await createSchema(session);
  const arrivals = new Arrivals(10);
  const statements = Array.from({ length: 30 }, () => arrivals.batch(20));
  const writing = (async () => {
    for (const statement of statements) await writer.run(`BEGIN; ${statement}; COMMIT`);
  })();
  for (let run = 0; run < 5; run++) await transform({ project: PROJECT, session, checks: false });
  await writing;
  await transform({ project: PROJECT, session });
  assertSame(await contents(session), await builtAtOnce(statements));
});
