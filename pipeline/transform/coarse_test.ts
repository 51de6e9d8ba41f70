import { assertEquals } from "@std/assert";
import { BarHouse } from "./bar_fixture.ts";

const flat = (price: string) => [price, price, price, price] as const;
const minute = (at: string, price: string, symbol = "AAPL") =>
  ({ symbol, interval: "1m", at, ohlc: flat(price), volume: 1 }) as const;

Deno.test("minutes and hours of published minutes are counted from the start of their session", async () => {
  await using house = await BarHouse.open();
  await house.publish(
    minute("2024-01-31 14:29:00", "1"), // 09:29 in New York.
    minute("2024-01-31 14:30:00", "2"),
    minute("2024-01-31 15:29:00", "3"),
    minute("2024-01-31 15:30:00", "4"),
    minute("2024-01-31 20:59:00", "5"),
    minute("2024-01-31 21:00:00", "6"),
  );
  const candles = (interval: string) =>
    house.rows(`SELECT session, open_time::TIME::VARCHAR, close_time::TIME::VARCHAR, open::DOUBLE,
      close::DOUBLE, volume::DOUBLE FROM gold.gold_candlestick_coarse
      WHERE bar_interval = '${interval}' ORDER BY open_time`);
  assertEquals(await candles("1h"), [
    // Before the session hours are counted from 20:00 in the evening, and the last one ends early.
    ["pre", "14:00:00", "14:30:00", 1, 1, 1],
    ["regular", "14:30:00", "15:30:00", 2, 3, 2],
    ["regular", "15:30:00", "16:30:00", 4, 4, 1],
    ["regular", "20:30:00", "21:00:00", 5, 5, 1],
    ["post", "21:00:00", "22:00:00", 6, 6, 1],
  ]);
  assertEquals(await candles("4h"), [
    ["pre", "13:00:00", "14:30:00", 1, 1, 1],
    ["regular", "14:30:00", "18:30:00", 2, 4, 3],
    ["regular", "18:30:00", "21:00:00", 5, 5, 1],
    ["post", "21:00:00", "01:00:00", 6, 6, 1],
  ]);
  assertEquals((await candles("30m")).map((row) => row[1]), [
    ...["14:00:00", "14:30:00", "15:00:00", "15:30:00", "20:30:00", "21:00:00"],
  ]);
  assertEquals((await candles("15m")).map((row) => row[1]), [
    ...["14:15:00", "14:30:00", "15:15:00", "15:30:00", "20:45:00", "21:00:00"],
  ]);
});

Deno.test("no hour of Tokyo spans its lunch", async () => {
  await using house = await BarHouse.open();
  const tokyo = (at: string, price: string) =>
    ({ ...minute(at, price, "7203.T"), source: "yahoo" }) as const;
  await house.publish(
    tokyo("2024-03-08 02:29:00", "1"), // 11:29.
    tokyo("2024-03-08 02:30:00", "2"), // In the break.
    tokyo("2024-03-08 03:30:00", "3"), // 12:30.
  );
  assertEquals(
    await house.rows(`SELECT session, open_time::TIME::VARCHAR, close_time::TIME::VARCHAR
      FROM gold.gold_candlestick_coarse WHERE bar_interval = '1h' ORDER BY open_time`),
    [
      ["regular", "02:00:00", "02:30:00"],
      ["break", "02:30:00", "03:30:00"],
      ["regular", "03:30:00", "04:30:00"],
    ],
  );
});

const LONG = `SELECT dataset, bar_interval, open_time, close_time, open::DOUBLE, high::DOUBLE,
  low::DOUBLE, close::DOUBLE, volume::DOUBLE, turnover::DOUBLE FROM gold.gold_candlestick_coarse
  WHERE bar_interval IN ('1wk', '1mo') ORDER BY ALL`;

Deno.test("a week with a split is in the shares of its last day", async () => {
  await using house = await BarHouse.open();
  // Apple's 4 for 1 on Monday, the 31st of August 2020, the last day of the month.
  await house.publish(
    { at: "2020-08-27", ohlc: ["508.57", "509.94", "495.33", "500.04"], volume: 100 },
    { at: "2020-08-28", ohlc: ["504.05", "505.77", "498.31", "499.23"], volume: 100 },
    { at: "2020-08-31", ohlc: ["127.58", "131", "126", "129.04"], volume: 500 },
  );
  const [august, september] = ["2020-08-01 00:00:00", "2020-09-01 00:00:00"];
  assertEquals(await house.rows(LONG), [
    ["bars", "1mo", august, september, 127.1425, 131, 123.8325, 129.04, 1300, null],
    ["bars", "1wk", "2020-08-24 00:00:00", "2020-08-31 00:00:00", 508.57, 509.94, 495.33, 499.23]
      .concat([200, null] as never[]),
    ["bars", "1wk", "2020-08-31 00:00:00", "2020-09-07 00:00:00", 127.58, 131, 126, 129.04]
      .concat([500, null] as never[]),
  ]);
});

Deno.test("so is one of ticks, whose turnover stays, and one that the feed has adjusted is as it came", async () => {
  await using house = await BarHouse.open();
  await house.trade(
    ["TSLA", "2022-08-24 19:00:00", "891.29"], // Wednesday, 3 for 1 on Thursday.
    ["TSLA", "2022-08-25 14:00:00", "296.07"],
  );
  await house.publish(
    { symbol: "TSLA", at: "2022-08-24", ohlc: flat("297.1"), volume: 30, adjustment: "splits" },
    { symbol: "TSLA", at: "2022-08-25", ohlc: flat("296.07"), volume: 10, adjustment: "splits" },
  );
  const week = ["1wk", "2022-08-22 00:00:00", "2022-08-29 00:00:00"];
  assertEquals((await house.rows(LONG)).filter(([, interval]) => interval === "1wk"), [
    ["bars", ...week, 297.1, 297.1, 296.07, 296.07, 40, null],
    ["ticks", ...week, 297.09666667, 297.09666667, 296.07, 296.07, 40, 11873.6],
  ]);
});

Deno.test("a week in which no trade sets a price is none, and one of volume only adds to its month", async () => {
  await using house = await BarHouse.open();
  await house.trade(["X", "2024-03-05 12:00:00", "5"]);
  // A print of no size sets no price.
  await house.run(`INSERT INTO bronze.ticks BY NAME SELECT * EXCLUDE n REPLACE (n AS _offset,
      0 AS size, event_time + to_days(7) AS event_time, 'none' AS trade_id)
    FROM bronze.ticks, (SELECT 100 AS n) extra`);
  await house.build();
  assertEquals((await house.rows(LONG)).map((row) => [row[1], row[2], row[6], row[7], row[8]]), [
    ["1mo", "2024-03-01 00:00:00", 5, 5, 10],
    ["1wk", "2024-03-04 00:00:00", 5, 5, 10],
  ]);
});

const DIFFERENCES = `SELECT built_from, bar_interval, open_time, built_close::DOUBLE,
  published_close::DOUBLE, close_difference::DOUBLE, volume_difference::DOUBLE, is_equal
  FROM gold.gold_candle_differences ORDER BY ALL`;

Deno.test("gold_candle_differences compares what a feed publishes with its ticks and finer bars", async () => {
  await using house = await BarHouse.open();
  await house.trade(
    ["AAPL", "2024-01-31 14:30:10", "10", "csv"],
    ["AAPL", "2024-01-31 14:30:50", "11", "csv"],
    ["AAPL", "2024-01-31 14:31:10", "12", "csv"],
  );
  const bar = (interval: string, at: string, close: string, volume: number | null) =>
    ({ interval, at, ohlc: ["10", "12", "10", close], volume }) as const;
  await house.publish(
    { interval: "1m", at: "2024-01-31 14:30:00", ohlc: ["10", "11", "10", "11"], volume: 20 },
    bar("1m", "2024-01-31 14:31:00", "12", 10), // Opens at another price than the trade.
    bar("5m", "2024-01-31 14:30:00", "12", null),
    bar("1d", "2024-01-31", "11.5", 40), // An auction that the feed has and we do not.
    { ...bar("1d", "2024-01-30", "12", 1), action: "cancel" },
    { ...bar("1wk", "2024-01-29", "11.5", 50), adjustment: "all" },
    { ...bar("1d", "2024-01-31", "10", 1), symbol: "IBM" }, // Nothing to compare with.
  );
  const [start, day] = ["2024-01-31 14:30:00", "2024-01-31 00:00:00"];
  assertEquals(await house.rows(DIFFERENCES), [
    ["bars", "1d", day, 12, 11.5, 0.5, -10, false],
    ["bars", "5m", start, 12, 12, 0, null, true],
    ["ticks", "1d", day, 12, 11.5, 0.5, -10, false],
    ["ticks", "1m", start, 11, 11, 0, 0, true],
    ["ticks", "1m", "2024-01-31 14:31:00", 12, 12, 0, 0, false],
    ["ticks", "5m", start, 12, 12, 0, null, true],
  ]);
});

Deno.test("candles that begin together and end apart are not one, and none is compared", async () => {
  await using house = await BarHouse.open();
  // In winter New York opens at 14:30: what is built ends there.
  await house.trade(
    ["AAPL", "2024-01-31 14:10:00", "10", "csv"],
    ["AAPL", "2024-01-31 14:40:00", "10", "csv"],
  );
  await house.publish({ interval: "1h", at: "2024-01-31 14:00:00", ohlc: flat("10"), volume: 20 });
  assertEquals(await house.rows(DIFFERENCES), []);
});

Deno.test("a published second is compared with all trades of it, the auction's and those behind", async () => {
  await using house = await BarHouse.open();
  const at = "2024-01-31 21:00:00";
  await house.trade(["AAPL", `${at}.3`, "11", "csv"], ["AAPL", `${at}.5`, "12", "csv"]);
  await house.run("UPDATE bronze.ticks SET conditions = CASE price WHEN 11 THEN '6' ELSE 'T' END");
  await house.publish({ interval: "1s", at, ohlc: ["11", "12", "11", "12"], volume: 20 });
  // The conditions are known from the first record on.
  await house.rebuild();
  assertEquals(await house.rows(DIFFERENCES), [["ticks", "1s", at, 12, 12, 0, 0, true]]);
});

Deno.test("built prices are compared in the shares that the feed has adjusted its own to", async () => {
  await using house = await BarHouse.open();
  await house.trade(["NVDA", "2024-06-07 19:59:59", "1208.88", "csv"]);
  await house.publish({
    ...{ symbol: "NVDA", at: "2024-06-07", ohlc: flat("120.888"), volume: 100 },
    adjustment: "splits",
  });
  assertEquals(await house.rows(DIFFERENCES), [
    ["ticks", "1d", "2024-06-07 00:00:00", 120.888, 120.888, 0, 0, true],
  ]);
});

Deno.test("bars lie again where they belong once their symbol is listed or its exchange changes", async () => {
  const rows = ["mine,XYZ,,,XYZ,Xyz,Other,,XNAS,USD"];
  await using house = await BarHouse.open();
  const bar = { source: "mine", symbol: "XYZ" } as const;
  await house.publish({ ...minute("2024-01-31 14:29:00", "1"), ...bar });
  const session = "SELECT exchange, session FROM gold.gold_candlestick_bars";
  assertEquals(await house.rows(session), [["ALWAYS", "regular"]]);
  await house.useSeeds({ ref_symbols: rows });
  await house.build();
  assertEquals(await house.rows(session), [["XNAS", "pre"]]);
  await house.useSeeds({ ref_symbols: ["mine,XYZ,,,XYZ,Xyz,Other,,XLON,USD"] });
  await house.build();
  assertEquals(await house.rows(session), [["XLON", "regular"]]);
});
