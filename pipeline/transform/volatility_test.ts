import { assert, assertEquals } from "@std/assert";
import { BarHouse } from "./bar_fixture.ts";

const flat = (price: string) => [price, price, price, price] as const;

/** Sample standard deviation of the log returns, each over the square root of its minutes. */
function deviation(closes: readonly (readonly [minute: number, price: number])[]): number {
  const returns = closes.slice(1).map(([minute, price], i) => {
    const [earlier = 0, before = 0] = closes[i] ?? [];
    return Math.log(price / before) / Math.sqrt(minute - earlier);
  });
  const mean = returns.reduce((a, b) => a + b) / returns.length;
  return Math.sqrt(returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (returns.length - 1));
}

const YEAR_OF_NEW_YORK = 390 * 252;

async function assertVolatility(
  house: BarHouse,
  expected: number,
  minutesOfYear: number,
  where = "true",
): Promise<void> {
  const rows = await house.rows(`SELECT volatility_per_minute, volatility_annualised
    FROM gold.gold_kpi WHERE ${where}`);
  assertEquals(rows.length, 1);
  const [perMinute, annualised] = (rows[0] ?? []).map(Number);
  assert(Math.abs((perMinute ?? 0) / expected - 1) < 1e-9, `${perMinute}, not ${expected}`);
  const year = expected * Math.sqrt(minutesOfYear);
  assert(Math.abs((annualised ?? 0) / year - 1) < 1e-9, `${annualised}, not ${year}`);
}

Deno.test("volatility is that of one session's minutes, scaled by the time between, without the night", async () => {
  await using house = await BarHouse.open();
  await house.trade(
    ["AAPL", "2024-03-07 20:58:00", "50"], // The day before: half the price.
    ["AAPL", "2024-03-07 20:59:00", "50"],
    ["AAPL", "2024-03-08 14:00:00", "70"], // Before the session.
    ["AAPL", "2024-03-08 14:30:01", "100"],
    ["AAPL", "2024-03-08 14:30:59", "101"], // The close of the minute.
    ["AAPL", "2024-03-08 14:31:00", "102"],
    ["AAPL", "2024-03-08 15:31:00", "104"], // An hour later, alone.
    ["AAPL", "2024-03-08 15:32:00", "103"],
    ["AAPL", "2024-03-08 21:30:00", "300"], // Behind it.
  );
  const friday = deviation([[0, 101], [1, 102], [61, 104], [62, 103]]);
  await assertVolatility(house, friday, YEAR_OF_NEW_YORK);
  // Monday has too few yet, and a split before it changes nothing.
  await house.trade(["AAPL", "2024-03-11 13:30:00", "25"], ["AAPL", "2024-03-11 13:31:00", "26"]);
  await assertVolatility(house, friday, YEAR_OF_NEW_YORK);
  await house.trade(["AAPL", "2024-03-11 13:33:00", "26.5"]);
  await assertVolatility(house, deviation([[0, 25], [1, 26], [3, 26.5]]), YEAR_OF_NEW_YORK);
});

Deno.test("minute bars have the same volatility, and a break of the session is no time", async () => {
  await using house = await BarHouse.open();
  const minute = (at: string, price: string) =>
    ({ source: "yahoo", symbol: "7203.T", interval: "1m", at, ohlc: flat(price) }) as const;
  await house.publish(
    minute("2024-03-08 02:28:00", "100"), // 11:28 in Tokyo.
    minute("2024-03-08 02:29:00", "101"),
    minute("2024-03-08 03:30:00", "103"), // 12:30, one minute of the session later.
    minute("2024-03-08 03:32:00", "102"),
  );
  const expected = deviation([[0, 100], [1, 101], [2, 103], [4, 102]]);
  // 9:00 to 11:30 and 12:30 to 15:00, 245 days a year.
  await assertVolatility(house, expected, 300 * 245);
  // Daily bars may be ahead of the minutes: by four sessions, and by five.
  const day = (at: string) =>
    ({ source: "yahoo", symbol: "7203.T", at, ohlc: flat("102") }) as const;
  await house.publish(...["08", "11", "12", "13", "14"].map((date) => day(`2024-03-${date}`)));
  await assertVolatility(house, expected, 300 * 245);
  await house.publish(day("2024-03-15"));
  assertEquals(await house.rows("SELECT volatility_per_minute FROM gold.gold_kpi"), [[null]]);
});

Deno.test("around the clock a year has 365 days of 1440 minutes; below three candles there is none", async () => {
  await using house = await BarHouse.open();
  await house.trade(
    ["BTC-USD", "2024-03-08 00:00:00", "100"],
    ["BTC-USD", "2024-03-08 00:01:00", "101"],
    ["BTC-USD", "2024-03-08 23:59:00", "99"],
    ["ETH", "2024-03-08 12:00:00", "1"],
    ["ETH", "2024-03-08 12:01:00", "2"],
    ["ETH", "2024-03-09 12:01:00", "3"],
  );
  const expected = deviation([[0, 100], [1, 101], [1439, 99]]);
  await assertVolatility(house, expected, 1440 * 365, "symbol = 'BTC-USD'");
  assertEquals(
    await house.rows(`SELECT volatility_per_minute, volatility_annualised FROM gold.gold_kpi
      WHERE symbol = 'ETH'`),
    [[null, null]],
  );
});

Deno.test("one price all session is no volatility, not an error", async () => {
  await using house = await BarHouse.open();
  for (const minute of [0, 1, 2]) await house.trade(["X", `2024-03-08 12:0${minute}:00`, "1"]);
  assertEquals(
    await house.rows("SELECT volatility_per_minute, volatility_annualised FROM gold.gold_kpi"),
    [[0, 0]],
  );
});

Deno.test("relative volatility is over the average of the annualised ones", async () => {
  await using house = await BarHouse.open();
  await house.trade(
    ...["A", "B"].flatMap((symbol) =>
      [100, 101, symbol === "A" ? 100 : 103].map((price, minute) =>
        [symbol, `2024-03-08 12:0${minute}:00`, String(price)] as const
      )
    ),
  );
  const [a, b] = [[101, 100], [101, 103]].map(([second = 0, third = 0]) =>
    deviation([[0, 100], [1, second], [2, third]])
  );
  const mean = ((a ?? 0) + (b ?? 0)) / 2;
  const rows = await house.rows(`SELECT symbol, relative_volatility FROM gold.gold_treechart
    ORDER BY symbol`);
  const relative = [a, b].map((x) => Number(((x ?? 0) / mean).toFixed(6)));
  assertEquals(rows, [["A", relative[0] ?? 0], ["B", relative[1] ?? 0]]);
});
