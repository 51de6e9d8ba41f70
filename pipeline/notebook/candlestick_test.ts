import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { TickhouseError } from "../errors.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import type { Bind } from "../sql/session.ts";
import { candlestick, type Rows } from "./candlestick.ts";

/** A reader of a database in memory that has run `sql`. */
async function readerOf(sql: string): Promise<Rows> {
  const session = await (await DuckDbFile.open(":memory:")).session();
  await session.run(sql);
  return {
    rows: async <T>(text: string, binds?: readonly Bind[]) => {
      const { columns, rows } = await session.query(text, binds);
      return rows.map((r) => Object.fromEntries(r.map((v, i) => [columns[i]?.name, v]))) as T[];
    },
  };
}

const CANDLES = `CREATE SCHEMA gold;
CREATE TABLE gold.gold_candlestick AS
SELECT 'ticks' AS dataset, source, 'AAPL' AS symbol, bar_interval,
  TIMESTAMP '2024-01-02 00:00:00' + to_seconds(n * length) AS open_time,
  (n + 1)::DECIMAL(18,8) AS open, (n + 3)::DECIMAL(18,8) AS high, n::DECIMAL(18,8) AS low,
  (n + 2)::DECIMAL(18,8) AS close, 10 AS volume
FROM (VALUES ('1s', 1, 90, 'live'), ('1m', 60, 5, 'live'), ('1h', 3600, 30, 'live'), ('1h', 60, 3, 'old'))
  intervals(bar_interval, length, count, source), range(100) r(n) WHERE n < count`;

describe("candlestick()", () => {
  it("draws the newest candles, oldest first, as numbers", async () => {
    const { figure } = await candlestick(await readerOf(CANDLES), "AAPL", {
      interval: "1h",
      count: 2,
    });
    const [candles, volume] = figure.data;
    assertEquals(candles?.x, ["2024-01-03 04:00:00", "2024-01-03 05:00:00"]);
    assertEquals(candles?.open, [29, 30]);
    assertEquals(candles?.close, [30, 31]);
    assertEquals(volume?.y, [10, 10]);
  });

  it("takes seconds while there are few minutes", async () => {
    const chart = await candlestick(await readerOf(CANDLES), "AAPL");
    assertEquals(chart.figure.layout?.title?.text, "AAPL, 1s candles");
    assertEquals(chart.figure.data[0]?.x.length, 90);
    const asked = await candlestick(await readerOf(CANDLES), "AAPL", { interval: "1m" });
    assertEquals(asked.figure.data[0]?.x.length, 5);
  });

  it("draws published bars where there are no ticks, and names the lengths that there are", async () => {
    const bars = `${CANDLES};
INSERT INTO gold.gold_candlestick
SELECT 'bars', 'csv', 'GOOG', bar_interval, TIMESTAMP '2024-01-02' + to_days(n::INTEGER), 1, 3, 1, 2,
  NULL
FROM (VALUES ('1d'), ('1wk'), ('1mo')) i(bar_interval), range(3) r(n)`;
    const daily = await candlestick(await readerOf(bars), "GOOG", { interval: "1d" });
    assertEquals(daily.figure.data[0]?.x.length, 3);
    assertEquals(daily.figure.data[1]?.y, [null, null, null]);
    const byItself = await candlestick(await readerOf(bars), "GOOG");
    assertEquals(byItself.figure.layout?.title?.text, "GOOG, 1d candles");
    const reader = await readerOf(bars);
    const error = await assertRejects(
      () => candlestick(reader, "GOOG", { interval: "1m" }),
      TickhouseError,
    );
    assertEquals([error.code, error.field], ["CANDLES_MISSING", "interval"]);
    assertStringIncludes(error.message, "There are 1d, 1wk, 1mo of bars");
    const other = await assertRejects(
      () => candlestick(reader, "AAPL", { dataset: "bars" }),
      TickhouseError,
    );
    assertEquals(other.field, "dataset");
    assertStringIncludes(other.message, "There are 1s, 1m, 1h of ticks");
  });

  it("names the symbols that there are", async () => {
    const reader = await readerOf(CANDLES);
    const error = await assertRejects(() => candlestick(reader, "APPL"), TickhouseError);
    assertEquals(error.code, "CANDLES_MISSING");
    assertStringIncludes(error.message, "candles of AAPL");
    assertEquals(
      (await assertRejects(() => candlestick([], "X"), TickhouseError)).code,
      "CANDLES_MISSING",
    );
  });

  it("says what to do before the models are built", async () => {
    const reader = await readerOf("CREATE SCHEMA gold");
    const error = await assertRejects(() => candlestick(reader, "AAPL"), TickhouseError);
    assertEquals(error.code, "MODELS_MISSING");
    assertStringIncludes(error.message, "deno task transform");
  });

  it("refuses a count that is none", async () => {
    const reader = await readerOf(CANDLES);
    for (const count of [0, 1.5, NaN]) {
      const error = await assertRejects(
        () => candlestick(reader, "AAPL", { count }),
        TickhouseError,
      );
      assertEquals(error.code, "OPTION_INVALID");
    }
  });
});
