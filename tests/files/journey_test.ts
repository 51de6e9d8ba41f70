/** Files all the way into candles. */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { open } from "tickhouse/mod.ts";
import { TempFolder } from "tickhouse/testing.ts";

const CASES = join(import.meta.dirname ?? ".", "cases");

Deno.test("72-sessions.csv: trades become the candles of their exchanges' days", async () => {
  using folder = new TempFolder();
  await using house = await open({ home: folder.path, onNote: () => {} });
  const { proven, read } = await house.ingest({ file: join(CASES, "72-sessions.csv") });
  assertEquals([proven, read.refused], [true, 0]);
  const { rows } = await house.query(
    `SELECT trading_day::VARCHAR, open::DOUBLE, high::DOUBLE, low::DOUBLE, close::DOUBLE,
       volume::DOUBLE FROM gold.gold_candlestick
     WHERE symbol = 'AAPL' AND bar_interval = '1d' ORDER BY 1`,
  );
  assertEquals(rows, [
    // 2012-10-29 is none: New York stayed shut for a hurricane.
    ["2024-03-08", 6, 6, 6, 6, 1], // The open in winter,
    ["2024-03-11", 7, 9, 7, 9, 2], // and in summer, with the closing auction at 16:00:00.
    ["2024-11-29", 2, 4, 2, 4, 4], // Half a day, with a trade that came late.
  ]);
});

Deno.test("60-typo.csv: ingested under a wrong symbol, taken back, read again, also in candles", async () => {
  using folder = new TempFolder();
  await using house = await open({ home: folder.path, onNote: () => {} });
  const file = join(CASES, "60-typo.csv");
  await house.ingest({ file, symbol: "APPL" });
  const withdrawn = await house.withdraw({ file, apply: true });
  assertEquals([withdrawn.facts, withdrawn.run?.proven], [2, true]);
  const { proven } = await house.ingest({ file, symbol: "AAPL" });
  assertEquals(proven, true);
  const { rows } = await house.query(
    `SELECT symbol, trading_day::VARCHAR, close::DOUBLE FROM gold.gold_candlestick
     WHERE bar_interval = '1d' ORDER BY ALL`,
  );
  assertEquals(rows, [["AAPL", "2020-01-02", 75.09], ["AAPL", "2020-01-03", 74.36]]);
  assertEquals((await house.reconcile()).proven, true);
});
