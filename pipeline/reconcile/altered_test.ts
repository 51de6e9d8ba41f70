/** What `reconcile` must find although counts, offsets and sums are as they were. @module */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { ticks } from "../datasets/datasets.ts";
import { sha256OfFile } from "../sha256.ts";
import { chainOf } from "../lake/lake.ts";
import { differencesOf, TestHouse } from "../stream/fixture.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";

const ONE = "_offset = (SELECT median(_offset)::BIGINT FROM bronze.ticks WHERE _partition = $p)";
const LAST = "(SELECT max(_offset) FROM bronze.ticks WHERE _partition = $p)";

/** Changes of the partition `$p` of `bronze.ticks` that keep rows, offsets, days and sums. */
const ALTERATIONS: readonly (readonly [what: string, change: string])[] = [
  ["a symbol overwritten", `SET symbol = 'ZZZZ' WHERE ${ONE}`],
  ["a symbol in lower case", `SET symbol = lower(symbol) WHERE ${ONE}`],
  ["a trade id overwritten", `SET trade_id = 'x' WHERE ${ONE}`],
  ["a source overwritten", `SET source = 'elsewhere' WHERE ${ONE}`],
  [
    "an event time moved by a second",
    `SET event_time = event_time + INTERVAL 1 SECOND WHERE ${ONE}`,
  ],
  ["an event time moved by a microsecond", "SET event_time = event_time + INTERVAL 1 MICROSECOND"],
  ["all offsets reversed", `SET _offset = ${LAST} - _offset`],
  ["the ends of two texts swapped", "SET symbol = symbol || left(source, 1), source = source[2:]"],
  ["a text with a separator in it", `SET symbol = symbol || ';' WHERE ${ONE}`],
  ["an ingest time alone", "SET _ingest_time = _ingest_time + INTERVAL 1 DAY"],
];

/** A house of one object a partition without dead letters, all of it proven. */
async function goodHouse(): Promise<TestHouse> {
  const house = await TestHouse.open();
  await house.send(160);
  await house.fill();
  assertEquals(differencesOf(await house.prove()), []);
  return house;
}

async function somePartition(house: TestHouse): Promise<number> {
  const [link] = await Array.fromAsync(chainOf(house.store, ticks.topic));
  assert(link);
  return link.partition;
}

/** Asserts differences of that side and partition alone, of which one says so. */
async function assertFound(house: TestHouse, side: string, partition: number, says: RegExp) {
  const proof = await house.prove();
  const found = differencesOf(proof);
  assertEquals(proof.proven, false, "nothing was found");
  assert(found.every((text) => text.startsWith(`ticks/${partition} ${side}: `)), found.join("\n"));
  assertMatch(found.join("\n"), says);
}

const DIFFER = /contents differ: hash [0-9a-f]{16}, in the log [0-9a-f]{16}; first at offset \d+/;

for (const [what, change] of ALTERATIONS) {
  Deno.test(`reconcile() and ${what} in the warehouse`, async () => {
    await using house = await goodHouse();
    const p = await somePartition(house);
    const where = change.includes("WHERE _offset") ? "AND" : "WHERE";
    await house.warehouse.query(
      `UPDATE bronze.ticks ${change} ${where} _partition = ${p}`.replaceAll("$p", `${p}`),
    );
    if (what === "an ingest time alone") {
      assertEquals(differencesOf(await house.prove()), []);
    } else await assertFound(house, "warehouse", p, DIFFER);
  });

  Deno.test(`reconcile() and ${what} in an object of the lake, its checksum adapted`, async () => {
    await using house = await goodHouse();
    const p = await somePartition(house);
    await rewriteObject(house, p, change.replaceAll("$p", `${p}`));
    if (what === "an ingest time alone") {
      assertEquals(differencesOf(await house.prove()), []);
    } else await assertFound(house, "lake", p, DIFFER);
  });
}

/** Applies the change to the rows of the partition's first object. */
async function rewriteObject(house: TestHouse, partition: number, change: string): Promise<void> {
  const links = await Array.fromAsync(chainOf(house.store, ticks.topic));
  const key = links.find((link) => link.partition === partition)?.key ?? "";
  const path = join(house.lakeRoot, key);
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await session.run(
    `CREATE SCHEMA bronze; CREATE TABLE bronze.ticks AS FROM read_parquet('${path}');
     UPDATE bronze.ticks ${change}; COPY bronze.ticks TO '${path}' (FORMAT parquet)`,
  );
  const folder = join(house.lakeRoot, ".meta", key);
  const [entry] = [...Deno.readDirSync(folder)];
  const metadata = join(folder, entry?.name ?? "");
  const sha256 = await sha256OfFile(path);
  const known = JSON.parse(Deno.readTextFileSync(metadata));
  Deno.writeTextFileSync(metadata, JSON.stringify({ ...known, sha256 }));
}

Deno.test("reconcile() finds the values of two rows swapped, and names the first and the day", async () => {
  await using house = await goodHouse();
  const p = await somePartition(house);
  await house.warehouse.query(
    `UPDATE bronze.ticks SET _offset = CASE _offset WHEN 2 THEN 5 ELSE 2 END
     WHERE _partition = ${p} AND _offset IN (2, 5)`,
  );
  await assertFound(house, "warehouse", p, /; first at offset 2$/m);
  await assertFound(house, "warehouse", p, /2025-11-21: contents differ/);
});

Deno.test("reconcile() finds rows of another partition in an object of the lake", async () => {
  await using house = await goodHouse();
  const p = await somePartition(house);
  await rewriteObject(house, p, "SET _partition = _partition + 1");
  await assertFound(house, "lake", p, /the first row is none, in the log at offset 0/);
});

Deno.test("reconcile() finds a change in the part of the log that retention dropped", async () => {
  await using house = await TestHouse.open();
  house.weather.nowMs = Date.UTC(2026, 0, 1);
  await house.send(160);
  await house.fill();
  house.weather.nowMs += 1_000_000;
  await house.send(80);
  await house.fill();
  await house.broker.retain({ maxAgeMs: 500_000 });
  assertEquals(differencesOf(await house.prove()), []);
  const p = await somePartition(house);
  await house.warehouse.query(
    `UPDATE bronze.ticks SET trade_id = 'x' WHERE _partition = ${p} AND _offset = 3`,
  );
  const says = /contents differ: hash \w+, in the lake \w+; first at offset 3$/m;
  await assertFound(house, "warehouse", p, says);
});
