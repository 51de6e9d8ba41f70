import { assertEquals, assertThrows } from "@std/assert";
import { TickhouseError } from "../errors.ts";
import { Watchdog } from "./watchdog.ts";

const PATIENCE = { quietMs: 30, endMs: 300, everyMs: 5 };

Deno.test("Watchdog.look() tells of a sink that takes nothing while records wait, and ends it", () => {
  const dog = new Watchdog("lake", "ticks", PATIENCE, 0);
  assertEquals(dog.look(5, 29), undefined);
  const stall = { sink: "lake", topic: "ticks", quietMs: 30, behind: 5 };
  assertEquals(dog.look(5, 30), stall);
  assertEquals(dog.look(9, 299), { ...stall, quietMs: 299, behind: 9 });
  const error = assertThrows(() => dog.look(9, 300), TickhouseError);
  assertEquals(error.code, "SINK_STALLED");
  assertEquals(
    /lake has taken nothing of ticks for 0 s while 9 records wait/.test(error.message),
    true,
  );
});

Deno.test("Watchdog.look() starts anew with progress, and while nothing waits", () => {
  const dog = new Watchdog("lake", "ticks", PATIENCE, 0);
  dog.progress(25);
  assertEquals(dog.look(5, 50), undefined);
  assertEquals(dog.look(0, 400), undefined);
  assertEquals(dog.look(5, 429), undefined);
  assertEquals(dog.look(5, 430)?.quietMs, 30);
});
