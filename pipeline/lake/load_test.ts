import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { Packed } from "../batch.ts";
import { jsonCodec } from "../codec/json.ts";
import { ticks } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { FORMATS } from "./fixture.ts";
import { chainOf, LakeSink } from "./lake.ts";
import type { LakeFormat } from "./layout.ts";
import { DirectoryStore } from "../store/directory.ts";
import { TempFolder, validBatch, validMessage } from "../testing.ts";
import { differencesOf, TestHouse } from "../stream/fixture.ts";
import { earlier } from "../warehouse/evolution_conformance.ts";
import { loadLake } from "./load.ts";

/** A lake of several objects a partition, and an empty warehouse. */
async function lakeHouse(format: LakeFormat = "parquet"): Promise<TestHouse> {
  const house = await TestHouse.open();
  await using lake = await house.lake(format);
  for (let i = 0; i < 3; i++) {
    await house.send(80, 20);
    await house.drain(lake);
  }
  return house;
}

async function firstPath(house: TestHouse): Promise<string> {
  const [first] = await Array.fromAsync(chainOf(house.store, ticks.topic));
  return join(house.lakeRoot, first?.key ?? "");
}

for (const format of FORMATS) {
  Deno.test(`loadLake() brings every row of the lake in ${format} into the warehouse, once`, async () => {
    await using house = await lakeHouse(format);
    const report = await loadLake(house.store, house.warehouse, ticks);
    assertEquals([report.rows, report.skipped], [228, 0]);
    const again = await loadLake(house.store, house.warehouse, ticks);
    assertEquals(again, { objects: 0, skipped: report.objects, rows: 0 });
    const types = await house.warehouse.query(
      "SELECT typeof(price), typeof(event_time) FROM bronze.ticks LIMIT 1",
    );
    assertEquals(types.rows, [["DECIMAL(18,8)", "TIMESTAMP"]]);
    // Records that the lake gave up are given up by the warehouse too.
    assertEquals(differencesOf(await house.prove()), []);
  });
}

Deno.test("loadLake() goes on in the middle of an object that a stream wrote to the half", async () => {
  await using house = await TestHouse.open();
  await house.send(40);
  await house.drain(house.rows());
  await house.send(40);
  await using lake = await house.lake();
  await house.drain(lake);
  assertEquals((await loadLake(house.store, house.warehouse, ticks)).rows, 40);
  assertEquals(differencesOf(await house.prove()), []);
  await house.send(40);
  await house.fill();
  assertEquals(differencesOf(await house.prove()), []);
});

Deno.test("loadLake() loads nothing of an object with other bytes", async () => {
  await using house = await lakeHouse();
  const path = await firstPath(house);
  const bytes = Deno.readFileSync(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  Deno.writeFileSync(path, bytes);
  const load = () => loadLake(house.store, house.warehouse, ticks);
  const error = await assertRejects(load, TickhouseError, path.slice(-30));
  assertEquals(error.code, "OBJECT_DAMAGED");
  const found = await house.warehouse.query("SELECT count(*) FROM bronze.ticks");
  assertEquals(found.rows, [[0]]);
});

Deno.test("loadLake() refuses an object of more decimals than today's declaration keeps", async () => {
  await using house = await lakeHouse();
  const price = { type: { kind: "decimal", precision: 18, scale: 4 } } as const;
  const today = earlier(ticks, { price });
  const error = await assertRejects(
    () => loadLake(house.store, house.warehouse, today),
    TickhouseError,
    "it has DECIMAL(18,8), the declaration DECIMAL(18,4)",
  );
  assertEquals([error.code, error.field], ["OBJECT_DIFFERS", "ticks.price"]);
  assertEquals((await house.warehouse.query("SELECT count(*) FROM bronze.ticks")).rows, [[0]]);
});

Deno.test("loadLake() refuses an object of more digits before the point than are declared", async () => {
  await using house = await lakeHouse();
  const price = { type: { kind: "decimal", precision: 12, scale: 8 } } as const;
  const error = await assertRejects(
    () => loadLake(house.store, house.warehouse, earlier(ticks, { price })),
    TickhouseError,
    "Declare it with 10 digits before the point",
  );
  assertEquals([error.code, error.field], ["OBJECT_DIFFERS", "ticks.price"]);
});

Deno.test("loadLake() refuses digits of NDJSON that today's declaration does not keep", async () => {
  await using house = await TestHouse.open();
  await house.send(40);
  await using lake = await house.lake("ndjson");
  await house.drain(lake);
  // Two decimals are all that the simulated prices have.
  const kept = (scale: number) =>
    earlier(ticks, { price: { type: { kind: "decimal", precision: 18, scale } } });
  const error = await assertRejects(
    () => loadLake(house.store, house.warehouse, kept(0)),
    TickhouseError,
  );
  assertEquals([error.code, error.field], ["OBJECT_DIFFERS", "ticks.price"]);
  assertEquals((await house.warehouse.query("SELECT count(*) FROM bronze.ticks")).rows, [[0]]);
  assertEquals((await loadLake(house.store, house.warehouse, kept(2))).rows, 40);
});

Deno.test("loadLake() stops at a gap", async () => {
  await using house = await lakeHouse();
  const links = await Array.fromAsync(chainOf(house.store, ticks.topic));
  const middle = links.find((link) => link.startOffset > 0);
  assert(middle);
  const before = links.filter((l) => l.partition === middle.partition && l.startOffset === 0);
  Deno.removeSync(join(house.lakeRoot, before[0]?.key ?? ""));
  const error = await assertRejects(
    () => loadLake(house.store, house.warehouse, ticks),
    TickhouseError,
  );
  assertEquals(error.code, "POSITION_CONFLICT");
});

Deno.test("loadLake() refuses a lake of another log than the warehouse's, and loads nothing", async () => {
  await using mine = await TestHouse.open();
  await mine.send(10);
  await mine.drain(mine.rows());
  await using theirs = await lakeHouse();
  const load = () => loadLake(theirs.store, mine.warehouse, ticks);
  assertEquals((await assertRejects(load, TickhouseError, ticks.topic)).code, "LOG_REPLACED");
  const found = await mine.warehouse.query("SELECT count(*) FROM bronze.ticks");
  assertEquals(found.rows, [[10]]);
});

Deno.test("loadLake() binds a fresh warehouse to the lake's log", async () => {
  await using house = await lakeHouse();
  await loadLake(house.store, house.warehouse, ticks);
  const claim = () => house.warehouse.claim(ticks.topic, "another");
  assertEquals((await assertRejects(claim, TickhouseError)).code, "LOG_REPLACED");
  await house.drain(house.rows());
});

Deno.test("loadLake() takes a lake that was never bound, but not into a warehouse that is", async () => {
  await using house = await lakeHouse();
  using folder = new TempFolder();
  await using store = new DirectoryStore(folder.path);
  await using lake = await LakeSink.open({
    ...{ store, dataset: ticks, codec: jsonCodec, deadLetters: () => Promise.resolve() },
  });
  await loadLake(store, house.warehouse, ticks);
  await lake.write([validBatch(ticks, 0, 0, 5)]);
  assertEquals((await loadLake(store, house.warehouse, ticks)).rows, 5);
  await lake.write([validBatch(ticks, 0, 5, 5)]);
  await house.warehouse.claim(ticks.topic, "some log");
  const load = () => loadLake(store, house.warehouse, ticks);
  assertEquals((await assertRejects(load, TickhouseError, ticks.topic)).code, "LOG_UNKNOWN");
  await lake.claim(ticks.topic, "some log");
  assertEquals((await load()).rows, 5);
});

Deno.test("loadLake() begins where the lake does, whose log had dropped its beginning", async () => {
  await using house = await TestHouse.open();
  house.weather.nowMs = Date.UTC(2026, 0, 1);
  await house.send(80);
  house.weather.nowMs += 1_000_000;
  await house.send(80);
  assertEquals(await house.broker.retain({ maxAgeMs: 500_000 }), 80);
  await using lake = await house.lake();
  await house.drain(lake);
  assertEquals((await loadLake(house.store, house.warehouse, ticks)).rows, 80);
  assertEquals(differencesOf(await house.prove()), []);
  // And the stream goes on behind it.
  await house.send(40);
  assertEquals((await house.drain(house.rows())).rows, 40);
  assertEquals((await loadLake(house.store, house.warehouse, ticks)).rows, 0);
});

for (const format of FORMATS) {
  Deno.test(`loadLake() gives back each digit of a lake in ${format}`, async () => {
    await using house = await TestHouse.open();
    const prices = ["883406386.00000005", "987654321.12345678", "0.00000001", "12.5"];
    const values = Packed.from(
      prices.map((price, i) => JSON.stringify({ ...validMessage(ticks, i), price })),
    );
    await house.broker.produce(ticks.topic, [{ key: "AAPL", values }]);
    await using lake = await house.lake(format);
    await house.drain(lake);
    await loadLake(house.store, house.warehouse, ticks);
    const found = await house.warehouse.query("SELECT price FROM bronze.ticks ORDER BY _offset");
    assertEquals(found.rows.flat(), [
      "883406386.00000005",
      "987654321.12345678",
      "0.00000001",
      "12.50000000",
    ]);
    assertEquals(differencesOf(await house.prove()), []);
  });
}
