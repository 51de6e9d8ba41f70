import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { TickhouseError } from "../errors.ts";
import { differencesOf, TestHouse } from "./fixture.ts";
import type { Lost } from "./standing.ts";
import { LIVE } from "./stream.ts";

/** A house whose log still has, or no longer has, the first half of what both sinks took. */
async function filledHouse({ cut }: { cut: boolean }): Promise<TestHouse> {
  const house = await TestHouse.open();
  house.weather.nowMs = Date.UTC(2026, 0, 1);
  await house.send(80);
  await house.fill();
  house.weather.nowMs += 1_000_000;
  await house.send(80);
  await house.fill();
  if (cut) assert(await house.broker.retain({ maxAgeMs: 500_000 }) > 0);
  return house;
}

async function emptyWarehouse(house: TestHouse): Promise<void> {
  for (const table of ["ticks", "_positions", "_logs"]) {
    await house.warehouse.query(`DELETE FROM bronze.${table}`);
  }
}

Deno.test("stream() writes again what a lake has lost and the log still has, and says so once", async () => {
  await using house = await filledHouse({ cut: false });
  Deno.removeSync(house.lakeRoot, { recursive: true });
  await using lake = await house.lake();
  const lost: Lost[] = [];
  const onLost = (one: Lost) => lost.push(one);
  await house.drain(lake, LIVE, { onLost });
  assertEquals(lost.reduce((sum, { taken, position }) => sum + taken - position, 0), 160);
  await house.drain(lake, LIVE, { onLost });
  assertEquals(lost.length, new Set(lost.map(({ partition }) => partition)).size);
  assertEquals(differencesOf(await house.prove()), []);
});

for (const name of ["lake", "warehouse"] as const) {
  Deno.test(`stream() refuses a ${name} that has lost what the log no longer has, again and again`, async () => {
    await using house = await filledHouse({ cut: true });
    if (name === "lake") Deno.removeSync(house.lakeRoot, { recursive: true });
    else await emptyWarehouse(house);
    await using lake = await house.lake();
    const sink = name === "lake" ? lake : house.rows();
    for (let tries = 0; tries < 2; tries++) {
      const error = await assertRejects(() => house.drain(sink), TickhouseError);
      assertEquals(error.code, "SINK_LOST");
      assertMatch(error.message, /ticks\/\d offset \d+.*begins at \d+.*restore/i);
      assertMatch(error.message, name === "lake" ? /TICKHOUSE_BEGIN_ANEW/ : /deno task load/);
    }
  });
}

Deno.test("stream() begins a lost lake again where the log begins, if it is told to", async () => {
  await using house = await filledHouse({ cut: true });
  Deno.removeSync(house.lakeRoot, { recursive: true });
  await using lake = await house.lake();
  const report = await house.drain(lake, LIVE, { beginAnew: true });
  assertEquals(report.rows, 80);
  assertEquals(differencesOf(await house.prove()), []);
});

Deno.test("stream() says of a cut lake, whose end the log no longer has, what is gone", async () => {
  await using house = await filledHouse({ cut: false });
  house.weather.nowMs = Date.UTC(2026, 0, 1) + 2_000_000;
  await house.send(80);
  assert(await house.broker.retain({ maxAgeMs: 500_000 }) > 0);
  // The lake stays claimed, its objects go: those that the log dropped can't be written again.
  for (const folder of Deno.readDirSync(`${house.lakeRoot}/ticks`)) {
    if (!folder.name.startsWith("date=")) continue;
    Deno.removeSync(`${house.lakeRoot}/ticks/${folder.name}`, { recursive: true });
  }
  await using lake = await house.lake();
  const error = await assertRejects(() => house.drain(lake), TickhouseError);
  assertEquals(error.code, "SINK_LOST");
});
