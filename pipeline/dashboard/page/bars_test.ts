import { assertEquals } from "@std/assert";
import type { Bar, Second } from "../wire.ts";
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

Deno.test("foldSeconds() goes on with the last hour, and begins one with the session", () => {
  const at = (clock: string) => Date.parse(`2024-01-31T${clock}:00Z`) / 1000;
  const bars: Bar[] = [[at("14:00"), 1, 1, 1, 1, 1, 1]];
  const second = (clock: string): Bar => [at(clock), 2, 2, 2, 2, 1, 1];
  const seconds = ["14:29", "14:30", "15:29", "15:30"].map(second);
  const folded = foldSeconds(bars, seconds, "1h", [at("14:30")]);
  assertEquals(folded.map(([start, , , , , volume]) => [start, volume]), [
    [at("14:00"), 2],
    [at("14:30"), 2],
    [at("15:30"), 1],
  ]);
});

Deno.test("foldSeconds() counts a second without a price, and shows no bar that has none", () => {
  const bars: Bar[] = [[0, 5, 6, 4, 5, 10, 2]];
  const lots = (start: number): Second => [start, null, null, null, null, 3, 1];
  const seconds = [lots(10), lots(60), [61, 7, 8, 7, 7, 1, 1] as const, lots(62), lots(120)];
  const folded = foldSeconds(bars, seconds, "1m");
  assertEquals(folded, [[0, 5, 6, 4, 5, 13, 3], [60, 7, 8, 7, 7, 7, 3]]);
});
