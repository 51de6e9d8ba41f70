import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { ticks } from "../datasets/datasets.ts";
import { chainOf } from "../lake/lake.ts";
import { differencesOf, TestHouse } from "../stream/fixture.ts";

/** A house of three objects a partition, all of it proven. */
async function goodHouse(): Promise<TestHouse> {
  const house = await TestHouse.open();
  for (let i = 0; i < 3; i++) {
    await house.send(90);
    await house.fill();
  }
  assertEquals(differencesOf(await house.prove()), []);
  return house;
}

function remove(house: TestHouse, key: string): void {
  for (const root of [house.lakeRoot, join(house.lakeRoot, ".meta")]) {
    Deno.removeSync(join(root, key), { recursive: true });
  }
}

/** Asserts that the proof names, of that side and partition alone, the offsets that are gone. */
async function assertGone(house: TestHouse, where: RegExp, offsets: RegExp): Promise<void> {
  const proof = await house.prove();
  const found = differencesOf(proof);
  assertEquals(proof.proven, false, "it was proven");
  assert(found.every((text) => where.test(text)), found.join("\n"));
  assertMatch(found.join("\n"), offsets);
  assertMatch(found.join("\n"), /stream.*again|restore/);
}

Deno.test("reconcile() finds that the last object of a chain was removed", async () => {
  await using house = await goodHouse();
  const links = await Array.fromAsync(chainOf(house.store, ticks.topic));
  const last = links.toSorted((a, b) => b.nextOffset - a.nextOffset)[0];
  assert(last);
  remove(house, last.key);
  const { partition, startOffset, nextOffset } = last;
  const says = new RegExp(`had taken the offsets up to ${nextOffset}.*stands at ${startOffset}`);
  await assertGone(house, new RegExp(`^ticks/${partition} lake: `), says);
});

Deno.test("reconcile() finds that all objects of a partition were removed", async () => {
  await using house = await goodHouse();
  const links = await Array.fromAsync(chainOf(house.store, ticks.topic));
  const [{ partition } = { partition: -1 }] = links;
  for (const link of links.filter((l) => l.partition === partition)) remove(house, link.key);
  await assertGone(house, new RegExp(`^ticks/${partition} lake: `), /stands at 0/);
});

Deno.test("reconcile() finds that the whole lake was removed", async () => {
  await using house = await goodHouse();
  Deno.removeSync(house.lakeRoot, { recursive: true });
  await assertGone(house, /^ticks\/\d lake: /, /stands at 0/);
  const told = differencesOf(await house.prove());
  assertEquals(told.length, new Set(told.map((text) => text.slice(0, 7))).size, "said once each");
});

Deno.test("reconcile() finds that a warehouse was set back, rows and positions alike", async () => {
  await using house = await goodHouse();
  await house.warehouse.query("DELETE FROM bronze.ticks WHERE _partition = 1 AND _offset >= 5");
  await house.warehouse.query(
    'UPDATE bronze._positions SET next_offset = 5 WHERE "partition" = 1',
  );
  await assertGone(house, /^ticks\/1 warehouse: /, /stands at 5/);
});

Deno.test("reconcile() says which removed objects the log can't give again", async () => {
  await using house = await TestHouse.open();
  house.weather.nowMs = Date.UTC(2026, 0, 1);
  await house.send(90);
  await house.fill();
  house.weather.nowMs += 1_000_000;
  await house.send(90);
  await house.fill();
  assert(await house.broker.retain({ maxAgeMs: 500_000 }) > 0);
  assertEquals(differencesOf(await house.prove()), []);
  Deno.removeSync(house.lakeRoot, { recursive: true });
  await assertGone(house, /^ticks\/\d lake: /, /the log begins at \d+ now.*restore/);
});

Deno.test("reconcile() proves a lake again when a stream has written what was removed", async () => {
  await using house = await goodHouse();
  Deno.removeSync(house.lakeRoot, { recursive: true });
  assertEquals((await house.prove()).proven, false);
  await house.fill();
  assertEquals(differencesOf(await house.prove()), []);
});
