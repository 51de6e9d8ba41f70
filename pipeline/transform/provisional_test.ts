/** Bars that a feed told before they had ended: shown, and no close. @module */
import { assertEquals } from "@std/assert";
import { type Bar, BarHouse } from "./bar_fixture.ts";

const flat = (price: string) => [price, price, price, price] as const;
const yes = { provisional: "yes" } as const;
const KPI = `SELECT last_price::DOUBLE, previous_close::DOUBLE, change_amount::DOUBLE,
  trading_day::VARCHAR, is_provisional FROM gold.gold_kpi`;
const CANDLES = `SELECT bar_interval, trading_day::VARCHAR, close::DOUBLE, is_closed
  FROM gold.gold_candlestick ORDER BY bar_interval, open_time`;
const ADJUSTED = `SELECT trading_day::VARCHAR, adj_close::DOUBLE
  FROM gold.gold_daily_adjusted ORDER BY trading_day`;
const SETTLED = ["provisional_bars_are_settled"];

Deno.test("a running bar is shown and is not closed, until a final version replaces it", async () => {
  await using house = await BarHouse.open();
  await house.publish(
    { at: "2024-01-29", ohlc: flat("190") },
    { at: "2024-01-30", ohlc: flat("191"), ...yes },
  );
  assertEquals(await house.rows(CANDLES), [
    ["1d", "2024-01-29", 190, true],
    ["1d", "2024-01-30", 191, false],
    ["1mo", "2024-01-01", 191, false],
    ["1wk", "2024-01-29", 191, false],
  ]);
  assertEquals(await house.rows(KPI), [[191, 190, 1, "2024-01-30", true]]);
  assertEquals(await house.rows(ADJUSTED), [["2024-01-29", 190]]);
  assertEquals(house.warned, []);
  await house.publish({ at: "2024-01-30", ohlc: flat("188") });
  assertEquals(await house.rows(KPI), [[188, 190, -2, "2024-01-30", false]]);
  assertEquals(await house.rows(ADJUSTED), [["2024-01-29", 190], ["2024-01-30", 188]]);
  assertEquals(await house.rows("SELECT count(*)::INTEGER FROM silver.silver_clean_bars"), [[2]]);
  // The same as it ran, sent once more: it stands where it first arrived, and undoes nothing.
  await house.publish({ at: "2024-01-30", ohlc: flat("191"), ...yes });
  assertEquals(await house.rows(KPI), [[188, 190, -2, "2024-01-30", false]]);
});

Deno.test("a minute before the session that stayed running leaves the session's close as it is", async () => {
  await using house = await BarHouse.open();
  const minute = (at: string, price: string, more: Partial<Bar> = {}): Bar => ({
    ...{ interval: "1m", at, ohlc: flat(price) },
    ...more,
  });
  await house.publish(
    minute("2024-01-29 13:00:00", "180", yes),
    minute("2024-01-29 20:59:00", "190"),
    minute("2024-01-30 20:59:00", "191"),
  );
  assertEquals(await house.rows(KPI), [[191, 190, 1, "2024-01-30", false]]);
});

Deno.test("a bar that stayed running is no close before, no adjusted day, closes no week, and is told", async () => {
  await using house = await BarHouse.open();
  await house.publish(
    { at: "2024-01-25", ohlc: flat("189") },
    { at: "2024-01-26", ohlc: flat("150"), ...yes }, // A Friday, until eleven.
    { at: "2024-01-29", ohlc: flat("192") },
    { at: "2024-02-05", ohlc: flat("193") },
  );
  assertEquals(house.warned, SETTLED);
  assertEquals(await house.rows(`${CANDLES} LIMIT 4`), [
    ["1d", "2024-01-25", 189, true],
    ["1d", "2024-01-26", 150, false],
    ["1d", "2024-01-29", 192, true],
    ["1d", "2024-02-05", 193, false],
  ]);
  assertEquals(
    await house.rows(`SELECT bar_interval, open_time::DATE::VARCHAR, is_closed
      FROM gold.gold_candlestick WHERE bar_interval IN ('1wk', '1mo') ORDER BY 1, 2`),
    [
      ["1mo", "2024-01-01", false],
      ["1mo", "2024-02-01", false],
      ["1wk", "2024-01-22", false],
      ["1wk", "2024-01-29", true],
      ["1wk", "2024-02-05", false],
    ],
  );
  assertEquals(await house.rows(ADJUSTED), [
    ["2024-01-25", 189],
    ["2024-01-29", 192],
    ["2024-02-05", 193],
  ]);
  await house.publish({ at: "2024-02-05", ohlc: flat("193"), ...yes });
  await house.publish({ at: "2024-02-06", ohlc: flat("194") });
  // Neither that of the 5th, which nobody has settled, nor an older one for it.
  assertEquals(await house.rows(KPI), [[194, null, null, "2024-02-06", false]]);
  await house.publish(
    { at: "2024-02-05", ohlc: flat("193.5") },
    { at: "2024-01-26", ohlc: flat("151") },
  );
  assertEquals(await house.rows(KPI), [[194, 193.5, 0.5, "2024-02-06", false]]);
  assertEquals(house.warned, []);
});

Deno.test("a running bar that is cancelled goes", async () => {
  await using house = await BarHouse.open();
  await house.publish(
    { at: "2024-01-29", ohlc: flat("190") },
    { at: "2024-01-30", ohlc: flat("191"), ...yes },
    { at: "2024-01-30", ohlc: flat("191"), ...yes, action: "cancel" },
  );
  assertEquals(await house.rows(KPI), [[190, null, null, "2024-01-29", false]]);
  assertEquals((await house.rows(CANDLES)).length, 3);
});

Deno.test("running minutes are in no volatility, and leave the hour that is built of them open", async () => {
  await using house = await BarHouse.open();
  const minute = (at: string, price: string, more: Partial<Bar> = {}): Bar => ({
    ...{ interval: "1m", at: `2024-01-30 ${at}:00`, ohlc: flat(price), ...more },
  });
  await house.publish(
    minute("14:30", "100"),
    minute("14:31", "101"),
    minute("14:32", "102"),
    minute("14:33", "500", yes),
    minute("16:00", "103"),
  );
  assertEquals(
    await house.rows(`SELECT bar_interval, strftime(open_time, '%H:%M'), is_closed
      FROM gold.gold_candlestick WHERE bar_interval IN ('5m', '1h') ORDER BY 1, 2`),
    [["1h", "14:30", false], ["1h", "15:30", false], ["5m", "14:30", false], [
      "5m",
      "16:00",
      false,
    ]],
  );
  const [[measured] = []] = await house.rows("SELECT volatility_per_minute FROM gold.gold_kpi");
  await house.publish(minute("14:33", "500", { ...yes, action: "cancel" }));
  assertEquals(await house.rows("SELECT volatility_per_minute FROM gold.gold_kpi"), [[
    measured ?? null,
  ]]);
  assertEquals(
    await house.rows(
      "SELECT is_closed FROM gold.gold_candlestick WHERE bar_interval = '5m' ORDER BY open_time",
    ),
    [[true], [false]],
  );
});

Deno.test("what still runs is not compared with what is built here", async () => {
  await using house = await BarHouse.open();
  const minute = { interval: "1m", at: "2025-03-07 15:00:00" } as const;
  await house.trade(["AAPL", "2025-03-07 15:00:01", "240", "csv"]);
  await house.publish({ ...minute, ohlc: flat("240"), ...yes });
  assertEquals(await house.rows("FROM gold.gold_candle_differences"), []);
  await house.publish({ ...minute, ohlc: flat("240") });
  assertEquals((await house.rows("FROM gold.gold_candle_differences")).length, 1);
});
