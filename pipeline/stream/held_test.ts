import { assertEquals } from "@std/assert";
import { countOf } from "../batch.ts";
import { ticks } from "../datasets/datasets.ts";
import { batchOf, validBatch } from "../testing.ts";
import { HeldRecords } from "./held.ts";

const PATIENT = { minRecords: 1_000, maxWaitMs: 10_000, maxRecords: 1_000 };

Deno.test("HeldRecords are due when enough are there, or after the wait", () => {
  const held = new HeldRecords(PATIENT);
  held.add(validBatch(ticks, 0, 0, 400), 0);
  held.add(validBatch(ticks, 1, 0, 10), 5_000);
  assertEquals([held.due(false, 9_999), held.dueAt, held.room()], [[], 10_000, 590]);
  assertEquals(held.due(false, 10_000), [0, 1]);
  assertEquals(held.due(true, 0), [0, 1]);
  held.add(validBatch(ticks, 0, 400, 590), 5_000);
  assertEquals([held.due(false, 0), held.room(), held.room(0.5)], [[0, 1], 0, 0]);
  assertEquals(countOf(held.take(0)), 990);
  assertEquals([held.room(), held.countOf(0), held.countOf(1)], [990, 0, 10]);
});

Deno.test("HeldRecords are due, and have no room, when their bytes are many", () => {
  const held = new HeldRecords(PATIENT);
  const large = "x".repeat(2 ** 20);
  for (let i = 0; i < 64; i++) {
    assertEquals([held.due(false, 0), held.room() > 0], [[], true]);
    assertEquals(held.room(0.5) > 0, i < 32);
    held.add(batchOf(ticks.topic, 3, i, [large]), 0);
  }
  assertEquals([held.due(false, 0), held.room()], [[3], 0]);
  held.drop(3);
  assertEquals([held.due(true, 0), held.room()], [[], 1_000]);
});

Deno.test("HeldRecords wait with what has no record for the next one", () => {
  const held = new HeldRecords(PATIENT);
  held.add({ ...validBatch(ticks, 0, 0, 0), nextOffset: 3 }, 0);
  assertEquals([held.due(true, 99_999), held.dueAt, held.partitions], [[], Infinity, [0]]);
  held.add(validBatch(ticks, 0, 3, 1), 0);
  assertEquals(held.due(true, 0), [0]);
  const { startOffset, nextOffset } = held.take(0);
  assertEquals([startOffset, nextOffset], [0, 4]);
});
