import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { jsonCodec } from "../codec/json.ts";
import { DuckDbWarehouse } from "../duckdb/warehouse.ts";
import { TempFolder } from "../testing.ts";
import { openModels } from "./models.ts";
import { isProven, runReport } from "./run_report.ts";

const HOUR_MS = 3_600_000;

/** A warehouse, a clock that the test moves, and models beside a stream of trades. */
async function market(folder: TempFolder) {
  const stack = new AsyncDisposableStack();
  const warehouse = stack.use(
    await DuckDbWarehouse.open({
      path: join(folder.path, "w.duckdb"),
      codec: jsonCodec,
      deadLetters: () => Promise.reject(new Error("no row is bad")),
    }),
  );
  await warehouse.migrate();
  const notes: string[] = [];
  const clock = { ms: 0, now: () => clock.ms, sleep: () => Promise.resolve() };
  const models = await openModels(warehouse, { onNote: (text) => notes.push(text), clock });
  let offset = 0;
  return {
    ...{ warehouse, notes, clock, models },
    trade: async (id: string, at: string) => {
      await warehouse.query(
        `INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, source, symbol,
          trade_id, price, size, event_time)
        VALUES ('ticks', 0, ${offset}, make_timestamp(1800000000000000 + ${offset}), 'feed', 'S',
          '${id}', 10, 1, '${at}')`,
      );
      offset++;
    },
    count: async (table: string) =>
      (await warehouse.query(`SELECT count(*)::INTEGER FROM ${table}`)).rows[0]?.[0],
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

Deno.test("models beside a stream make facts one that stand twice at start, each hour and at the end", async () => {
  using folder = new TempFolder();
  await using at = await market(folder);
  const silver = () => at.count("silver.silver_clean_ticks");
  const move = async (id: string) => {
    await at.trade(id, "2026-03-02 15:00:00");
    await at.models.build();
    await at.trade(id, "2026-03-04 15:00:00");
    await at.models.build();
  };
  await at.models.build();
  await move("1");
  assertEquals(await silver(), 2);
  at.clock.ms = HOUR_MS - 1;
  await at.models.build();
  assertEquals(await silver(), 2);
  at.clock.ms = HOUR_MS;
  await at.models.build();
  assertEquals(await silver(), 1);
  await move("2");
  await at.models.build();
  assertEquals(await silver(), 3);
  // As a process does that starts again.
  const again = await openModels(at.warehouse, { onNote: () => {}, clock: at.clock });
  await again.build();
  assertEquals(await silver(), 2);
  await move("3");
  assertEquals(await silver(), 4);
  await at.models.finish();
  assertEquals(await silver(), 3);
  assertEquals([at.notes, at.models.faults], [[], []]);
  const { rows } = await at.warehouse.query(
    "SELECT sum(trades)::INTEGER FROM gold.gold_candlestick_1d",
  );
  assertEquals(rows, [[3]]);
});

Deno.test("what only warns is told at the end of a stream, with a row, and fails nothing", async () => {
  using folder = new TempFolder();
  await using at = await market(folder);
  await at.trade("1", "2026-03-02 15:00:00");
  await at.warehouse.query("UPDATE bronze.ticks SET conditions = '@ XYZ'");
  await at.models.build();
  at.clock.ms = 30_000;
  await at.models.build();
  assertEquals(at.notes, []);
  await at.models.finish();
  assertEquals(at.notes.length, 1);
  assertMatch(
    at.notes[0] ?? "",
    /^warning +conditions_are_known \(tests\/.*\): 2 rows .* condition (@|XYZ), trades 1$/,
  );
  assertEquals([at.models.failing, at.models.faults], [[], []]);
});

Deno.test("models beside a stream are tested each half minute and at the end; the report says what fails", async () => {
  using folder = new TempFolder();
  await using at = await market(folder);
  await at.trade("1", "2026-03-02 15:00:00");
  await at.models.build();
  await at.warehouse.query("UPDATE gold.gold_candlestick_1s SET trades = 2");
  at.clock.ms = 29_999;
  await at.models.build();
  assertEquals(at.models.faults, []);
  at.clock.ms = 30_000;
  await at.models.build();
  const file = "tests/newest_seconds_hold_their_trades.sql";
  const test = "newest_seconds_hold_their_trades";
  assertEquals(at.models.faults, [{ test, file, rows: 1, times: 1 }]);
  assertEquals(at.models.failing, at.models.faults);
  assertEquals(at.notes.length, 1);
  assertMatch(at.notes[0] ?? "", /^failed +the models' test newest_\w+ .*1 rows at fault/);
  // Told once, counted each time, until it passes.
  await at.models.finish();
  assertEquals(at.models.faults, [{ test, file, rows: 1, times: 2 }]);
  assertEquals(at.notes.length, 1);
  await at.warehouse.query("UPDATE gold.gold_candlestick_1s SET trades = 1");
  at.clock.ms = 60_000;
  await at.models.build();
  assertEquals([at.models.failing, at.models.faults.length], [[], 1]);
  const proof = { partitions: [], proven: true };
  const report = { read: { accepted: 1, refused: 0 }, ends: [], modelFaults: at.models.faults };
  assertEquals(isProven(report, proof), false);
  assertEquals(isProven({ ...report, modelFaults: [] }, proof), true);
  const text = String(runReport({ ...report, proof, proven: false }));
  assertMatch(text, /^failed +the models' test newest_\w+ .*`deno task transform --full-refresh`/m);
});
