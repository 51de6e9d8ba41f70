import { assertEquals } from "@std/assert";
import { ticks } from "../datasets/datasets.ts";
import { TestHouse } from "../stream/fixture.ts";
import { takenBy, waitingFor } from "./waiting.ts";

Deno.test("waitingFor() tells of old records that a sink does not take", async () => {
  await using house = await TestHouse.open();
  const nowMs = Date.UTC(2026, 0, 1);
  const look = async (rollMs = 0) => {
    const taken = await takenBy(house.broker, "warehouse", ticks.topic, ticks.partitions);
    return await waitingFor(house.broker, taken, rollMs, { nowMs, againMs: 0 });
  };
  house.weather.nowMs = nowMs - 40_000;
  await house.send(40);
  // A sink that never took anything may be one that nobody wants.
  assertEquals(await look(), undefined);
  await house.drain(house.rows());
  assertEquals(await look(), undefined);
  await house.send(8);
  house.weather.nowMs = nowMs - 1_000;
  await house.send(8);
  const waiting = { sink: "warehouse", topic: ticks.topic, records: 16, oldestMs: 40_000 };
  assertEquals(await look(), waiting);
  assertEquals(await look(15_000), undefined);
  await house.drain(house.rows());
  assertEquals(await look(), undefined);
});

Deno.test("waitingFor() does not take a sink that works for one that stands", async () => {
  await using house = await TestHouse.open();
  const nowMs = Date.UTC(2026, 0, 1);
  house.weather.nowMs = nowMs - 100_000;
  await house.send(40);
  await house.drain(house.rows());
  await house.send(40);
  const taken = await takenBy(house.broker, "warehouse", ticks.topic, ticks.partitions);
  await house.drain(house.rows());
  // As seen before it took more.
  assertEquals(await waitingFor(house.broker, taken, 0, { nowMs, againMs: 0 }), undefined);
});
