import { assertEquals } from "@std/assert";
import { VirtualClock } from "../clock.ts";
import { Breaker } from "./breaker.ts";

Deno.test("Breaker opens after failures in a row, lets one try, and waits longer each time", async () => {
  const clock = new VirtualClock(0);
  const breaker = new Breaker({ failuresMax: 3, waitMs: 1_000, clock });
  for (let i = 0; i < 2; i++) breaker.failed();
  breaker.succeeded();
  for (let i = 0; i < 3; i++) {
    assertEquals(breaker.admit(), 0);
    breaker.failed();
  }
  assertEquals(breaker.admit(), 1_000);
  await clock.sleep(1_000);
  assertEquals([breaker.admit(), breaker.admit()], [0, 1_000]);
  breaker.failed();
  assertEquals(breaker.admit(), 2_000);
  await clock.sleep(2_000);
  assertEquals(breaker.admit(), 0);
  breaker.succeeded();
  assertEquals([breaker.admit(), breaker.admit()], [0, 0]);
});

Deno.test("Breaker.abandoned(): who gives up lets the next one try", async () => {
  const clock = new VirtualClock(0);
  const breaker = new Breaker({ failuresMax: 1, waitMs: 1_000, clock });
  breaker.failed();
  await clock.sleep(1_000);
  assertEquals(breaker.admit(), 0);
  breaker.abandoned();
  assertEquals(breaker.admit(), 0);
});
