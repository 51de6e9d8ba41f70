/** The models over very many ticks: all of them, and what a step of new ones costs. @module */
import { join } from "node:path";
import { STREAM_MEMORY } from "tickhouse/duckdb/end.ts";
import { MODELS_FOLDER, openModels, type StreamModels } from "tickhouse/house/models.ts";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { Project, transform } from "tickhouse/transform/transform.ts";
import { DuckDbWarehouse } from "tickhouse/duckdb/warehouse.ts";
import { DuckDbFile } from "tickhouse/duckdb/engine/file.ts";
import { createSchema } from "tickhouse/duckdb/schema.ts";
import type { SqlSession } from "tickhouse/sql/session.ts";
import { type Figures, Memory } from "./rig.ts";

/** Memory that DuckDB may take; beyond it, it writes to the disk. */
const MEMORY = "8GiB";
/** Ticks a second; 20 symbols of an exchange, 9:30 to 16:00 in New York, day after day. */
const RATE = 2_000;
const SYMBOLS = 20;

/** Rows a second of the grouping that every engine has to do at least. */
const FLOOR =
  "SELECT symbol, date_trunc('second', event_time), count(*) FROM bronze.ticks GROUP BY ALL";

/**
 * Builds the models over `rows` ticks, then over `step` more of which one in a hundred corrects an
 * earlier one and one in a hundred is late. Milliseconds, rates in ticks a second.
 */
export async function models(rows: number, step: number): Promise<Figures> {
  const folder = Deno.makeTempDirSync({ prefix: "tickhouse-bench-" });
  try {
    await using file = await DuckDbFile.open(join(folder, "models.duckdb"), {
      memoryLimit: MEMORY,
    });
    await using session = await file.session();
    await createSchema(session);
    await session.run(`SET temp_directory = '${join(folder, "spill")}'`);
    for (let from = 0; from < rows; from += 10_000_000) {
      await session.run(ticks(from, Math.min(rows, from + 10_000_000)));
    }
    const memory = new Memory();
    const project = await Project.load(MODELS_FOLDER);
    const build = async (name: string) => {
      const report = await transform({ project, session, checks: false });
      for (const model of report.models) {
        if (Deno.env.get("TICKHOUSE_BENCH_SHOW")) {
          console.error(name, model.name, model.rows, Math.round(model.ms));
        }
      }
      return report.ms;
    };
    const floor = await timed(session, FLOOR);
    const full = await build("full");
    await session.run(ticks(rows, rows + step, rows));
    const increment = await build("step");
    const { memory_q1, memory_q2, memory_q3, memory_q4 } = memory.stop();
    const peak = Math.max(memory_q1 ?? 0, memory_q2 ?? 0, memory_q3 ?? 0, memory_q4 ?? 0);
    return {
      ...{ rows, step, floor, full, increment, peak },
      full_rate: rows / full * 1000,
      step_rate: step / increment * 1000,
      floor_rate: rows / floor * 1000,
    };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/**
 * Builds the models over a backlog of `rows` ticks, whole, and as a stream does it, in slices within
 * its memory. Rates in ticks a second.
 */
export async function backlog(rows: number): Promise<Figures> {
  const rate = async (
    memoryLimit: string,
    open: (warehouse: DuckDbWarehouse) => Promise<Pick<StreamModels, "build">>,
  ) => {
    using folder = new TempFolder();
    await using warehouse = await DuckDbWarehouse.open({
      path: join(folder.path, "models.duckdb"),
      codec: jsonCodec,
      deadLetters: () => Promise.resolve(),
      memoryLimit,
    });
    await warehouse.migrate();
    for (let from = 0; from < rows; from += 100_000) {
      await warehouse.query(ticks(from, Math.min(rows, from + 100_000)));
    }
    const { build } = await open(warehouse);
    const startedAt = performance.now();
    while (!await build());
    return rows / (performance.now() - startedAt) * 1000;
  };
  const whole = await rate(MEMORY, async (warehouse) => {
    const project = await Project.load(MODELS_FOLDER);
    return {
      build: async () => {
        await using session = await warehouse.session();
        return (await transform({ project, session, checks: false })).complete;
      },
    };
  });
  return { rows, whole_rate: whole, sliced_rate: await rate(STREAM_MEMORY, openModels) };
}

/** Inserts ticks `from` up to `to`; those of a step also come late and correct the `earlier` ones. */
function ticks(from: number, to: number, earlier = 0): string {
  const id = earlier === 0
    ? "i"
    : `CASE i % 100 WHEN 7 THEN i - ${Math.min(earlier, 500_000)} ELSE i END`;
  const slot = earlier === 0 ? "n" : "CASE i % 100 WHEN 13 THEN n - 200000 ELSE n END";
  const day = RATE * 23_400;
  return `
INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, symbol, price, size,
  event_time, source, trade_id)
SELECT 'ticks', n % ${SYMBOLS} % 4, i // 4, make_timestamp(1800000000000000 + i),
  'S' || (n % ${SYMBOLS}), (20000 + n % 997 + i % 2)::DECIMAL(18, 8) / 100, 1 + n % 300,
  make_timestamp(1577975400000000 + slot // ${day} * 86400000000 + slot % ${day} * ${
    1_000_000 / RATE
  }),
  'feed', n::VARCHAR
FROM (SELECT i, n, ${slot} AS slot FROM (SELECT i, ${id} AS n FROM range(${from}, ${to}) r(i)))`;
}

async function timed(session: SqlSession, sql: string): Promise<number> {
  const startedAt = performance.now();
  await session.query(`SELECT count(*) FROM (${sql})`);
  return performance.now() - startedAt;
}
