import { assertEquals, assertThrows } from "@std/assert";
import { TickhouseError } from "tickhouse/errors.ts";
import { FeedClock } from "./clock.ts";

Deno.test("FeedClock stands still until told; sleepers wake when their time has come", async () => {
  using clock = new FeedClock({ at: 1000 });
  const woken: string[] = [];
  const short = clock.sleep(10).then(() => woken.push("short"));
  const long = clock.sleep(100).then(() => woken.push("long"));
  assertEquals(clock.now(), 1000);
  clock.advance(10);
  await short;
  assertEquals([clock.now(), woken], [1010, ["short"]]);
  clock.set(5000);
  await long;
  assertEquals([clock.now(), woken], [5000, ["short", "long"]]);
});

Deno.test("FeedClock.sleep() ends at once when the signal aborts", async () => {
  using clock = new FeedClock({ at: 0 });
  const controller = new AbortController();
  const slept = clock.sleep(1e9, controller.signal);
  controller.abort();
  await slept;
  await clock.sleep(1e9, controller.signal);
  assertEquals(clock.now(), 0);
});

Deno.test("FeedClock runs at its speed, and wakes sleepers by itself", async () => {
  let realMs = 500;
  using clock = new FeedClock({ at: 1000, speed: 60, real: () => realMs });
  realMs += 10;
  assertEquals(clock.now(), 1600);
  clock.run(0);
  realMs += 10;
  assertEquals(clock.now(), 1600);
  using fast = new FeedClock({ at: 0, speed: 1e6 });
  await fast.sleep(60_000);
  assertEquals(fast.now() >= 60_000, true);
});

Deno.test("FeedClock refuses what is no time", () => {
  using clock = new FeedClock({ at: 0 });
  for (const tell of [() => clock.advance(-1), () => clock.set(NaN), () => clock.run(-1)]) {
    assertThrows(tell, TickhouseError, "not a time the clock takes");
  }
});
