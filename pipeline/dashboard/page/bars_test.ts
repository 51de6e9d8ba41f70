import { assertEquals } from "@std/assert";
import type { Bar } from "../wire.ts";
import { appendBars, foldSeconds } from "./bars.js";

Deno.test("foldSeconds() continues the last bar and starts new ones, whatever the order", () => {
  const bars: Bar[] = [[0, 5, 6, 4, 5, 10, 2], [60, 5, 6, 4, 5, 10, 2]];
  const seconds: Bar[] = [[121, 8, 9, 8, 9, 1, 1], [61, 5, 7, 5, 7, 1, 1], [62, 7, 7, 3, 4, 1, 1]];
  const folded = foldSeconds(bars, seconds, "1m");
  assertEquals(folded, [[60, 5, 7, 3, 4, 12, 4], [120, 8, 9, 8, 9, 1, 1]]);
  assertEquals(appendBars(bars, folded).map(([start]) => start), [0, 60, 120]);
  assertEquals(foldSeconds(bars, [], "1m"), []);
  assertEquals(appendBars(bars, []), bars);
});
