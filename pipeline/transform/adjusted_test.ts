import { assert, assertEquals } from "@std/assert";
import { type Bar, BarHouse } from "./bar_fixture.ts";

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
  const close = (24 * factor).toFixed(8);
  assertEquals(rows, [
    ["2003-02-12", 48, digits(close), 20, 2],
    ["2003-02-13", 24, digits(close), 10, 1],
    // Has dividends of after the newest bar taken out, and can't be compared with it.
    ["2003-02-14", 20, null, 10, 1],
    ["2003-02-19", 24, digits("24"), 10, 1],
  ]);
  assertEquals(
    await house.rows(`SELECT split_close::DOUBLE, log_return FROM gold.gold_daily_adjusted
      ORDER BY trading_day`),
    [[24, null], [24, 0], [null, null], [24, null]],
  );
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

const RETURNS = `SELECT symbol, trading_day, close::DOUBLE, split_close::DOUBLE,
  round(adj_close::DOUBLE, 6), round(exp(log_return), 6), split_volume::DOUBLE
  FROM gold.gold_daily_adjusted ORDER BY trading_day`;

Deno.test("a split is in split_… and adj_…, a dividend in adj_… and in the return alone", async () => {
  await using house = await BarHouse.open();
  // 0.08 a share on the 19th, 2 for 1 on the 18th of February 2003, which had no bar of its own.
  await house.publish(
    { symbol: "MSFT", at: "2003-02-14", ohlc: flat("48.30"), volume: 100 },
    { symbol: "MSFT", at: "2003-02-19", ohlc: flat("24.53"), volume: 300 },
    { symbol: "MSFT", at: "2003-02-20", ohlc: flat("24.14"), volume: 200 },
  );
  const share = 24.53 / 24.61;
  const round = (x: number) => Number(x.toFixed(6));
  assertEquals(await house.rows(RETURNS), [
    ["MSFT", "2003-02-14", 48.3, 24.15, round(24.15 * share), null, 200],
    ["MSFT", "2003-02-19", 24.53, 24.53, 24.53, round(24.53 / (24.15 * share)), 300],
    ["MSFT", "2003-02-20", 24.14, 24.14, 24.14, round(24.14 / 24.53), 200],
  ]);
});

Deno.test("a split and a dividend on one day: the dividend is of a new share", async () => {
  await using house = await BarHouse.open({
    ref_corporate_actions: ["AAPL,2001-05-01,split,2", "AAPL,2001-05-01,dividend,1"],
  });
  await house.publish(
    { at: "2001-04-30", ohlc: flat("100") },
    { at: "2001-05-01", ohlc: flat("49") },
  );
  assertEquals(await house.rows(RETURNS), [
    ["AAPL", "2001-04-30", 100, 50, 49, null, 20],
    ["AAPL", "2001-05-01", 49, 49, 49, 1, 10],
  ]);
});

Deno.test("1 for 30 is thirty times the price, though its ratio has no end", async () => {
  await using house = await BarHouse.open({
    ref_corporate_actions: ["IBM,2001-05-01,split,0.03333333"],
  });
  await house.publish(
    { symbol: "IBM", at: "2001-04-30", ohlc: flat("1.11"), volume: 3_000_000 },
    { symbol: "IBM", at: "2001-05-01", ohlc: flat("33.3"), volume: 100 },
  );
  assertEquals(
    await house.rows(`SELECT split_close::VARCHAR, adj_close::VARCHAR, split_volume::DOUBLE,
      log_return FROM gold.gold_daily_adjusted ORDER BY trading_day`),
    [[digits("33.3"), digits("33.3"), 100_000, null], [digits("33.3"), digits("33.3"), 100, 0]],
  );
});

Deno.test("what was read adjusted before a split is adjusted for that one", async () => {
  await using house = await BarHouse.open();
  // NVIDIA's 4 for 1 in 2021 was taken out by the feed, 10 for 1 of 2024-06-10 came after.
  const nvda = { symbol: "NVDA", adjustment: "splits" } as const;
  await house.publish(
    { ...nvda, at: "2024-06-06", ohlc: flat("1200"), read: "2024-06-07", volume: 5 },
    { ...nvda, at: "2024-06-07", ohlc: flat("120.8"), read: "2024-06-12", volume: 50 },
    { ...nvda, at: "2024-06-10", ohlc: flat("121.79"), read: "2024-06-12", volume: 70 },
  );
  assertEquals(
    await house.rows(`SELECT close::DOUBLE, split_close::DOUBLE, split_volume::DOUBLE, share_factor
      FROM gold.gold_daily_adjusted ORDER BY trading_day`),
    [[1200, 120, 50, 10], [120.8, 120.8, 50, 1], [121.79, 121.79, 70, 1]],
  );
});

Deno.test("a bar that is said again was read when its values first were, whatever was withdrawn since", async () => {
  await using house = await BarHouse.open();
  const tsla = { symbol: "TSLA", adjustment: "splits", at: "2022-08-24" } as const;
  const withdrawn = { ...tsla, action: "cancel", origin: "#withdrawn" } as const;
  const shown = async () =>
    (await house.rows(`SELECT close::DOUBLE, split_close::DOUBLE FROM gold.gold_daily_adjusted
      WHERE trading_day = '2022-08-24'`))[0];
  const said = async (bars: readonly Bar[], expected: readonly number[] | undefined) => {
    await house.publish(...bars);
    assertEquals(await shown(), expected);
  };
  await house.publish(
    { ...tsla, at: "2022-08-25", ohlc: flat("296.07"), read: "2022-08-26" },
    { ...tsla, ohlc: flat("891.29"), read: "2022-08-24 22:00" },
  );
  await said([{ ...tsla, ohlc: flat("222"), read: "2022-09-01" }], [222, 222]);
  await said([
    { ...withdrawn, ohlc: flat("222"), read: "2022-09-02" },
    { ...tsla, ohlc: flat("891.29"), action: "correct", read: "2022-09-02" },
  ], [891.29, 297.09666667]);
  // What the withdrawal says in its own name was not read by it.
  await said([
    { ...withdrawn, ohlc: flat("891.29"), read: "2022-09-03" },
    { ...withdrawn, ohlc: flat("297.1"), read: "2022-08-24 23:00" },
  ], undefined);
  await said([{ ...tsla, ohlc: flat("297.1"), read: "2022-09-04" }], [297.1, 297.1]);
  // The file of then, read again.
  await said([
    { ...withdrawn, ohlc: flat("297.1"), read: "2022-09-05" },
    { ...tsla, ohlc: flat("891.29"), read: "2022-09-06" },
  ], [891.29, 297.09666667]);
  const read = "SELECT open_time, _first_read FROM silver.silver_clean_bars ORDER BY ALL";
  const rows = await house.rows(read);
  await house.rebuild();
  assertEquals(await house.rows(read), rows);
});

Deno.test("a renamed company is one line of prices, two symbols at a time are not", async () => {
  await using house = await BarHouse.open({
    ref_corporate_actions: ["META,2022-06-10,split,2"],
  });
  await house.publish(
    { symbol: "FB", at: "2022-06-07", ohlc: flat("190") },
    { symbol: "FB", at: "2022-06-08", ohlc: flat("200") },
    { symbol: "META", at: "2022-06-09", ohlc: flat("180") },
    { symbol: "META", at: "2022-06-10", ohlc: flat("99") },
    { symbol: "META", source: "stooq", at: "2022-06-09", ohlc: flat("1") },
  );
  const days = `SELECT symbol, split_close::DOUBLE, round(exp(log_return), 6)
    FROM gold.gold_daily_adjusted WHERE source = 'csv' ORDER BY trading_day, symbol`;
  const renamed = [["FB", 95, null], ["FB", 100, 1.052632], ["META", 90, 0.9], ["META", 99, 1.1]];
  assertEquals(await house.rows(days), renamed);
  // A feed that files the past under the new name as well.
  await house.publish({ symbol: "META", at: "2022-06-08", ohlc: flat("201") });
  assertEquals(await house.rows(days), [
    ["FB", 95, null],
    ["FB", 100, 1.052632],
    ["META", 100.5, null],
    ["META", 90, 0.895522],
    ["META", 99, 1.1],
  ]);
});

Deno.test("a feed without actions, and a symbol that is not listed, have none", async () => {
  await using house = await BarHouse.open();
  for (const [source, symbol] of [["simulator", "NVDA"], ["mine", "NVDA"], ["csv", "NVDA.X"]]) {
    await house.publish(
      { source: source ?? "", symbol: symbol ?? "", at: "2024-06-07", ohlc: flat("1208.88") },
      { source: source ?? "", symbol: symbol ?? "", at: "2024-06-10", ohlc: flat("1217.9") },
    );
  }
  assertEquals(
    await house.rows(`SELECT DISTINCT split_close = close, adj_close = close, actions_known_until
      FROM gold.gold_daily_adjusted`),
    [[true, true, null]],
  );
});

Deno.test("actions_known_until says up to when all actions stand there", async () => {
  await using house = await BarHouse.open({
    ref_action_coverage: ["MCD,2012-11-07,2013-03-01,2000-01-01,2020-06-30"],
  });
  await house.publish(
    { symbol: "MCD", at: "2012-11-06", ohlc: flat("1") },
    { symbol: "MCD", at: "2012-11-07", ohlc: flat("1") },
    { symbol: "MCD", at: "2013-04-01", ohlc: flat("1") },
  );
  assertEquals(
    await house.rows(`SELECT trading_day, actions_known_until, splits_known_until
      FROM gold.gold_daily_adjusted
      ORDER BY trading_day`),
    [
      ["2012-11-06", null, "2020-06-30"],
      ["2012-11-07", "2013-03-01", "2020-06-30"],
      ["2013-04-01", "2013-03-01", "2020-06-30"],
    ],
  );
});
