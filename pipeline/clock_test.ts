import { assert, assertEquals } from "@std/assert";
import { systemClock, VirtualClock } from "./clock.ts";

Deno.test("systemClock: now() is the machine's time, and finer than milliseconds", () => {
  const before = Date.now();
  const now = systemClock.now();
  assert(Math.abs(now - before) < 60_000, `${now} at ${before}`);
  const readings = Array.from({ length: 1000 }, () => systemClock.now());
  assert(readings.some((reading) => reading !== Math.floor(reading)));
});

Deno.test("systemClock: sleep() returns at once when its signal aborts, without an error", async () => {
  const stop = new AbortController();
  const slept = systemClock.sleep(3_600_000, stop.signal);
  stop.abort();
  await slept;
  await systemClock.sleep(3_600_000, AbortSignal.abort());
});

Deno.test("systemClock: sleep() leaves no listener on its signal", async () => {
  const { signal } = new AbortController();
  for (let i = 0; i < 20; i++) await systemClock.sleep(0, signal);
  await systemClock.sleep(1);
});

Deno.test("VirtualClock: it moves by what is slept, and by nothing else", async () => {
  const clock = new VirtualClock(1000);
  assertEquals(clock.now(), 1000);
  await clock.sleep(3_600_000);
  assertEquals(clock.now(), 3_601_000);
  await clock.sleep(0);
  assertEquals(clock.now(), 3_601_000);
});
