import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { jsonCodec } from "../codec/json.ts";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { transform } from "../transform/transform.ts";
import { DuckDbWarehouse } from "../duckdb/warehouse.ts";
import { MODELS_FOLDER, modelsLeft, openModels } from "./models.ts";

const BACKLOG = 1_000_000;

/** Of eight ticks, five go to the first of four partitions, as those of busy symbols do. */
const PARTITION = "CASE WHEN i % 8 < 5 THEN 0 ELSE i % 8 - 4 END";
const OFFSET = "CASE WHEN i % 8 < 5 THEN i // 8 * 5 + i % 8 ELSE i // 8 END";

/** A warehouse whose models know 1,000 ticks of `1000 + BACKLOG`, opened with that much memory. */
async function behind(folder: TempFolder, memoryLimit: string): Promise<DuckDbWarehouse> {
  const open = async (options: { memoryLimit?: string } = {}) => {
    const path = join(folder.path, "w.duckdb");
    const deadLetters = () => Promise.reject(new Error("no row is bad"));
    const warehouse = await DuckDbWarehouse.open({
      path,
      codec: jsonCodec,
      deadLetters,
      ...options,
    });
    await warehouse.migrate();
    return warehouse;
  };
  const insert = (from: number, to: number) =>
    `INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, symbol, price, size,
      event_time, source, trade_id)
    SELECT 'ticks', ${PARTITION}, ${OFFSET}, make_timestamp(1800000000000000 + i), 'S' || (i % 4), 1 + i % 99, 1,
      make_timestamp(1800000000000000 + i * 500), 'feed', i::VARCHAR FROM range(${from}, ${to}) r(i)`;
  {
    await using warehouse = await open();
    await warehouse.query(insert(0, 1000));
    await (await openModels(warehouse)).finish();
    await warehouse.query(insert(1000, 1000 + BACKLOG));
  }
  return await open({ memoryLimit });
}

/** Calls until nothing is left; returns how many. Then every tick is in the candles once. */
async function untilBuilt(
  warehouse: DuckDbWarehouse,
  build: () => Promise<boolean>,
): Promise<number> {
  let calls = 1;
  while (!await build()) calls++;
  const { rows } = await warehouse.query(
    "SELECT sum(trades)::BIGINT, count(DISTINCT open_time) > 1 FROM gold.gold_candlestick_1m",
  );
  assertEquals(rows, [[1000 + BACKLOG, true]]);
  return calls;
}

Deno.test("openModels() builds a backlog that memory is too small for, by slices", async () => {
  using folder = new TempFolder();
  await using warehouse = await behind(folder, "128MiB");
  const whole = async () => {
    await using session = await warehouse.session();
    await transform({ project: MODELS_FOLDER, session, checks: false });
  };
  const error = await assertRejects(whole, TickhouseError);
  assertEquals(error.kind, "transient");
  assertStringIncludes(error.message, "Out of Memory");
  const { build } = await openModels(warehouse);
  assertEquals(await modelsLeft(warehouse), BACKLOG);
  await build();
  const left = await modelsLeft(warehouse);
  assert(left < BACKLOG && left > BACKLOG / 2, `${left}`);
  // 167,772 records a slice, one of which was built, and a look that finds nothing.
  assertEquals(await untilBuilt(warehouse, build), 6);
  assertEquals(await modelsLeft(warehouse), 0);
});

Deno.test("openModels() takes smaller slices when memory was not enough", async () => {
  using folder = new TempFolder();
  await using warehouse = await behind(folder, "2GiB");
  const notes: string[] = [];
  const { build } = await openModels(warehouse, { onNote: (note) => notes.push(note) });
  await warehouse.query("SET memory_limit = '96MiB'");
  await untilBuilt(warehouse, build);
  // 2,684,354 records a slice, then half of that, until it fits.
  const slices = notes.flatMap((note) =>
    note.match(/building by ([\d,]+) records for now/)?.[1] ?? []
  );
  assert(slices.length > 0, notes.join("\n"));
  assertEquals(slices, ["1,342,177", "671,088", "335,544", "167,772"].slice(0, slices.length));
});

Deno.test("openModels() fails at once where memory was never enough", async () => {
  using folder = new TempFolder();
  await using warehouse = await behind(folder, "128MiB");
  const sleep = () => Promise.reject(new Error("it waits"));
  const { build } = await openModels(warehouse, { clock: { now: () => 0, sleep } });
  await warehouse.query("SET memory_limit = '8MiB'");
  const error = await assertRejects(() => untilBuilt(warehouse, build), TickhouseError);
  assertEquals(error.code, "MODEL_FAILED");
  await warehouse.query("SET memory_limit = '128MiB'");
});

Deno.test("openModels() waits when no slice is small enough, and fails when that lasts", async () => {
  using folder = new TempFolder();
  await using warehouse = await behind(folder, "128MiB");
  let waited = 0;
  const { build } = await openModels(warehouse, {
    clock: {
      now: () => 0,
      sleep: (ms) => {
        waited += ms;
        return Promise.resolve();
      },
    },
  });
  await build();
  await warehouse.query("SET memory_limit = '8MiB'");
  const error = await assertRejects(() => untilBuilt(warehouse, build), TickhouseError);
  assertEquals(error.code, "MODEL_FAILED");
  assertStringIncludes(error.message, "Raise TICKHOUSE_MEMORY");
  assertEquals(waited, 60_000);
  await warehouse.query("SET memory_limit = '128MiB'");
  assertEquals(await build(), false);
});
