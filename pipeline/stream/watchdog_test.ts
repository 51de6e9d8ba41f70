import { assertEquals, assertThrows } from "@std/assert";
import { TickhouseError } from "../errors.ts";
import { Watchdog } from "./watchdog.ts";

const PATIENCE = { quietMs: 30, endMs: 300, everyMs: 5 };

/** Looks as often as it says. */
function lookUntil(dog: Watchdog, behind: number, fromMs: number, toMs: number) {
  for (let at = fromMs; at < toMs; at += PATIENCE.everyMs) dog.look(behind, at);
  return dog.look(behind, toMs);
}

Deno.test("Watchdog.look() tells of a sink that takes nothing while records wait, and ends it", () => {
  const dog = new Watchdog("lake", "ticks", PATIENCE, 0);
  assertEquals(lookUntil(dog, 5, 0, 29), undefined);
  const stall = { sink: "lake", topic: "ticks", quietMs: 30, behind: 5 };
  assertEquals(dog.look(5, 30), stall);
  assertEquals(lookUntil(dog, 9, 31, 299), { ...stall, quietMs: 299, behind: 9 });
  const error = assertThrows(() => dog.look(9, 300), TickhouseError);
  assertEquals(error.code, "SINK_STALLED");
  assertEquals(
    /lake has taken nothing of ticks for 0 s while 9 records wait/.test(error.message),
    true,
  );
});

Deno.test("Watchdog.look() starts again with progress, and while nothing waits", () => {
  const dog = new Watchdog("lake", "ticks", PATIENCE, 0);
  lookUntil(dog, 5, 0, 25);
  dog.progress(25);
  assertEquals(lookUntil(dog, 5, 25, 50), undefined);
  assertEquals(lookUntil(dog, 0, 50, 400), undefined);
  assertEquals(lookUntil(dog, 5, 400, 429), undefined);
  assertEquals(dog.look(5, 430)?.quietMs, 30);
});

Deno.test("Watchdog.look() does not count the time in which the process stood still", () => {
  const dog = new Watchdog("lake", "ticks", PATIENCE, 0);
  assertEquals(lookUntil(dog, 5, 0, 15), undefined);
  assertEquals(dog.look(5, 10_000), undefined);
  assertEquals(lookUntil(dog, 5, 10_000, 10_020)?.quietMs, 45);
});
