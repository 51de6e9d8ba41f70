/** Splits and payouts of feeds: whose they are, which counts, and what they do to prices. @module */
import { assertEquals } from "@std/assert";
import { type Bar, BarHouse } from "./bar_fixture.ts";

const flat = (price: string) => [price, price, price, price] as const;
const ACTIONS = `SELECT instrument, symbol_of, ex_date::VARCHAR, kind, amount::DOUBLE, source
  FROM silver.silver_corporate_actions WHERE source <> 'seed' ORDER BY ALL`;
const ADJUSTED = `SELECT source, symbol, trading_day::VARCHAR, split_close::DOUBLE,
  round(adj_close::DOUBLE, 6) FROM gold.gold_daily_adjusted ORDER BY source, symbol, trading_day`;
const day = (at: string, price: string, more: Partial<Bar> = {}): Bar => ({
  ...{ source: "yahoo", at, ohlc: flat(price), adjustment: "splits", read: at, ...more },
});

Deno.test("a feed's actions apply to the instrument, whichever source its prices are of", async () => {
  await using house = await BarHouse.open();
  await house.publish(
    { at: "2026-05-08", ohlc: flat("400"), read: "2026-05-20" },
    { at: "2026-05-11", ohlc: flat("100"), read: "2026-05-20" },
  );
  await house.act({ kind: "split", on: "2026-05-11", amount: "4" });
  assertEquals(await house.rows(ACTIONS), [["AAPL", "", "2026-05-11", "split", 4, "yahoo"]]);
  assertEquals(await house.rows(ADJUSTED), [
    ["csv", "AAPL", "2026-05-08", 100, 100],
    ["csv", "AAPL", "2026-05-11", 100, 100],
  ]);
  assertEquals(
    await house.rows("SELECT previous_close::DOUBLE, change_percent FROM gold.gold_kpi"),
    [[100, 0]],
  );
  // Taken back, prices stand as they came.
  await house.act({ kind: "split", on: "2026-05-11", amount: "4", action: "cancel" });
  assertEquals(await house.rows(ACTIONS), []);
  assertEquals(await house.rows("SELECT previous_close::DOUBLE FROM gold.gold_kpi"), [[400]]);
});

Deno.test("actions of a symbol that nobody lists are its source's alone", async () => {
  await using house = await BarHouse.open();
  for (const source of ["yahoo", "other"]) {
    await house.publish(
      day("2026-05-08", "30", { source, symbol: "NEWCO" }),
      day("2026-05-11", "10", { source, symbol: "NEWCO" }),
      day("2026-05-08", "30", { source, symbol: "V" }),
    );
  }
  await house.act(
    { symbol: "NEWCO", kind: "split", on: "2026-05-11", amount: "3" },
    // No Visa: that source lists nothing.
    { source: "other", symbol: "V", kind: "split", on: "2026-05-08", amount: "7" },
  );
  assertEquals(await house.rows(ACTIONS), [
    ["NEWCO", "yahoo", "2026-05-11", "split", 3, "yahoo"],
    ["V", "other", "2026-05-08", "split", 7, "other"],
  ]);
  assertEquals((await house.rows(ADJUSTED)).filter(([, symbol]) => symbol === "NEWCO"), [
    ["other", "NEWCO", "2026-05-08", 30, 30],
    ["other", "NEWCO", "2026-05-11", 10, 10],
    ["yahoo", "NEWCO", "2026-05-08", 10, 10],
    ["yahoo", "NEWCO", "2026-05-11", 10, 10],
  ]);
  assertEquals(
    await house.rows(`SELECT source, previous_close::DOUBLE FROM gold.gold_kpi
      WHERE symbol = 'NEWCO' ORDER BY source`),
    [["other", 30], ["yahoo", 10]],
  );
});

Deno.test("the seed goes before feeds, and these by name; what differs is told", async () => {
  await using house = await BarHouse.open({
    ref_corporate_actions: ["AAPL,2026-02-09,dividend,0.26"],
  });
  await house.act(
    { on: "2026-02-09", amount: "0.2601" },
    { on: "2026-05-11", amount: "0.27" },
    { source: "alphavantage", on: "2026-05-11", amount: "0.27" },
  );
  assertEquals(await house.rows(ACTIONS), [
    ["AAPL", "", "2026-05-11", "dividend", 0.27, "alphavantage"],
  ]);
  assertEquals(house.warned, []);
  await house.act({ on: "2026-02-09", amount: "0.62" });
  assertEquals(house.warned, ["actions_agree"]);
  assertEquals(
    await house.rows(`SELECT amount::DOUBLE, source FROM silver.silver_corporate_actions
      WHERE instrument = 'AAPL' AND ex_date = '2026-02-09'`),
    [[0.26, "seed"]],
  );
});

Deno.test("the same action of two days, one where all is known, and one of no listing are told", async () => {
  for (
    const told of [
      [{ on: "2026-05-11", amount: "0.27" }, { source: "stooq", on: "2026-05-12", amount: "0.27" }],
      [{ kind: "split", on: "2024-05-10", amount: "2" }],
      [{ on: "2026-05-11", amount: "0.27", currency: "EUR" }],
      // Before 2014 the ticker was another share's, for who says what it meant then.
      [{ source: "polygon", symbol: "META", on: "2015-05-11", amount: "1" }],
    ] as const
  ) {
    await using house = await BarHouse.open();
    await house.act(...told);
    assertEquals(house.warned, ["actions_agree"]);
  }
});

Deno.test("a payout that splits were taken out of is put back into shares of its ex-date", async () => {
  await using house = await BarHouse.open();
  await house.act(
    { kind: "split", on: "2026-05-11", amount: "4", read: "2026-05-12" },
    { kind: "split", on: "2026-08-10", amount: "3", read: "2026-08-12" },
    // Read before either, between them, and behind them.
    { on: "2026-02-02", amount: "2.4", adjustment: "splits", read: "2026-03-02" },
    { on: "2026-02-03", amount: "0.6", adjustment: "splits", read: "2026-06-01" },
    { on: "2026-02-04", amount: "0.2", adjustment: "splits", read: "2026-09-01" },
    { on: "2026-06-04", amount: "0.2", adjustment: "splits", read: "2026-09-01" },
    { on: "2026-02-05", amount: "2.4", adjustment: "raw", read: "2026-09-01" },
    // Before the session of the split's day feeds have not taken it out.
    { on: "2026-02-06", amount: "2.4", adjustment: "splits", read: "2026-05-11 13:00:00" },
    { on: "2026-02-09", amount: "0.6", adjustment: "splits", read: "2026-05-11 14:00:00" },
    {
      kind: "capital_gain",
      on: "2026-02-09",
      amount: "0.6",
      adjustment: "splits",
      read: "2026-06-01",
    },
  );
  assertEquals(
    await house.rows(`SELECT ex_date::VARCHAR, kind, amount::DOUBLE
      FROM silver.silver_corporate_actions
      WHERE source = 'yahoo' AND kind <> 'split' ORDER BY ex_date, kind`),
    [
      ["2026-02-02", "dividend", 2.4],
      ["2026-02-03", "dividend", 2.4],
      ["2026-02-04", "dividend", 2.4],
      ["2026-02-05", "dividend", 2.4],
      ["2026-02-06", "dividend", 2.4],
      ["2026-02-09", "capital_gain", 2.4],
      ["2026-02-09", "dividend", 2.4],
      ["2026-06-04", "dividend", 0.6],
    ],
  );
  // Told again with another amount, in the shares of then.
  await house.act({ on: "2026-02-02", amount: "0.2", adjustment: "splits", read: "2026-09-02" });
  assertEquals(
    await house.rows(`SELECT amount::DOUBLE FROM silver.silver_corporate_actions
      WHERE instrument = 'AAPL' AND ex_date = '2026-02-02'`),
    [[2.4]],
  );
});

Deno.test("a capital gain is paid as a dividend is, beside one of its day", async () => {
  await using house = await BarHouse.open();
  await house.publish(
    { at: "2026-05-08", ohlc: flat("102") },
    { at: "2026-05-11", ohlc: flat("100") },
  );
  await house.act(
    { on: "2026-05-11", amount: "0.5" },
    { kind: "capital_gain", on: "2026-05-11", amount: "1.5" },
  );
  assertEquals(await house.rows(ADJUSTED), [
    ["csv", "AAPL", "2026-05-08", 102, 100],
    ["csv", "AAPL", "2026-05-11", 100, 100],
  ]);
});

Deno.test("pence and pounds are one currency", async () => {
  await using house = await BarHouse.open();
  await house.act(
    { symbol: "VOD.L", on: "2026-06-04", amount: "0.04", currency: "GBP" },
    { symbol: "VOD.L", on: "2026-11-26", amount: "4", currency: "GBp" },
  );
  assertEquals(await house.rows(ACTIONS), [
    ["VOD.L", "", "2026-06-04", "dividend", 4, "yahoo"],
    ["VOD.L", "", "2026-11-26", "dividend", 4, "yahoo"],
  ]);
  assertEquals(house.warned, []);
});

Deno.test("a feed's actions add nothing to what is known to be complete", async () => {
  await using house = await BarHouse.open();
  const known = `SELECT DISTINCT actions_known_until::VARCHAR, splits_known_until::VARCHAR
    FROM gold.gold_daily_adjusted`;
  await house.publish({ at: "2012-05-08", ohlc: flat("102") });
  const before = await house.rows(known);
  assertEquals(before, [["2013-03-01", "2025-06-30"]]);
  await house.act({ on: "2026-05-11", amount: "0.5" });
  assertEquals(await house.rows(known), before);
  await house.publish({ source: "yahoo", symbol: "NEWCO", at: "2026-05-08", ohlc: flat("1") });
  await house.act({ symbol: "NEWCO", on: "2026-05-11", amount: "0.5" });
  assertEquals(await house.rows(`${known} WHERE symbol = 'NEWCO'`), [[null, null]]);
});

Deno.test("a source without actions tells none that count", async () => {
  await using house = await BarHouse.open();
  await house.act(
    { source: "simulator", kind: "split", on: "2026-05-11", amount: "4" },
    { source: "binance-klines", symbol: "NEWCO", kind: "split", on: "2026-05-11", amount: "4" },
  );
  assertEquals(await house.rows(ACTIONS), []);
});
