import { assert, assertEquals } from "@std/assert";
import { bars, quotes, ticks } from "../datasets/datasets.ts";
import { WITHDRAWN_ORIGIN } from "../source/origin.ts";
import { Cells, type FactRecord } from "./history.ts";

/** A bar of an origin; `c` cancels, `+` corrects, `w` is what a withdrawal took back by. */
function bar(text: string): FactRecord {
  const [own = "", close = "1"] = text.replace(/^[c+]/, "").split(":");
  const isCancel = /^[cw]/.test(text);
  const action = isCancel ? "cancel" : text.startsWith("+") ? "correct" : null;
  const origin = text === "w" ? WITHDRAWN_ORIGIN : own;
  const values: Record<string, string | null> = {
    ...{ symbol: "AAPL", bar_interval: "1d", open_time: "1577923200000000", source: "csv" },
    ...{ open: "1", high: "9", low: "1", close, action, origin },
  };
  return { cells: bars.columns.map(({ name }) => values[name] ?? null), isAhead: false };
}

/** A trade of an origin such as "b:5@7": price and, where there is one, sequence; "b:5!" is ahead. */
function trade(text: string): FactRecord {
  const [, action = "", origin = "", price = "", sequence, ahead] =
    /^([c+]?)(\w+):(\d+)(?:@(\d+))?(!?)$/.exec(text) ?? [];
  const values: Record<string, string | null> = {
    ...{ symbol: "A", price, event_time: "1577923200000000", source: "csv", trade_id: "1" },
    ...{ sequence: sequence ?? null, origin },
    action: { c: "cancel", "+": "correct" }[action] ?? null,
  };
  return { cells: ticks.columns.map(({ name }) => values[name] ?? null), isAhead: ahead === "!" };
}

const cells = new Cells(bars);
const trades = new Cells(ticks);
const of = (origin: string, of = cells) => (one: FactRecord) => of.of(one, "origin") === origin;

/** What counts after the records of `origin` are taken back, of a history such as "a:1 b:2". */
function then(history: string, origin: string): string | null | undefined {
  const found = cells.withdrawal(history.split(" ").map(bar), of(origin));
  if (!found?.then) return found && null;
  return `${cells.of(found.then, "origin")}:${cells.of(found.then, "close")}`;
}

/** The same of trades, by their price. */
function thenPrice(history: string, origin: string): string | null | undefined {
  const found = trades.withdrawal(history.split(" ").map(trade), of(origin, trades));
  return found?.then ? trades.of(found.then, "price") : found && null;
}

Deno.test("a withdrawal brings back the latest earlier record that is not meant, or nothing", () => {
  assertEquals(then("a:1", "a"), null);
  assertEquals(then("a:1 b:2", "b"), "a:1");
  assertEquals(then("a:1 b:2 b:3", "b"), "a:1");
  assertEquals(then("a:1 d:2 b:3", "b"), "d:2");
  // Something later counts.
  assertEquals(then("a:1 b:2", "a"), undefined);
  assertEquals(then("a:1", "b"), undefined);
  // A repeat of what an older record said changed nothing.
  assertEquals(then("a:1 b:2 a:1", "a"), undefined);
  assertEquals(then("a:1 b:2 a:1", "b"), "a:1");
});

Deno.test("a withdrawal brings back nothing that was taken back before", () => {
  assertEquals(then("a:1 ca:1", "a"), undefined);
  assertEquals(then("a:1 ca:1 b:2", "b"), null);
  assertEquals(then("a:1 w", "a"), undefined);
  assertEquals(then("a:1 w b:2", "b"), null);
  // b was withdrawn, which said a again: withdrawing a must not bring b back.
  assertEquals(then("a:1 b:2 w +a:1", "a"), null);
  assertEquals(then("x:5 a:1 b:2 w x:5 +a:1", "a"), "x:5");
  assertEquals(then("a:1 b:2 w +a:1", "b"), undefined);
  assertEquals(then("a:1 b:2 w +a:1 b:3", "b"), "a:1");
  // What was read again counts again, and can be taken back again.
  assertEquals(then("a:1 w a:1", "a"), null);
  assertEquals(then("a:1 w a:1 w a:1 w", "a"), undefined);
});

Deno.test("a withdrawal of what cancelled a fact brings the fact back", () => {
  assertEquals(then("a:1 cb:1", "b"), "a:1");
  assertEquals(then("a:1 b:2 cb:2", "b"), "a:1");
  assertEquals(then("a:1 cb:1 a:3", "b"), undefined);
});

Deno.test("a withdrawal follows sequences: the highest counts, whenever it came", () => {
  assertEquals(thenPrice("b:5@7 a:4@6", "b"), "4");
  assertEquals(thenPrice("b:5@7 a:4@6", "a"), undefined);
  assertEquals(thenPrice("a:3@1 b:5@7 a:4@6", "b"), "4");
  // Without one it stands with the highest before it.
  assertEquals(thenPrice("b:5@7 a:4", "a"), "5");
  // A cancel below what counts takes nothing back.
  assertEquals(thenPrice("a:4@6 b:5@7 ca:5@6", "b"), null);
  assertEquals(thenPrice("a:4@6 b:5@7 cc:5@6", "c"), undefined);
});

Deno.test("a withdrawal counts nothing that is set aside: no version, no sequence, nothing said again", () => {
  assertEquals(thenPrice("a:9! b:5", "b"), null);
  assertEquals(thenPrice("b:5 a:9!", "b"), null);
  assertEquals(thenPrice("b:5 a:9!", "a"), undefined);
  assertEquals(thenPrice("a:9@9! c:4@1 b:5@2", "b"), "4");
  // A sequence that is set aside lifts none without one.
  assertEquals(thenPrice("c:4@2 a:9@9! b:5 d:6@3", "d"), "5");
  // It counts once it is delivered in time.
  assertEquals(thenPrice("a:9! a:9 b:5", "b"), "9");
  assertEquals(thenPrice("b:5 a:9! a:9", "a"), "5");
  // Alone it is taken back, and brings nothing that is set aside.
  assertEquals(thenPrice("a:9!", "a"), null);
  assertEquals(thenPrice("c:8! a:9!", "a"), null);
  assertEquals(thenPrice("c:8! a:9!", "c"), undefined);
  const found = trades.withdrawal("a:9! c:4 d:3 b:5".split(" ").map(trade), of("b", trades));
  assertEquals(found?.others.map((record) => trades.of(record, "price")), ["4"]);
});

Deno.test("a cancel is told from others by its values", () => {
  // The second takes back what was said since.
  assertEquals(thenPrice("a:1 ca:1 a:2 cb:2", "a"), undefined);
  assertEquals(thenPrice("a:1 ca:1 a:2 cb:2", "b"), "2");
  // A repeat of one takes nothing back.
  assertEquals(thenPrice("a:1 ca:1 b:2 ca:1", "b"), null);
});

Deno.test("a message has all digits, and the times of the wire", () => {
  const record = bar("a:883406386745030.300000000000000001");
  assertEquals(
    cells.messages({ now: record, then: null, others: [] }),
    [
      '{"symbol":"AAPL","bar_interval":"1d","open_time":1577923200000000,"open":1,"high":9,"low":1,' +
      '"close":"883406386745030.300000000000000001","source":"csv","action":"cancel","origin":"#withdrawn"}',
    ],
  );
  const values: Record<string, string> = { symbol: 'A"B', c: "1.50000000", t: "1763700000000000" };
  const quote = { cells: quotes.columns.map(({ name }) => values[name] ?? null), isAhead: false };
  assertEquals(
    new Cells(quotes).messages({ now: quote, then: quote, others: [] })[1],
    '{"symbol":"A\\"B","c":1.5,"t":1763700000,"action":"correct"}',
  );
});

Deno.test("messages take back, say again what stays as it was, and last what counts with the sequence", () => {
  const told = (history: string) => {
    const found = trades.withdrawal(history.split(" ").map(trade), of("b", trades));
    assert(found);
    return trades.messages(found).map((text) => JSON.parse(text)).map((
      { price, sequence, action = "", origin },
    ) => `${action} ${origin}:${price}@${sequence}`.trim());
  };
  assertEquals(told("a:3@1 d:4@2 b:5@7"), ["cancel #withdrawn:5@7", "a:3@1", "correct d:4@7"]);
  // As a correction it would repeat the first, and stand before the cancel.
  assertEquals(told("+a:3@7 ca:3@7 d:3@7 b:5@7"), [
    ...["cancel #withdrawn:5@7", "correct a:3@7", "cancel a:3@7"],
    "d:3@7",
  ]);
});
