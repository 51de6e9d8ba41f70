import { assertEquals } from "@std/assert";
import { BarHouse } from "./bar_fixture.ts";

const CANDLES = `SELECT bar_interval, open_time, trading_day, session, open::DOUBLE, high::DOUBLE,
  low::DOUBLE, close::DOUBLE, volume::DOUBLE, trades FROM gold.gold_candlestick ORDER BY ALL`;

Deno.test("a minute is closed by a later one, also once there is a bar of its day", async () => {
  await using house = await BarHouse.open();
  const ohlc = ["1", "1", "1", "1"] as const;
  const minute = (at: string) => ({ interval: "1m", at: `2025-03-07 ${at}`, ohlc }) as const;
  await house.publish(minute("15:00"), minute("15:01"), { at: "2025-03-07", ohlc });
  assertEquals(
    await house.rows(`SELECT bar_interval, open_time, is_closed FROM gold.gold_candlestick
      WHERE bar_interval IN ('1m', '1d') ORDER BY bar_interval, open_time`),
    [
      ["1d", "2025-03-07 00:00:00", false],
      ["1m", "2025-03-07 15:00:00", true],
      ["1m", "2025-03-07 15:01:00", false],
    ],
  );
});

Deno.test("daily bars are candles, and make weeks and months", async () => {
  await using house = await BarHouse.open();
  await house.publish(
    { at: "2024-01-31", ohlc: ["10", "12", "9", "11"] }, // Wednesday.
    { at: "2024-02-01", ohlc: ["11", "15", "11", "14"] },
    { at: "2024-02-05", ohlc: ["14", "14", "8", "9"], volume: null }, // Monday.
  );
  const days = ["2024-01-31", "2024-02-01", "2024-02-05"];
  const at = (day: string) => [`${day} 00:00:00`, day, "regular"];
  assertEquals(await house.rows(CANDLES), [
    ["1d", ...at(days[0] ?? ""), 10, 12, 9, 11, 10, null],
    ["1d", ...at(days[1] ?? ""), 11, 15, 11, 14, 10, null],
    ["1d", ...at(days[2] ?? ""), 14, 14, 8, 9, null, null],
    ["1mo", ...at("2024-01-01"), 10, 12, 9, 11, 10, null],
    // A day whose volume is not told leaves that of the month unknown.
    ["1mo", ...at("2024-02-01"), 11, 15, 8, 9, null, null],
    ["1wk", ...at("2024-01-29"), 10, 15, 9, 14, 20, null],
    ["1wk", ...at("2024-02-05"), 14, 14, 8, 9, null, null],
  ]);
});

Deno.test("an interval that the feed publishes of a symbol is not built of a shorter one", async () => {
  await using house = await BarHouse.open();
  const weekly = { interval: "1wk", at: "2024-01-28", ohlc: ["1", "9", "1", "5"] } as const;
  await house.publish(
    { at: "2024-01-31", ohlc: ["10", "12", "9", "11"] },
    { symbol: "IBM", at: "2024-01-31", ohlc: ["10", "12", "9", "11"] },
    weekly,
  );
  const weeks = `SELECT symbol, open_time, close::DOUBLE FROM gold.gold_candlestick
    WHERE bar_interval = '1wk' ORDER BY symbol`;
  const built = "2024-01-29 00:00:00";
  assertEquals(await house.rows(weeks), [
    ["AAPL", "2024-01-28 00:00:00", 5],
    ["IBM", built, 11],
  ]);
  await house.publish({ ...weekly, action: "cancel" });
  assertEquals(await house.rows(weeks), [["AAPL", built, 11], ["IBM", built, 11]]);
});

Deno.test("bars of minutes have sessions, and make 5 minutes and hours", async () => {
  await using house = await BarHouse.open();
  const bar = (at: string, interval: string) => ({ at, interval, ohlc: FLAT }) as const;
  await house.publish(
    bar("2024-01-31 14:29:00", "1m"), // 09:29 in New York.
    bar("2024-01-31 14:30:00", "1m"),
    bar("2024-01-31 21:00:00", "1m"),
    { ...bar("2024-01-31 14:00:00", "30m"), symbol: "IBM" },
    { ...bar("2024-01-31 14:30:00", "30m"), symbol: "IBM" },
    { ...bar("2024-01-31 14:00:00", "1h"), symbol: "IBM" }, // Over the start of the session.
  );
  assertEquals(
    await house.rows(`SELECT symbol, bar_interval, open_time::TIME::VARCHAR, session
      FROM gold.gold_candlestick ORDER BY ALL`),
    [
      ["AAPL", "15m", "14:15:00", "pre"],
      ["AAPL", "15m", "14:30:00", "regular"],
      ["AAPL", "15m", "21:00:00", "post"],
      ["AAPL", "1h", "14:00:00", "pre"],
      ["AAPL", "1h", "14:30:00", "regular"],
      ["AAPL", "1h", "21:00:00", "post"],
      ["AAPL", "1m", "14:29:00", "pre"],
      ["AAPL", "1m", "14:30:00", "regular"],
      ["AAPL", "1m", "21:00:00", "post"],
      ["AAPL", "30m", "14:00:00", "pre"],
      ["AAPL", "30m", "14:30:00", "regular"],
      ["AAPL", "30m", "21:00:00", "post"],
      ["AAPL", "4h", "13:00:00", "pre"],
      ["AAPL", "4h", "14:30:00", "regular"],
      ["AAPL", "4h", "21:00:00", "post"],
      ["AAPL", "5m", "14:25:00", "pre"],
      ["AAPL", "5m", "14:30:00", "regular"],
      ["AAPL", "5m", "21:00:00", "post"],
      ["IBM", "1h", "14:00:00", "mixed"],
      ["IBM", "30m", "14:00:00", "pre"],
      ["IBM", "30m", "14:30:00", "regular"],
    ],
  );
});

const FLAT = ["1", "1", "1", "1"] as const;
const KPI = `SELECT dataset, source, symbol, last_price::DOUBLE, last_time, previous_close::DOUBLE,
  change_percent, trading_day, day_start, day_end, day_high::DOUBLE, volume::DOUBLE, trades
  FROM gold.gold_kpi ORDER BY ALL`;

Deno.test("gold_kpi and the treemap have bars and indices, against the bar before", async () => {
  await using house = await BarHouse.open();
  await house.run(`INSERT INTO bronze.index_bars BY NAME
    SELECT 'index_bars' AS _topic, 0 AS _partition, i AS _offset, now()::TIMESTAMP AS _ingest_time,
      'NYA' AS index, DATE '2024-01-30' + i::INTEGER AS date, 100 + i AS open, 120 AS high,
      90 AS low, 100 + 10 * i AS close FROM range(2) r(i)`);
  await house.publish(
    { at: "2024-01-30", ohlc: ["10", "12", "7", "8"] },
    { at: "2024-01-31", ohlc: ["10", "12", "9", "10"], volume: 7 },
  );
  const day = ["2024-01-31", "2024-01-31 00:00:00", "2024-02-01 00:00:00"];
  const start = "2024-01-31 00:00:00";
  assertEquals(await house.rows(KPI), [
    ["bars", "csv", "AAPL", 10, start, 8, 25, ...day, 12, 7, null],
    ["index_bars", "index", "NYA", 110, start, 100, 10, ...day, 120, null, null],
  ]);
  assertEquals(
    await house.rows(`SELECT dataset, symbol, name, change_percent FROM gold.gold_treechart
      ORDER BY dataset`),
    [["bars", "AAPL", "Apple", 25], ["index_bars", "NYA", "NYA", 10]],
  );
  await house.publish({ at: "2024-01-31", ohlc: ["1", "1", "1", "1"], action: "cancel" });
  assertEquals(
    await house.rows(`SELECT last_price::DOUBLE, previous_close FROM gold.gold_kpi
      WHERE dataset = 'bars'`),
    [[8, null]],
  );
});

Deno.test("gold_kpi of bars of minutes has the day's session", async () => {
  await using house = await BarHouse.open();
  const minute = (at: string, price: string) =>
    ({ at, interval: "1m", ohlc: [price, price, price, price] }) as const;
  await house.publish(
    { at: "2024-01-29", ohlc: ["1", "1", "1", "1"] }, // Daily bars that ended before.
    minute("2024-01-30 20:59:00", "100"),
    minute("2024-01-31 14:00:00", "90"), // Before the session.
    minute("2024-01-31 14:30:00", "110"),
    minute("2024-01-31 14:31:00", "120"),
    minute("2024-01-31 14:32:00", "999"),
    { ...minute("2024-01-31 14:32:00", "999"), action: "cancel" },
  );
  assertEquals(await house.rows(KPI), [[
    "bars",
    "csv",
    "AAPL",
    120,
    "2024-01-31 14:31:00",
    100,
    20,
    "2024-01-31",
    "2024-01-31 14:30:00",
    "2024-01-31 21:00:00",
    120,
    20,
    null,
  ]]);
  // The session has two candles only, and no volatility yet; see volatility_test.ts.
  assertEquals(await house.rows("SELECT volatility_per_minute FROM gold.gold_kpi"), [[null]]);
});

Deno.test("bars keep 18 decimals, a price of 1e10 and prices from zero down", async () => {
  await using house = await BarHouse.open();
  const [small, large, oil] = ["0.000000000123456789", "99999999999.5", "-37.63"];
  const flat = (price: string) => [price, price, price, price] as const;
  for (const at of ["2020-04-20", "2020-04-21"]) {
    await house.publish(
      { symbol: "PEPE", at, ohlc: flat(small), volume: 9e18 },
      { symbol: "BRK", at, ohlc: flat(large), volume: 9e18 },
      { symbol: "CL", at, ohlc: flat(oil), signed: "yes" },
    );
  }
  assertEquals(
    await house.rows(`SELECT DISTINCT symbol, close::VARCHAR, turnover FROM gold.gold_candlestick
      ORDER BY symbol`),
    [
      ["BRK", "99999999999.500000000000000000", null],
      ["CL", "-37.630000000000000000", null],
      ["PEPE", "0.000000000123456789", null],
    ],
  );
  assertEquals(
    await house.rows(`SELECT symbol, change_amount::DOUBLE, change_percent FROM gold.gold_kpi
      ORDER BY symbol`),
    [["BRK", 0, 0], ["CL", 0, null], ["PEPE", 0, 0]],
  );
});
