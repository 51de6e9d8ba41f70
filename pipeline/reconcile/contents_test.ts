import { assertEquals } from "@std/assert";
import { ticks } from "../datasets/datasets.ts";
import { addContents, type Contents, equalDecimals, NOTHING, toContents } from "./contents.ts";

const contents = (first: number, last: number, price: string): Contents => ({
  rows: last - first + 1,
  distinct: last - first + 1,
  first,
  last,
  sums: { price },
  days: { "2026-03-02": { rows: last - first + 1, sums: { price } } },
});

Deno.test("addContents() adds counts and exact sums, first of the one, last of the other", () => {
  assertEquals(addContents(contents(0, 4, "1.10"), contents(5, 9, "0.9")), {
    rows: 10,
    distinct: 10,
    first: 0,
    last: 9,
    sums: { price: "2.00" },
    days: { "2026-03-02": { rows: 10, sums: { price: "2.00" } } },
  });
});

Deno.test("addContents() with nothing changes nothing", () => {
  const some = contents(3, 4, "12.5");
  assertEquals(addContents(NOTHING, some), some);
  assertEquals(addContents(some, NOTHING), some);
  assertEquals(addContents(NOTHING, NOTHING), NOTHING);
});

Deno.test("addContents() is exact where floating point is not", () => {
  const cases = [
    ["0.1", "0.2", "0.3"],
    ["99999999999999999999999999.99999999", "0.00000001", "100000000000000000000000000.00000000"],
    ["-0.5", "0.25", "-0.25"],
    ["-1", "1.000", "0.000"],
    ["7", "8", "15"],
  ];
  for (const [a = "", b = "", sum = ""] of cases) {
    const both = addContents(contents(0, 0, a), contents(1, 1, b));
    assertEquals(both.sums, { price: sum });
  }
});

Deno.test("equalDecimals() compares numbers, not their spelling", () => {
  for (const [a, b] of [["1", "1.000"], ["-0.50", "-0.5"], ["0", "0.00"]] as const) {
    assertEquals(equalDecimals(a, b), true, `${a} ${b}`);
  }
  for (const [a, b] of [["1", "1.001"], ["1", "-1"], ["1e3", "1000"], ["nothing", "0"]] as const) {
    assertEquals(equalDecimals(a, b), false, `${a} ${b}`);
  }
});

Deno.test("toContents() reads the rows of measure(), also of nothing", () => {
  const columns = [{ name: "x", type: "BIGINT" }];
  const result = {
    columns,
    rows: [["2026-03-02", 2, 2, 7, 8, "1.5", "3"], [null, 2, 2, 7, 8, "1.5", "3"]],
  };
  const sums = { price: "1.5", size: "3" };
  assertEquals(toContents(result, ticks), {
    rows: 2,
    distinct: 2,
    first: 7,
    last: 8,
    sums,
    days: { "2026-03-02": { rows: 2, sums } },
  });
  const none = toContents({ columns, rows: [[null, 0, 0, null, null, "0", "0"]] }, ticks);
  assertEquals([none.rows, none.first, none.last, none.days], [0, null, null, {}]);
  assertEquals(toContents({ columns, rows: [] }, ticks), NOTHING);
});
