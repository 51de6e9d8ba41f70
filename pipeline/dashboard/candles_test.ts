import { assertEquals } from "@std/assert";
import { closeAt } from "./candles.ts";
import type { Bar } from "./wire.ts";

/** A bar whose prices are its close, of volume and trades 1. */
function bar(start: number, close: number): Bar {
  return [start, close, close, close, close, 1, 1];
}

Deno.test("closeAt() makes the bar around the edge of the finer bars before the edge", () => {
  const hours = [bar(0, 1), bar(3600, 9)];
  const minutes = [bar(3540, 1), bar(3600, 5), bar(3660, 7), bar(3720, 9)];
  assertEquals(closeAt(hours, minutes, 3720, 3600), [bar(0, 1), [3600, 5, 7, 5, 7, 2, 2]]);
});

Deno.test("closeAt() leaves out a bar that begins at the edge, and keeps all without an edge", () => {
  assertEquals(closeAt([bar(0, 1), bar(60, 2)], [bar(0, 1), bar(60, 2)], 60, 60), [bar(0, 1)]);
  assertEquals(closeAt([bar(0, 1)], [], undefined, 60), [bar(0, 1)]);
});
