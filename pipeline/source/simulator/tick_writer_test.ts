import { assertEquals, assertThrows } from "@std/assert";
import { texts } from "../../testing.ts";
import { TickWriter } from "./tick_writer.ts";

const TIME_US = 1_763_737_200_123_456;

Deno.test("TickWriter: a line is JSON, its trade id of fixed width so that it sorts", () => {
  const writer = new TickWriter("AAPL");
  const cases = [[23_205, 100, 7], [1, 1, 1], [9, 10, 99], [100, 0, 1_000_000], [
    99_999_999,
    5,
    42,
  ]];
  for (const [cents = 0, size = 0, id = 0] of cases) writer.write(cents, size, TIME_US, id);
  const lines = texts(writer.take());
  for (const [i, [cents = 0, size, id]] of cases.entries()) {
    assertEquals(JSON.parse(lines[i] ?? ""), {
      symbol: "AAPL",
      price: cents / 100,
      size,
      event_time: TIME_US,
      source: "simulator",
      trade_id: String(id).padStart(12, "0"),
    });
  }
});

Deno.test("TickWriter: prices have two decimals, also below ten cents", () => {
  const writer = new TickWriter("A");
  for (const cents of [5, 50, 500, 507]) writer.write(cents, 1, TIME_US, 1);
  const prices = texts(writer.take()).map((line) => /"price":([\d.]+),/.exec(line)?.[1]);
  assertEquals(prices, ["0.05", "0.50", "5.00", "5.07"]);
});

Deno.test("TickWriter: a symbol is escaped", () => {
  for (const symbol of [`"`, "\\", "ü🚀", "a\nb", "x".repeat(32)]) {
    const writer = new TickWriter(symbol);
    writer.write(100, 1, TIME_US, 1);
    const [line = ""] = texts(writer.take());
    assertEquals(JSON.parse(line).symbol, symbol);
  }
});

Deno.test("TickWriter: it grows as it must, and starts again after take()", () => {
  const writer = new TickWriter("ünï".repeat(10));
  for (const count of [1, 63, 64, 65, 5000, 0]) {
    for (let i = 0; i < count; i++) {
      writer.write(Number.MAX_SAFE_INTEGER, 2 ** 31, TIME_US, 10 ** 11);
    }
    assertEquals(writer.count, count);
    const lines = texts(writer.take());
    assertEquals(lines.length, count);
    for (const line of lines) assertEquals(JSON.parse(line).trade_id, String(10 ** 11));
    assertEquals(writer.count, 0);
  }
});

Deno.test("TickWriter: take() is not written over by what follows", () => {
  const writer = new TickWriter("A");
  writer.write(100, 1, TIME_US, 1);
  const taken = writer.take();
  const before = texts(taken);
  writer.write(999, 9, TIME_US, 9);
  assertEquals(texts(taken), before);
});

Deno.test("TickWriter: repeat() writes the last line once more, spoil() breaks it", () => {
  const writer = new TickWriter("A");
  writer.repeat();
  writer.spoil();
  assertEquals(writer.count, 0);
  for (let i = 0; i < 64; i++) writer.write(100, 1, TIME_US, i);
  writer.repeat();
  writer.write(100, 1, TIME_US, 64);
  writer.spoil();
  writer.write(100, 1, TIME_US, 65);
  const lines = texts(writer.take());
  assertEquals(lines.length, 67);
  assertEquals(lines[64], lines[63]);
  assertThrows(() => JSON.parse(lines[65] ?? ""), SyntaxError);
  assertEquals(JSON.parse(lines[66] ?? "").trade_id, "000000000065");
});
