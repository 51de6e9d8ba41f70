import { assertEquals } from "@std/assert";
import { transform } from "../transform/transform.ts";
import { createSchema } from "../duckdb/schema.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { closeAt, closeByDays, loadCandles } from "./candles.ts";
import { Queries } from "./queries.ts";
import type { Bar } from "./wire.ts";

/** A bar whose prices are its close, of volume and trades 1. */
function bar(start: number, close: number): Bar {
  return [start, close, close, close, close, 1, 1];
}

Deno.test("closeAt() makes the bar around the edge of the finer bars before the edge", () => {
  const hours = [bar(0, 1), bar(3600, 9)];
  const minutes = [bar(3540, 1), bar(3600, 5), bar(3660, 7), bar(3720, 9)];
  assertEquals(closeAt(hours, minutes, 3720, "1h"), [bar(0, 1), [3600, 5, 7, 5, 7, 2, 2]]);
});

Deno.test("closeAt() goes on with the hour that began with the session", () => {
  const at = (clock: string) => Date.parse(`2024-01-31T${clock}:00Z`) / 1000;
  const hours = [bar(at("14:00"), 1), bar(at("14:30"), 2)];
  const minutes = [bar(at("14:29"), 1), bar(at("14:30"), 2), bar(at("15:10"), 3)];
  const pre = bar(at("14:00"), 1);
  const first = [at("14:30"), 2, 3, 2, 3, 2, 2];
  assertEquals(closeAt(hours, minutes, at("15:11"), "1h"), [pre, first]);
  // The models have the first minute of the session, and no hour of it yet.
  assertEquals(closeAt([pre], minutes, at("14:31"), "1h", [at("14:30")]), [
    pre,
    bar(at("14:30"), 2),
  ]);
});

Deno.test("closeAt() leaves out a bar that begins at the edge, and keeps all without an edge", () => {
  assertEquals(closeAt([bar(0, 1), bar(60, 2)], [bar(0, 1), bar(60, 2)], 60, "1m"), [bar(0, 1)]);
  assertEquals(closeAt([bar(0, 1)], [], undefined, "1m"), [bar(0, 1)]);
});

Deno.test("closeByDays() makes the newest week of its days, and keeps those before", () => {
  const at = (day: string) => Date.parse(`${day}T00:00:00Z`) / 1000;
  const weeks = [bar(at("2024-01-22"), 1), bar(at("2024-01-29"), 9)];
  const days = [bar(at("2024-01-26"), 1), bar(at("2024-01-29"), 2), bar(at("2024-01-31"), 3)];
  assertEquals(closeByDays(weeks, days, "1wk"), [
    bar(at("2024-01-22"), 1),
    [at("2024-01-29"), 2, 3, 2, 3, 2, 2],
  ]);
  assertEquals(closeByDays(weeks, [], "1wk"), []);
});

Deno.test("loadCandles() keeps what is traded after the session out of the day's bar", async () => {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await createSchema(session);
  let offset = 0;
  const trade = (at: string, price: number) =>
    session.run(`INSERT INTO bronze.ticks (_topic, _partition, _offset,
      _ingest_time, symbol, price, size, event_time, source, trade_id) VALUES ('ticks', 0, ${offset}, '${at}', 'AAPL', ${price},
      10, '${at}', 'finnhub', '${offset++}')`);
  await trade("2026-03-02 14:29:00", 90); // Before the session.
  await trade("2026-03-02 14:30:00", 100);
  await trade("2026-03-02 20:58:30", 101);
  const project = new URL("../../models", import.meta.url).pathname;
  await transform({ project, session, checks: false });
  await trade("2026-03-02 20:59:00", 102); // The models have not seen these.
  await trade("2026-03-02 21:00:00", 110);
  const queries = new Queries((sql, binds) => session.query(sql, binds));
  const key = { dataset: "ticks", source: "finnhub", symbol: "AAPL" };
  const { bars, seconds, until } = await loadCandles(queries, key, "1d");
  const day = Date.UTC(2026, 2, 2) / 1000;
  assertEquals(bars, [[day, 100, 100, 100, 100, 10, 1]]); // Its open minute comes as seconds.
  assertEquals(seconds.map(([second, , , , close]) => [second - day, close]), [
    [20 * 3600 + 58 * 60 + 30, 101],
    [20 * 3600 + 59 * 60, 102],
  ]);
  assertEquals(until, day + 21 * 3600);
  assertEquals((await loadCandles(queries, key, "1m")).until, null);
  // The week of the open day is made of its days.
  const week = await loadCandles(queries, key, "1wk");
  assertEquals([week.bars, week.until], [[[day, 100, 100, 100, 100, 10, 1]], until]);
  assertEquals(week.intervals, ["1s", "1m", "5m", "15m", "30m", "1h", "4h", "1d", "1wk", "1mo"]);
});

Deno.test("loadCandles() tells how often a candle was revised, and has one candle a second", async () => {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await createSchema(session);
  const trades = [
    ["2026-03-02 20:59:50", 100, "@"],
    ["2026-03-02 20:59:58", 102, "@"],
    ["2026-03-02 20:59:50", 104, "@ Z"], // Late.
    ["2026-03-02 21:00:00.3", 103, "@ 6"], // The closing auction, and the evening in its second.
    ["2026-03-02 21:00:00.6", 90, "@ T"],
  ];
  for (const [offset, [at, price, conditions]] of trades.entries()) {
    await session.query(
      `INSERT INTO bronze.ticks BY NAME SELECT 'ticks' AS _topic, 0 AS _partition,
         ?::BIGINT AS _offset, TIMESTAMP '2026-03-03' AS _ingest_time, 'AAPL' AS symbol,
         ?::DECIMAL(18, 8) AS price, 10 AS size, ?::TIMESTAMP AS event_time, 'csv' AS source,
         ?::VARCHAR AS trade_id, ? AS conditions`,
      [offset, price ?? null, at ?? null, offset, conditions ?? null],
    );
  }
  const project = new URL("../../models", import.meta.url).pathname;
  await transform({ project, session, checks: false });
  const queries = new Queries((sql, binds) => session.query(sql, binds));
  const bars = await queries.bars({ dataset: "ticks", source: "csv", symbol: "AAPL" }, "1s", 10);
  assertEquals(bars.map(([, , high, , close, , , revisions]) => [high, close, revisions]), [
    [104, 100, 1],
    [102, 102, undefined],
    [103, 103, undefined],
  ]);
});
