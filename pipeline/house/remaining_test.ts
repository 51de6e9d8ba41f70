import { assertEquals } from "@std/assert";
import { Remaining } from "./remaining.ts";

/** Looks at one part, each a second after the one before; what is said then. */
function said(...lefts: number[]): string | undefined {
  let now = 0;
  const remaining = new Remaining(() => now);
  for (const left of lefts) {
    remaining.note("the lake", left);
    now += 1000;
  }
  return remaining.describe();
}

Deno.test("Remaining says how many are left, and for how long at the rate that was measured", () => {
  assertEquals(said(), undefined);
  assertEquals(said(0), undefined);
  assertEquals(said(1), "1 record left for the lake");
  assertEquals(said(3_280_000), "3,280,000 records left for the lake");
  assertEquals(
    said(3_280_000, 3_200_000),
    "3,200,000 records left for the lake, about 40 s at 80,000/s",
  );
  assertEquals(said(9_600, 9_599, 9_598), "9,598 records left for the lake, about 3 h at 1/s");
  assertEquals(said(700, 600), "600 records left for the lake, about 6 s at 100/s");
  assertEquals(said(70_100, 70_000), "70,000 records left for the lake, about 12 min at 100/s");
});

Deno.test("Remaining: what stands still or grows has no end that could be told", () => {
  assertEquals(said(500, 500), "500 records left for the lake");
  assertEquals(said(500, 900), "900 records left for the lake");
  assertEquals(said(500, 900, 800), "800 records left for the lake, about 8 s at 100/s");
});

Deno.test("Remaining tells of the part that takes longest", () => {
  let now = 0;
  const remaining = new Remaining(() => now);
  remaining.note("the lake", 1000);
  remaining.note("Snowflake", 500);
  now = 1000;
  remaining.note("the lake", 100);
  remaining.note("Snowflake", 490);
  assertEquals(remaining.describe(), "490 records left for Snowflake, about 49 s at 10/s");
  remaining.note("Snowflake", 0);
  assertEquals(remaining.describe(), "100 records left for the lake, about 1 s at 900/s");
});
