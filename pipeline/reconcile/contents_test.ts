import { assertEquals } from "@std/assert";
import { ticks } from "../datasets/datasets.ts";
import { addContents, type Contents, equalDecimals, NOTHING, toContents } from "./contents.ts";

const contents = (first: number, last: number, price: string): Contents => {
  const day = { rows: last - first + 1, first, last, hash: "c000000000000000", sums: { price } };
  return { ...day, distinct: day.rows, days: { "2026-03-02": day } };
};

Deno.test("addContents() adds counts, exact sums and hashes, first of the one, last of the other", () => {
  const both = { rows: 10, first: 0, last: 9, hash: "8000000000000000", sums: { price: "2.00" } };
  assertEquals(addContents(contents(0, 4, "1.10"), contents(5, 9, "0.9")), {
    ...both,
    distinct: 10,
    days: { "2026-03-02": both },
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
  const sum = String(2n ** 64n * 5n + 255n);
  const counts = [2, 2, 7, 8, sum, "1.5", "3"];
  const rows = [[0, "2026-03-02", ...counts], [0, null, ...counts], [1, null, ...counts]];
  const sums = { price: "1.5", size: "3" };
  const found = { rows: 2, first: 7, last: 8, hash: "00000000000000ff", sums };
  assertEquals(toContents({ columns, rows }, ticks), {
    ...found,
    distinct: 2,
    days: { "2026-03-02": found, "without a day": found },
  });
  const none = { columns, rows: [[1, null, 0, 0, null, null, "0", "0", "0"]] };
  const nothing = { ...NOTHING, sums: { price: "0", size: "0" } };
  assertEquals(toContents(none, ticks), nothing);
  assertEquals(toContents({ columns, rows: [] }, ticks), NOTHING);
});
