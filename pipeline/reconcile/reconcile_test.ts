import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { jsonCodec } from "../codec/json.ts";
import { DATASETS, ticks } from "../datasets/datasets.ts";
import { chainOf } from "../lake/lake.ts";
import type { Link } from "../lake/layout.ts";
import { differencesOf, TestHouse } from "../stream/fixture.ts";
import { deadLetterQueue } from "../sink/dead_letters.ts";
import { WarehouseSink } from "../warehouse/sink.ts";
import { stream } from "../stream/stream.ts";
import { DuckDbWarehouse } from "../duckdb/warehouse.ts";
import { reconcile } from "./reconcile.ts";
import { lakeSide } from "../lake/side.ts";
import { warehouseSide } from "../warehouse/side.ts";

/** A house of several objects a partition, with dead letters, all of it proven. */
async function goodHouse(format: "parquet" | "ndjson" = "parquet"): Promise<TestHouse> {
  const house = await TestHouse.open();
  for (let i = 0; i < 3; i++) {
    await house.send(90, 20);
    await house.fill(format);
  }
  return house;
}

/** Asserts one of the differences, all of which must be those of that side and partition. */
async function assertFound(house: TestHouse, where: RegExp, says: RegExp): Promise<void> {
  const proof = await house.prove();
  const found = differencesOf(proof);
  assertEquals(proof.proven, false, "nothing was found");
  assert(found.every((text) => where.test(text)), found.join("\n"));
  assertMatch(found.join("\n"), says);
}

async function linksOf(house: TestHouse, partition: number): Promise<Link[]> {
  const links = await Array.fromAsync(chainOf(house.store, ticks.topic));
  return links.filter((l) => l.partition === partition)
    .sort((a, b) => a.startOffset - b.startOffset);
}

async function somePartition(house: TestHouse): Promise<number> {
  const links = await Array.fromAsync(chainOf(house.store, ticks.topic));
  return links[0]?.partition ?? -1;
}

function metadataPath(house: TestHouse, key: string): string {
  const folder = join(house.lakeRoot, ".meta", key);
  const [entry] = [...Deno.readDirSync(folder)];
  return join(folder, entry?.name ?? "");
}

function changeMetadata(house: TestHouse, key: string, change: Record<string, string>): void {
  const path = metadataPath(house, key);
  const metadata = JSON.parse(Deno.readTextFileSync(path));
  Deno.writeTextFileSync(path, JSON.stringify({ ...metadata, ...change }));
}

for (const format of ["parquet", "ndjson"] as const) {
  Deno.test(`reconcile() proves a good house, its lake in ${format}`, async () => {
    await using house = await goodHouse(format);
    const proof = await house.prove();
    assertEquals([proof.proven, differencesOf(proof)], [true, []]);
    const sides = proof.partitions.flatMap((p) => p.sides);
    for (const name of ["broker", "lake", "warehouse"]) {
      const own = sides.filter((side) => side.side === name);
      assertEquals(own.reduce((sum, side) => sum + side.position, 0), 270);
      const dead = own.reduce((sum, side) => sum + side.dead, 0);
      assertEquals(dead, name === "broker" ? 0 : 13);
      const rows = own.reduce((sum, side) => sum + side.rows, 0);
      assertEquals(rows, name === "broker" ? 270 : 257);
    }
  });
}

Deno.test("reconcile() of nothing at all is proven, and of a lake of nothing but dead letters", async () => {
  await using house = await TestHouse.open();
  assertEquals((await house.prove()).proven, true);
  for (const format of ["parquet", "ndjson"] as const) {
    await using dead = await TestHouse.open();
    await dead.send(20, 1);
    await dead.fill(format);
    assertEquals(differencesOf(await dead.prove()), []);
  }
});

Deno.test("reconcile() takes a sink that lags for no difference, and says how far", async () => {
  await using house = await goodHouse();
  await house.send(60, 7);
  assertEquals(differencesOf(await house.prove()), []);
  await house.drain(house.rows());
  const proof = await house.prove();
  assertEquals(differencesOf(proof), []);
  const lag = (name: string) =>
    proof.partitions.flatMap((p) => p.sides).filter((s) => s.side === name)
      .reduce((sum, side) => sum + side.lag, 0);
  assertEquals([lag("lake"), lag("warehouse")], [60, 0]);
});

Deno.test("reconcile() compares what there is: without lake, without warehouse", async () => {
  await using house = await goodHouse();
  const { broker, store } = house;
  const codec = jsonCodec;
  const query = house.warehouse.query.bind(house.warehouse);
  assertEquals(
    (await reconcile({ broker, codec, datasets: DATASETS, ends: [lakeSide(store)] })).proven,
    true,
  );
  assertEquals(
    (await reconcile({ broker, codec, datasets: DATASETS, ends: [warehouseSide({ query })] }))
      .proven,
    true,
  );
  assertEquals(
    (await reconcile({ broker, codec, datasets: [], ends: [lakeSide(store)] })).partitions,
    [],
  );
  // A log that is compared with nothing is not proven by that.
  const alone = await reconcile({ broker, codec, datasets: DATASETS, ends: [] });
  assertEquals([alone.proven, differencesOf(alone)], [false, []]);
});

Deno.test("reconcile() finds a row deleted from the warehouse", async () => {
  await using house = await goodHouse();
  const p = await somePartition(house);
  await house.warehouse.query(
    `DELETE FROM bronze.ticks WHERE _partition = ${p}
     AND _offset = (SELECT max(_offset) FROM bronze.ticks WHERE _partition = ${p})`,
  );
  await assertFound(house, new RegExp(`^ticks/${p} warehouse: `), /1 of \d+ records missing/);
});

Deno.test("reconcile() finds a row doubled in the warehouse", async () => {
  await using house = await goodHouse();
  const p = await somePartition(house);
  await house.warehouse.query(
    `INSERT INTO bronze.ticks SELECT * FROM bronze.ticks WHERE _partition = ${p} LIMIT 1`,
  );
  await assertFound(house, new RegExp(`^ticks/${p} warehouse: `), /1 rows twice/);
});

Deno.test("reconcile() finds one row lost and another doubled", async () => {
  await using house = await goodHouse();
  const p = await somePartition(house);
  await house.warehouse.query(
    `UPDATE bronze.ticks
     SET _offset = (SELECT min(_offset) FROM bronze.ticks WHERE _partition = ${p})
     WHERE _partition = ${p} AND _offset =
       (SELECT max(_offset) FROM bronze.ticks WHERE _partition = ${p})`,
  );
  await assertFound(house, new RegExp(`^ticks/${p} warehouse: `), /1 rows twice/);
});

Deno.test("reconcile() finds a changed price, to the last decimal", async () => {
  await using house = await goodHouse();
  const p = await somePartition(house);
  await house.warehouse.query(
    `UPDATE bronze.ticks SET price = price + 0.00000001 WHERE _partition = ${p}
     AND _offset = (SELECT min(_offset) FROM bronze.ticks WHERE _partition = ${p})`,
  );
  const says = /sum of price is \d+\.\d+1, in the log \d+\.\d+0/;
  await assertFound(house, new RegExp(`^ticks/${p} warehouse: `), says);
});

Deno.test("reconcile() finds an object that is gone from the lake", async () => {
  await using house = await goodHouse();
  const p = await somePartition(house);
  const [, middle] = await linksOf(house, p);
  assert(middle);
  Deno.removeSync(join(house.lakeRoot, middle.key));
  const says = new RegExp(`gap from ${middle.startOffset} to ${middle.nextOffset}`);
  await assertFound(house, new RegExp(`^ticks/${p} lake: `), says);
});

Deno.test("reconcile() finds an object with other bytes", async () => {
  await using house = await goodHouse();
  const p = await somePartition(house);
  const [first] = await linksOf(house, p);
  const path = join(house.lakeRoot, first?.key ?? "");
  const bytes = Deno.readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  Deno.writeFileSync(path, bytes);
  await assertFound(house, new RegExp(`^ticks/${p} lake: `), /00000\.parquet .* checksum differs/);
});

for (
  const [what, change, says] of [
    ["ends later", 3, /overlaps the one before/],
    ["ends sooner", -3, /gap from \d+ to \d+/],
  ] as const
) {
  Deno.test(`reconcile() finds an object whose metadata ${what}`, async () => {
    await using house = await goodHouse();
    const p = await somePartition(house);
    const [first] = await linksOf(house, p);
    assert(first);
    changeMetadata(house, first.key, { end: String(first.nextOffset + change) });
    await assertFound(house, new RegExp(`^ticks/${p} lake: `), says);
  });
}

Deno.test("reconcile() finds a last object whose metadata claims more than it holds", async () => {
  await using house = await goodHouse();
  const p = await somePartition(house);
  const last = (await linksOf(house, p)).at(-1);
  assert(last);
  changeMetadata(house, last.key, { end: String(last.nextOffset + 4) });
  const says = new RegExp(`stands at ${last.nextOffset + 4}, beyond the log's end`);
  await assertFound(house, new RegExp(`^ticks/${p} lake: `), says);
});

Deno.test("reconcile() finds a sink that stands beyond the log's end", async () => {
  await using house = await goodHouse();
  const p = await somePartition(house);
  const { next } = await house.broker.offsets(ticks.topic, p);
  await house.warehouse.query(
    `UPDATE bronze._positions SET next_offset = ${next + 7} WHERE "partition" = ${p}`,
  );
  const says = new RegExp(`stands at ${next + 7}, beyond the log's end ${next}`);
  await assertFound(house, new RegExp(`^ticks/${p} warehouse: `), says);
  const side = (await house.prove()).partitions[p]?.sides.find((s) => s.side === "warehouse");
  assertEquals(side?.lag, 0);
});

Deno.test("reconcile() finds sinks that hold rows of a log that is gone", async () => {
  await using house = await goodHouse();
  await using empty = await TestHouse.open();
  const query = house.warehouse.query.bind(house.warehouse);
  const { store } = house;
  const options = {
    codec: jsonCodec,
    datasets: [ticks],
    ends: [lakeSide(store), warehouseSide({ query })],
  };
  const proof = await reconcile({ ...options, broker: empty.broker });
  assertEquals(proof.proven, false);
  assertMatch(differencesOf(proof).join("\n"), /lake: stands at \d+, beyond the log's end 0/);
});

Deno.test("reconcile() finds a dead letter that is missing", async () => {
  await using house = await TestHouse.open();
  await house.send(40, 10);
  await using lake = await house.lake();
  await house.drain(lake);
  // A sink that gives records up without keeping them.
  await using other = await TestHouse.open();
  const { broker } = house;
  const rows = other.rows();
  await stream({
    broker,
    topic: ticks.topic,
    sink: rows,
    policy: { minRecords: 1, maxWaitMs: 0, maxRecords: 100 },
    signal: AbortSignal.abort(),
  });
  const query = other.warehouse.query.bind(other.warehouse);
  const proof = await reconcile({
    broker,
    codec: jsonCodec,
    datasets: [ticks],
    ends: [warehouseSide({ query })],
  });
  const found = differencesOf(proof).join("\n");
  assertEquals(proof.proven, false);
  assertMatch(found, /ticks\/\d warehouse: \d+ rows in offsets 0 up to \d+, the log has \d+ that/);
  assertMatch(found, /warehouse: \d of \d+ records missing/);
});

Deno.test("reconcile() never sees a difference while streams write", async () => {
  await using house = await TestHouse.open();
  await using lake = await house.lake();
  const stop = new AbortController();
  const policy = { minRecords: 100, maxWaitMs: 100, maxRecords: 10_000 };
  const { broker } = house;
  const run = (sink: typeof lake | ReturnType<TestHouse["rows"]>) =>
    stream({ broker, topic: ticks.topic, sink, policy, signal: stop.signal });
  const runs = [run(lake), run(house.rows())];
  // So many during each proof: on a slow machine there would be ever more to prove.
  const feed = async () => {
    for (let i = 0; i < 12; i++) {
      await house.send(25, 20);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };
  for (let i = 0; i < 5; i++) {
    const feeding = feed();
    assertEquals(differencesOf(await house.prove()), []);
    await feeding;
  }
  stop.abort();
  await Promise.all(runs);
  assertEquals(differencesOf(await house.prove()), []);
});

Deno.test("reconcile() after retention cut the log compares lake and warehouse there", async () => {
  await using house = await TestHouse.open();
  house.weather.nowMs = Date.UTC(2026, 0, 1);
  await house.send(160, 20);
  await house.fill();
  house.weather.nowMs += 1_000_000;
  await house.send(80, 20);
  await house.fill();
  assert(await house.broker.retain({ maxAgeMs: 500_000 }) > 0);
  assertEquals(differencesOf(await house.prove()), []);
  const p = await somePartition(house);
  await house.warehouse.query(
    `DELETE FROM bronze.ticks WHERE _partition = ${p} AND _offset =
       (SELECT min(_offset) + 1 FROM bronze.ticks WHERE _partition = ${p})`,
  );
  const says = /warehouse: \d+ rows in offsets 0 up to \d+, the lake has \d+/;
  await assertFound(house, new RegExp(`^ticks/${p} warehouse: `), says);
});

Deno.test("reconcile() proves a sink that came after the log's beginning was gone", async () => {
  await using house = await TestHouse.open();
  house.weather.nowMs = Date.UTC(2026, 0, 1);
  await house.send(160);
  await using lake = await house.lake();
  await house.drain(lake);
  house.weather.nowMs += 1_000_000;
  await house.send(80);
  await house.broker.retain({ maxAgeMs: 500_000 });
  await house.fill();
  assertEquals(differencesOf(await house.prove()), []);
});

Deno.test("reconcile() from an offset on compares what is behind it, and only that", async () => {
  await using house = await goodHouse();
  const p = await somePartition(house);
  const { next } = await house.broker.offsets(ticks.topic, p);
  await house.send(80, 20);
  await house.fill();
  const query = house.warehouse.query.bind(house.warehouse);
  const { broker, store } = house;
  const from = (_: string, partition: number) => partition === p ? next : 0;
  const prove = () =>
    reconcile({
      broker,
      codec: jsonCodec,
      datasets: [ticks],
      ends: [lakeSide(store), warehouseSide({ query })],
      from,
    });
  const deleteOne = (extreme: "min" | "max") =>
    house.warehouse.query(
      `DELETE FROM bronze.ticks WHERE _partition = ${p} AND _offset =
         (SELECT ${extreme}(_offset) FROM bronze.ticks WHERE _partition = ${p})`,
    );
  await deleteOne("min");
  assertEquals(differencesOf(await prove()), []);
  await deleteOne("max");
  assertMatch(differencesOf(await prove()).join("\n"), /warehouse: 1 of \d+ records missing/);
});

Deno.test("reconcile() finds a row that moved to another day", async () => {
  await using house = await goodHouse();
  const p = await somePartition(house);
  await house.warehouse.query(
    `UPDATE bronze.ticks SET event_time = event_time + INTERVAL 1 DAY
     WHERE _partition = ${p} AND _offset = (SELECT max(_offset) FROM bronze.ticks WHERE _partition = ${p})`,
  );
  await assertFound(
    house,
    new RegExp(`^ticks/${p} warehouse: (contents differ|\\d{4}-\\d\\d-\\d\\d: )`),
    /: \d+ rows, in the log \d+/,
  );
});

Deno.test("reconcile() compares a second warehouse, by its own dead letters", async () => {
  await using house = await goodHouse();
  const { broker, store, folder } = house;
  const second = await DuckDbWarehouse.open({
    path: join(folder.path, "second.duckdb"),
    codec: jsonCodec,
    deadLetters: deadLetterQueue(broker, "snowflake"),
  });
  await using _second = second;
  await second.migrate();
  await house.drain(new WarehouseSink(second, ticks, "snowflake"));
  const query = house.warehouse.query.bind(house.warehouse);
  const snowflake = { query: second.query.bind(second), dialect: "duckdb" as const };
  const prove = () =>
    reconcile({
      broker,
      codec: jsonCodec,
      datasets: [ticks],
      ends: [lakeSide(store), warehouseSide({ query }), warehouseSide(snowflake, "snowflake")],
    });
  const proof = await prove();
  assertEquals([proof.proven, differencesOf(proof)], [true, []]);
  assertEquals(proof.partitions[0]?.sides.map(({ side }) => side).at(-1), "snowflake");
  const p = await somePartition(house);
  await second.query(`UPDATE bronze.ticks SET size = size + 1 WHERE _partition = ${p}`);
  assertMatch(differencesOf(await prove()).join("\n"), /snowflake: sum of size is/);
});

Deno.test("reconcile() finds that the log dropped what a sink had not taken", async () => {
  await using house = await TestHouse.open();
  house.weather.nowMs = Date.UTC(2026, 0, 1);
  await house.send(80);
  await house.fill();
  await house.send(80);
  house.weather.nowMs += 1_000_000;
  await house.send(80);
  assert(await house.broker.retain({ maxAgeMs: 500_000 }) > 0);
  const proof = await house.prove();
  assertEquals(proof.proven, false);
  const says = /lake: stands at \d+, and the log has dropped what follows, up to \d+/;
  assertMatch(differencesOf(proof).join("\n"), says);
});
