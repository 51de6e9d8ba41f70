import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { bars, indexBars, quotes, ticks } from "./datasets.ts";
import { explain, problemsOf, rowSchema } from "./zod.ts";

const TICK = {
  symbol: "AAPL",
  price: 189.5,
  size: 10,
  event_time: 1_700_000_000_000_000,
  source: "csv",
  trade_id: "1",
};
const DAY = { Index: "NYA", Date: "1965-12-31", Open: 5, High: 6, Low: 4, Close: 5 };

const bytes = (text: string) => new TextEncoder().encode(text);
const reasonOf = (row: unknown, dataset = ticks) => explain(dataset, bytes(JSON.stringify(row)));

describe("rowSchema()", () => {
  it("accepts a row, numbers as text, and fields it does not know", () => {
    const schema = rowSchema(ticks);
    assertEquals(schema.safeParse(TICK).success, true);
    assertEquals(
      schema.safeParse({ ...TICK, price: "1.5e2", event_time: "1700000000000000" }).success,
      true,
    );
    assertEquals(schema.parse({ ...TICK, venue: "X" }).venue, "X");
  });

  it("accepts null and absence where the column is nullable", () => {
    assertEquals(rowSchema(indexBars).safeParse({ ...DAY, Volume: null }).success, true);
    assertEquals(rowSchema(indexBars).safeParse({ ...DAY, CloseUSD: "12.5" }).success, true);
  });

  it("reads limits of seconds in microseconds", () => {
    const quote = {
      symbol: "A",
      c: 2,
      d: null,
      dp: null,
      h: 3,
      l: 1,
      o: 2,
      pc: 2,
      source: "finnhub",
    };
    assertEquals(rowSchema(quotes).safeParse({ ...quote, t: 1_700_000_000 }).success, true);
    assertStringIncludes(
      reasonOf({ ...quote, t: 7 }, quotes),
      "t is 7: must be at least 1980-01-01",
    );
  });
});

describe("explain()", () => {
  const refused: [string, unknown, string][] = [
    ["a negative price", { ...TICK, price: -1 }, "price is -1: must be more than 0"],
    ["a zero price", { ...TICK, price: 0 }, "price is 0: must be more than 0"],
    [
      "an absurd price",
      { ...TICK, price: 1e12 },
      "price is 1000000000000: must be at most 9999999999",
    ],
    ["NaN as text", { ...TICK, price: "NaN" }, 'price is "NaN": must be a finite number'],
    [
      "an infinite price",
      { ...TICK, price: "Infinity" },
      'price is "Infinity": must be a finite number',
    ],
    ["a boolean price", { ...TICK, price: true }, "price is true: must be a finite number"],
    ["a null price", { ...TICK, price: null }, "price is null: must be a finite number"],
    ["an empty symbol", { ...TICK, symbol: "" }, 'symbol is "": must not be empty'],
    ["a list as symbol", { ...TICK, symbol: [5] }, "symbol is [5]: must be text"],
    ["a long symbol", { ...TICK, symbol: "A".repeat(33) }, "must have at most 32 characters"],
    [
      "a fraction as time",
      { ...TICK, event_time: 1.5 },
      "event_time is 1.5: must be a whole number of microseconds since 1970 UTC",
    ],
    [
      "a time in milliseconds",
      { ...TICK, event_time: 1_700_000_000_000 },
      "must be at least 1980-01-01T00:00:00Z, in microseconds",
    ],
    [
      "a time beyond 2100",
      { ...TICK, event_time: "9007199254740991" },
      "must be at most 2100-01-01T00:00:00Z",
    ],
  ];
  for (const [name, row, reason] of refused) {
    it(`names ${name}`, () => assertStringIncludes(reasonOf(row), reason));
  }

  it("names a missing field", () => {
    const { price: _, ...rest } = TICK;
    assertEquals(reasonOf(rest), "price is missing");
  });

  it("names every problem up to three, in one line", () => {
    assertMatch(reasonOf({}), /^symbol is missing; price is missing; event_time is missing$/);
    assertEquals(reasonOf({ ...TICK, symbol: null, price: -1 }).split("; ").length, 2);
  });

  it("names an interval that does not exist", () => {
    const bar = {
      symbol: "A",
      bar_interval: "7m",
      open_time: 0,
      open: 1,
      high: 1,
      low: 1,
      close: 1,
      source: "x",
    };
    assertMatch(reasonOf(bar, bars), /^bar_interval is "7m": must be one of 1s, 5s/);
  });

  it("names a high below the low", () => {
    assertStringIncludes(
      reasonOf({ ...DAY, High: 3 }, indexBars),
      "Open is 5: must not be more than High, which is 3",
    );
  });

  it("names a day that does not exist", () => {
    assertEquals(
      reasonOf({ ...DAY, Date: "2023-02-29" }, indexBars),
      'Date is "2023-02-29": must be a day that exists, as YYYY-MM-DD',
    );
  });

  it("tells what is no object, no JSON, no UTF-8", () => {
    assertEquals(explain(ticks, bytes("[1]")), "the message is [1]: must be a JSON object");
    assertEquals(explain(ticks, bytes("null")), "the message is null: must be a JSON object");
    assertMatch(explain(ticks, bytes('{"a":1,}')), /^the message is not JSON: .*position 7/);
    assertMatch(explain(ticks, bytes("")), /^the message is not JSON/);
    assertEquals(explain(ticks, new Uint8Array([0x7b, 0xff])), "the message is not UTF-8");
  });

  it("stays one short line whatever the value", () => {
    const reason = reasonOf({ ...TICK, price: "x\ny\u2028" + "z".repeat(10_000) });
    assertEquals(/[\n\u2028]/.test(reason) || reason.length > 200, false, reason);
    assertEquals(explain(ticks, bytes('{"a":"x\ny"}')).includes("\n"), false);
  });

  it("falls back to a generic line when nothing is wrong", () => {
    assertEquals(reasonOf(TICK), "the message does not decode as a row of ticks");
    assertEquals(problemsOf(ticks, TICK), undefined);
  });
});
