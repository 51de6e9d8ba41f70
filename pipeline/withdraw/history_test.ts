import { assertEquals } from "@std/assert";
import { bars, quotes } from "../datasets/datasets.ts";
import { Cells, type FactRecord } from "./history.ts";

/** A bar of an origin; `c` cancels, `+` corrects. */
function bar(offset: number, text: string): FactRecord {
  const [origin = "", close = ""] = text.replace(/^[c+]/, "").split(":");
  const action = text.startsWith("c") ? "cancel" : text.startsWith("+") ? "correct" : null;
  const values: Record<string, string | null> = {
    ...{ symbol: "AAPL", bar_interval: "1d", open_time: "1577923200000000", source: "csv" },
    ...{ open: "1", high: "9", low: "1", close, action, origin },
  };
  return { offset, cells: bars.columns.map(({ name }) => values[name] ?? null) };
}

const cells = new Cells(bars);

/** What counts after the records of `origin` are taken back, of a history such as "a:1 b:2". */
function then(history: string, origin: string): string | null | undefined {
  const records = history.split(" ").map((text, i) => bar(i, text));
  const found = cells.withdrawal(records, (record) => cells.of(record, "origin") === origin);
  if (!found?.then) return found && null;
  return `${cells.of(found.then, "origin")}:${cells.of(found.then, "close")}`;
}

Deno.test("a withdrawal brings back the latest earlier record that is not meant, or nothing", () => {
  assertEquals(then("a:1", "a"), null);
  assertEquals(then("a:1 b:2", "b"), "a:1");
  assertEquals(then("a:1 b:2 b:3", "b"), "a:1");
  assertEquals(then("a:1 d:2 b:3", "b"), "d:2");
  // Something later counts.
  assertEquals(then("a:1 b:2", "a"), undefined);
  assertEquals(then("a:1", "b"), undefined);
});

Deno.test("a withdrawal brings back nothing that was taken back before", () => {
  assertEquals(then("a:1 ca:1", "a"), undefined);
  assertEquals(then("a:1 ca:1 b:2", "b"), null);
  // b was withdrawn, which said a again: withdrawing a must not bring b back.
  assertEquals(then("a:1 b:2 +a:1", "a"), null);
  assertEquals(then("x:5 a:1 b:2 +a:1", "a"), "x:5");
  assertEquals(then("a:1 b:2 +a:1", "b"), undefined);
  assertEquals(then("a:1 b:2 +a:1 b:3", "b"), "a:1");
  // A feed that says an old value again, and no withdrawal.
  assertEquals(then("a:1 b:2 a:1", "a"), "b:2");
});

Deno.test("a message has all digits, and the times of the wire", () => {
  const record = bar(3, "a:883406386745030.300000000000000001");
  const withdrawal = { now: record, then: null };
  assertEquals(
    cells.message(withdrawal),
    '{"symbol":"AAPL","bar_interval":"1d","open_time":1577923200000000,"open":1,"high":9,"low":1,' +
      '"close":"883406386745030.300000000000000001","source":"csv","action":"cancel","origin":"a"}',
  );
  const values: Record<string, string> = { symbol: 'A"B', c: "1.50000000", t: "1763700000000000" };
  const quote = { offset: 0, cells: quotes.columns.map(({ name }) => values[name] ?? null) };
  assertEquals(
    new Cells(quotes).message({ now: bar(0, "a:1"), then: quote }),
    '{"symbol":"A\\"B","c":1.5,"t":1763700000,"action":"correct"}',
  );
});
