import { assert, assertEquals } from "@std/assert";
import { BarHouse } from "./bar_fixture.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

Deno.test("gold_daily_adjusted agrees with the adjusted closes that were published", async () => {
  await using house = await BarHouse.open();
  await house.run(`INSERT INTO bronze.bars BY NAME
    SELECT 'bars' AS _topic, 0 AS _partition, row_number() OVER () - 1 AS _offset,
      TIMESTAMP '2026-03-02 00:00:00' AS _ingest_time, 'csv' AS source, Ticker AS symbol,
      '1d' AS bar_interval, Date::TIMESTAMP AS open_time, Open AS open, High AS high, Low AS low,
      Close AS close, "Adj Close" AS adj_close, Volume AS volume
    FROM read_csv('${ROOT}/data/stocks_daily.csv.gz')`);
  await house.build();
  // They were published years after the last bar: what came in between is one factor for all days
  // of a symbol, that of its last bar.
  const off = await house.rows(`
    WITH level AS (
      SELECT symbol, max_by(published_adj_close::DOUBLE / close::DOUBLE, trading_day) AS later
      FROM gold.gold_daily_adjusted GROUP BY symbol
    )
    SELECT symbol, count(*),
      max(abs(adj_close::DOUBLE * later / published_adj_close::DOUBLE - 1)) < 1e-6
    FROM gold.gold_daily_adjusted JOIN level USING (symbol) GROUP BY symbol ORDER BY symbol`);
  assertEquals(off, [
    ["AAPL", 3270, true],
    ["FB", 196, true],
    ["GOOG", 2148, true],
    ["IBM", 3270, true],
    ["MSFT", 3270, true],
  ]);
  assertEquals(
    await house.rows(`SELECT trading_day, close::DOUBLE, adj_close::DOUBLE, share_factor
      FROM gold.gold_daily_adjusted WHERE symbol = 'AAPL'
      QUALIFY row_number() OVER (ORDER BY trading_day DESC) = 1
        OR trading_day = '2005-02-25' ORDER BY trading_day`),
    [["2005-02-25", 88.99, 43.84826365, 2], ["2013-03-01", 430.47, 430.47, 1]],
  );
});

const flat = (price: string) => [price, price, price, price] as const;
const ADJUSTED = `SELECT trading_day, close::DOUBLE, adj_close::VARCHAR, adj_volume::DOUBLE,
  share_factor FROM gold.gold_daily_adjusted ORDER BY trading_day`;
/** As a decimal of 18 digits is written. */
const digits = (price: string) => {
  const [whole, part = ""] = price.split(".");
  return `${whole}.${part.padEnd(18, "0")}`;
};

Deno.test("prices that are adjusted for splits are not divided again, and their volume stays", async () => {
  await using house = await BarHouse.open();
  const day = (at: string, price: string, adjClose: string) =>
    ({ at, ohlc: flat(price), adjClose, adjustment: "splits", volume: 155_552_400 }) as const;
  await house.publish(
    day("2020-08-27", "125.010002", "122.35"),
    day("2020-08-31", "129.039993", "126.30"), // The day of Apple's 4 for 1.
  );
  assertEquals(await house.rows(ADJUSTED), [
    ["2020-08-27", 125.010002, digits("125.010002"), 155_552_400, 1],
    ["2020-08-31", 129.039993, digits("129.039993"), 155_552_400, 1],
  ]);
});

Deno.test("each bar is adjusted for what it is not adjusted for yet", async () => {
  await using house = await BarHouse.open();
  // Microsoft's 2 for 1 on the 18th and 0.08 a new share on the 19th of February 2003.
  const msft = { symbol: "MSFT" } as const;
  await house.publish(
    { ...msft, at: "2003-02-12", ohlc: flat("48"), adjustment: "raw" },
    { ...msft, at: "2003-02-13", ohlc: flat("24"), adjustment: "splits" },
    { ...msft, at: "2003-02-14", ohlc: flat("20"), adjustment: "all" },
    { ...msft, at: "2003-02-19", ohlc: flat("24") },
  );
  const factor = 24 / 24.08;
  const rows = await house.rows(ADJUSTED);
  assertEquals(rows.map((row) => [row[0], Number(row[2]), row[3], row[4]]), [
    ["2003-02-12", Number((24 * factor).toFixed(8)), 20, 2],
    ["2003-02-13", Number((24 * factor).toFixed(8)), 10, 1],
    ["2003-02-14", 20, 10, 1],
    ["2003-02-19", 24, 10, 1],
  ]);
});

Deno.test("a dividend of old shares meets prices adjusted for the splits that followed", async () => {
  await using house = await BarHouse.open();
  // 2.65 a share in 2012, 7 for 1 in 2014 and 4 for 1 in 2020: a share of 600 is one of 600 / 28.
  for (const [adjustment, share] of [["raw", 1], ["splits", 28]] as const) {
    const price = (amount: number) => flat(String(amount / share));
    await house.publish(
      { at: "2012-11-06", ohlc: price(602.65), adjustment },
      { at: "2012-11-07", ohlc: price(600), adjustment },
    );
    const [[factor] = []] = await house.rows(`SELECT price_factor FROM gold.gold_daily_adjusted
      ORDER BY trading_day LIMIT 1`);
    assert(Math.abs(Number(factor) - 600 / 602.65) < 1e-9, `${adjustment}: ${factor}`);
  }
});

Deno.test("small prices keep their digits, and a dividend above the price or below zero breaks nothing", async () => {
  await using house = await BarHouse.open();
  await house.publish(
    { symbol: "V", at: "2015-03-18", ohlc: flat("0.00000854") }, // Split 4 for 1 on the 19th.
    { symbol: "V", at: "2015-03-19", ohlc: flat("0.00000213") },
    { symbol: "IBM", at: "2013-02-05", ohlc: flat("0.5") }, // A dividend of 0.85 on the 6th.
    { symbol: "IBM", at: "2013-02-06", ohlc: flat("0.15") },
    { symbol: "MSFT", at: "2013-02-15", ohlc: flat("5"), signed: "yes" }, // 0.23 on the 19th.
    { symbol: "MSFT", at: "2013-02-19", ohlc: flat("-1"), signed: "yes" },
  );
  assertEquals(
    await house.rows(`SELECT symbol, adj_close::VARCHAR, price_factor
      FROM gold.gold_daily_adjusted ORDER BY symbol, trading_day`),
    [
      ["IBM", digits("0.075"), 0.15],
      ["IBM", digits("0.15"), 1],
      // Nobody knows what share of a price below zero a dividend is.
      ["MSFT", null, null],
      ["MSFT", digits("-1"), 1],
      ["V", digits("0.000002135"), 0.25],
      ["V", digits("0.00000213"), 1],
    ],
  );
});

Deno.test("only daily bars have a day in gold_daily_adjusted", async () => {
  await using house = await BarHouse.open();
  await house.publish(
    { interval: "1wk", at: "2024-01-29", ohlc: flat("1") },
    { interval: "1m", at: "2024-01-30 14:30:00", ohlc: flat("1") },
    { at: "2024-01-30", ohlc: flat("2") },
    { at: "2024-01-31", ohlc: flat("2") },
    { at: "2024-01-31", ohlc: flat("2"), action: "cancel" },
  );
  assertEquals(await house.rows("SELECT trading_day FROM gold.gold_daily_adjusted"), [
    ["2024-01-30"],
  ]);
});
