import { assertEquals } from "@std/assert";
import { IdTable } from "./id_table.ts";

Deno.test("IdTable remembers what was set last for each text", () => {
  const table = new IdTable(1_000_000);
  for (let i = 0; i < 100_000; i++) table.set(`A\n${i}`, i, 2 ** 32 - 1 - i);
  for (let i = 0; i < 100_000; i += 3) table.set(`A\n${i}`, 7);
  for (let i = 0; i < 100_000; i++) {
    const last = i % 3 === 0 ? { a: 7, b: 0 } : { a: i, b: 2 ** 32 - 1 - i };
    assertEquals(table.get(`A\n${i}`), last);
  }
  assertEquals([table.get("B\n1"), table.get("")], [undefined, undefined]);
});

Deno.test("IdTable forgets the oldest beyond its limit, and says so", () => {
  const table = new IdTable(1000);
  for (let i = 0; i < 2000; i++) table.set(String(i), i);
  assertEquals([table.forgetful, table.get("0")?.a], [false, 0]);
  for (let i = 2000; i < 2500; i++) table.set(String(i), i);
  assertEquals([table.forgetful, table.get("0"), table.get("1000")?.a], [true, undefined, 1000]);
  for (let i = 1500; i < 2500; i++) assertEquals(table.get(String(i))?.a, i);
});
