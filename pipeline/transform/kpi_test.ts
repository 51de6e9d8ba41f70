import { assertEquals } from "@std/assert";
import { BarHouse } from "./bar_fixture.ts";

const flat = (price: string) => [price, price, price, price] as const;
const KPI = `SELECT dataset, last_price::DOUBLE, previous_close::DOUBLE, change_amount::DOUBLE,
  round(change_percent, 2), trading_day FROM gold.gold_kpi ORDER BY dataset, source, symbol`;

Deno.test("on the day of a split the change is that of the shares: NVIDIA, from ticks and from bars", async () => {
  await using house = await BarHouse.open();
  await house.trade(
    ["NVDA", "2024-06-07 19:59:59", "1208.88"], // 15:59:59 in New York, on a Friday.
    ["NVDA", "2024-06-10 13:30:00", "120.37"], // 10 for 1 on Monday.
  );
  const day = ["2024-06-10"];
  const change = [120.37, 120.888, -0.518, -0.43, ...day];
  assertEquals(await house.rows(KPI), [["ticks", ...change]]);
  await house.publish(
    { symbol: "NVDA", at: "2024-06-07", ohlc: flat("1208.88") },
    { symbol: "NVDA", at: "2024-06-10", ohlc: flat("120.37") },
  );
  assertEquals(await house.rows(KPI), [["bars", ...change], ["ticks", ...change]]);
  assertEquals(
    await house.rows("SELECT DISTINCT round(change_percent, 2) FROM gold.gold_treechart"),
    [[-0.43]],
  );
});

Deno.test("Tesla's 3 for 1: 891.29 was 297.10, of minute bars too", async () => {
  await using house = await BarHouse.open();
  const minute = (at: string, price: string) =>
    ({ symbol: "TSLA", interval: "1m", at, ohlc: flat(price) }) as const;
  await house.publish(
    minute("2022-08-24 19:59:00", "891.29"),
    minute("2022-08-25 13:30:00", "296.07"),
  );
  assertEquals(await house.rows(KPI), [
    ["bars", 296.07, 297.09666667, -1.02666667, -0.35, "2022-08-25"],
  ]);
});

Deno.test("previous closes that the feed has adjusted are not divided again, older ones are", async () => {
  await using house = await BarHouse.open();
  const nvda = { symbol: "NVDA", adjustment: "splits" } as const;
  const today = { ...nvda, at: "2024-06-10", ohlc: flat("120.37"), read: "2024-06-10" } as const;
  await house.publish({ ...nvda, at: "2024-06-07", ohlc: flat("120.888") }, today);
  assertEquals((await house.rows(KPI))[0]?.slice(1, 5), [120.37, 120.888, -0.518, -0.43]);
  // Read on Friday, before the split.
  await house.publish(
    { ...nvda, at: "2024-06-07", ohlc: flat("1208.88"), read: "2024-06-07" },
    today,
  );
  assertEquals((await house.rows(KPI))[0]?.slice(1, 5), [120.37, 120.888, -0.518, -0.43]);
  // Adjusted for a split that the newest bar, as it was traded, is still before.
  await house.publish(
    { ...nvda, at: "2024-06-06", ohlc: flat("121"), read: "2024-06-12" },
    { symbol: "NVDA", at: "2024-06-07", ohlc: flat("1208.88") },
    { ...today, action: "cancel" },
  );
  assertEquals((await house.rows(KPI))[0]?.slice(1, 5), [1208.88, 1210, -1.12, -0.09]);
});

Deno.test("a split of 4 for 3 or 2 for 3 is a fraction, whatever decimals its table holds", async () => {
  await using house = await BarHouse.open({
    ref_corporate_actions: [
      "IBM,2024-03-04,split,1.33333333",
      "KO,2024-03-04,split,0.66666667",
      "PG,2024-03-04,split,1.5",
      "XOM,2024-03-04,split,1.01234567",
    ],
  });
  for (
    const [symbol = "", friday = "", monday = ""] of [
      ["IBM", "1000", "750"],
      ["KO", "1000", "1500"],
      ["PG", "1000", "666.66666667"],
      ["XOM", "101.234567", "100"],
    ]
  ) {
    await house.trade([symbol, "2024-03-01 20:59:00", friday], [
      symbol,
      "2024-03-04 14:30:00",
      monday,
    ]);
  }
  assertEquals(
    await house.rows("SELECT symbol, change_amount::DOUBLE FROM gold.gold_kpi ORDER BY symbol"),
    [["IBM", 0], ["KO", 0], ["PG", 0], ["XOM", 0]],
  );
});

Deno.test("a reverse split, two splits between two sessions, and a dividend, which changes nothing", async () => {
  await using house = await BarHouse.open({
    ref_corporate_actions: [
      "IBM,2024-03-04,split,0.03333333",
      "KO,2024-03-03,split,2", // A Sunday.
      "KO,2024-03-04,split,3",
      "PG,2024-03-04,dividend,5",
    ],
  });
  for (
    const [symbol, friday, monday] of [["IBM", "1", "33"], ["KO", "60", "11"], ["PG", "9", "9"]]
  ) {
    await house.trade(
      [symbol ?? "", "2024-03-01 20:59:00", friday ?? ""],
      [symbol ?? "", "2024-03-04 14:30:00", monday ?? ""],
    );
  }
  assertEquals(
    await house.rows(
      "SELECT symbol, previous_close::DOUBLE, change_percent FROM gold.gold_kpi ORDER BY symbol",
    ),
    [["IBM", 30, 10], ["KO", 10, 10], ["PG", 9, 0]],
  );
});

Deno.test("prices before the session are compared with yesterday's close, in the shares of today", async () => {
  await using house = await BarHouse.open();
  const change = `SELECT last_price::DOUBLE, previous_close::DOUBLE, last_session, day_session
    FROM gold.gold_kpi`;
  await house.trade(
    ["NVDA", "2024-06-06 19:59:00", "1200"],
    ["NVDA", "2024-06-07 19:59:00", "1208.88"],
    ["NVDA", "2024-06-07 22:00:00", "1190"], // After the session.
    ["NVDA", "2024-06-10 12:00:00", "121"],
  );
  assertEquals(await house.rows(change), [[121, 120.888, "pre", "pre"]]);
  await house.trade(["NVDA", "2024-06-10 13:30:00", "122"]);
  assertEquals(await house.rows(change), [[122, 120.888, "regular", "regular"]]);
});

Deno.test("Monday's previous close of a currency is Friday's", async () => {
  await using house = await BarHouse.open();
  const minute = (at: string, price: string) =>
    ({ source: "metatrader5", symbol: "EURUSD", interval: "1m", at, ohlc: flat(price) }) as const;
  await house.publish(
    minute("2024-03-07 20:00:00", "1.08"), // Thursday.
    minute("2024-03-08 21:59:00", "1.09"), // Friday, 16:59 in New York.
    minute("2024-03-10 21:00:00", "1.10"), // Sunday, 17:00 on summer time.
    minute("2024-03-11 12:00:00", "1.12"), // Monday.
  );
  assertEquals(
    await house.rows(`SELECT exchange, trading_day, previous_close::DOUBLE, day_open::DOUBLE,
      day_start, day_end FROM gold.gold_kpi`),
    [["FX", "2024-03-11", 1.09, 1.1, "2024-03-10 21:00:00", "2024-03-11 21:00:00"]],
  );
});

Deno.test("the first day under a new name has the close under the old one", async () => {
  await using house = await BarHouse.open();
  await house.trade(
    ["FB", "2022-06-08 19:59:00", "196.64"],
    ["META", "2022-06-09 13:30:00", "184"],
  );
  assertEquals(
    await house.rows("SELECT symbol, previous_close::DOUBLE FROM gold.gold_kpi ORDER BY symbol"),
    [["FB", null], ["META", 196.64]],
  );
  assertEquals(
    await house.rows("SELECT symbol, name FROM gold.gold_treechart ORDER BY symbol"),
    [["FB", "Meta Platforms"], ["META", "Meta Platforms"]],
  );
});

Deno.test("a symbol that named another instrument yesterday has no close of its own before", async () => {
  await using house = await BarHouse.open({
    ref_symbols: [
      "us,DAY,,2024-02-01,OLD,Old one,Other,,XNYS,USD",
      "us,DAY,2024-02-01,,NEW,New one,Other,,XNYS,USD",
      "us,NEWC,,2024-02-01,NEW,New one,Other,,XNYS,USD",
      "us,REST,2024-02-01,,REST,Rest,Other,,XNYS,USD",
    ],
  });
  await house.trade(
    ["DAY", "2024-01-31 20:59:00", "900"],
    ["REST", "2024-01-31 20:59:00", "5"],
    ["DAY", "2024-02-01 14:30:00", "70"],
    ["REST", "2024-02-01 14:30:00", "6"],
  );
  const before = () =>
    house.rows("SELECT symbol, previous_close::DOUBLE FROM gold.gold_kpi ORDER BY symbol");
  assertEquals(await before(), [["DAY", null], ["REST", null]]);
  await house.trade(["NEWC", "2024-01-31 20:59:00", "69"]);
  assertEquals(await before(), [["DAY", 69], ["NEWC", null], ["REST", null]]);
});

Deno.test("a name that an instrument takes back has the close of yesterday, under the other name", async () => {
  await using house = await BarHouse.open({
    ref_symbols: [
      "us,RENA,,2025-03-04,REN,Renamed,Other,,XNYS,USD",
      "us,RENB,2025-03-04,2025-03-06,REN,Renamed,Other,,XNYS,USD",
      "us,RENA,2025-03-06,,REN,Renamed,Other,,XNYS,USD",
    ],
  });
  await house.publish(
    { symbol: "RENA", at: "2025-03-03", ohlc: flat("50") },
    { symbol: "RENB", at: "2025-03-04", ohlc: flat("80") },
    { symbol: "RENB", at: "2025-03-05", ohlc: flat("100") },
    { symbol: "RENA", at: "2025-03-06", ohlc: flat("101") },
    { symbol: "RENA", at: "2025-03-07", ohlc: flat("102") },
  );
  assertEquals(
    await house.rows(`SELECT trading_day, round(exp(log_return), 4) FROM gold.gold_daily_adjusted
      ORDER BY trading_day`),
    [
      ["2025-03-03", null],
      ["2025-03-04", 1.6],
      ["2025-03-05", 1.25],
      ["2025-03-06", 1.01],
      ["2025-03-07", 1.0099],
    ],
  );
  await house.trade(["RENB", "2025-03-05 20:00:00", "100"], ["RENA", "2025-03-03 20:00:00", "50"]);
  await house.trade(["RENA", "2025-03-06 20:00:00", "101"]);
  assertEquals(
    await house.rows(`SELECT previous_close::DOUBLE FROM gold.gold_kpi
      WHERE dataset = 'ticks' AND symbol = 'RENA'`),
    [[100]],
  );
});

Deno.test("adjusted bars that were read before the session of a split know nothing of it", async () => {
  await using house = await BarHouse.open();
  const bar = (at: string, price: string, read: string) =>
    ({
      source: "yfinance",
      symbol: "TSLA",
      adjustment: "splits",
      at,
      ohlc: flat(price),
      read,
    }) as const;
  await house.publish(
    bar("2022-08-23", "889.36", "2022-08-24 01:00:00"), // 21:00 in New York on the 23rd.
    bar("2022-08-24", "891.29", "2022-08-25 01:00:00"), // 3 for 1 on the 25th.
    bar("2022-08-25", "296.07", "2022-08-26 01:00:00"),
  );
  assertEquals(
    await house.rows("SELECT previous_close::DOUBLE, round(change_percent, 4) FROM gold.gold_kpi"),
    [[297.09666667, -0.3456]],
  );
  assertEquals(
    await house.rows(`SELECT high::DOUBLE, volume::DOUBLE FROM gold.gold_candlestick
      WHERE bar_interval = '1wk'`),
    [[297.09666667, 70]],
  );
  assertEquals(
    await house.rows(`SELECT round(split_close, 4)::DOUBLE, round(log_return, 6)
      FROM gold.gold_daily_adjusted ORDER BY trading_day`),
    [[296.4533, null], [297.0967, 0.002168], [296.07, -0.003462]],
  );
  // Read in the morning before it, and once it has opened.
  await house.publish(
    bar("2022-08-23", "889.36", "2022-08-25 13:29:59"),
    bar("2022-08-24", "297.10", "2022-08-25 13:30:00"),
  );
  assertEquals(
    await house.rows(`SELECT round(split_close, 4)::DOUBLE FROM gold.gold_daily_adjusted
      ORDER BY trading_day`),
    [[296.4533], [297.1], [296.07]],
  );
});

Deno.test("neither splits nor names of a listed symbol are those of a feed that means something else", async () => {
  await using house = await BarHouse.open();
  await house.trade(
    ["NVDA", "2024-06-09 12:00:00", "1208.88", "simulator"],
    ["NVDA", "2024-06-10 12:00:00", "120.37", "simulator"],
    ["V", "2024-06-10 12:00:00", "1", "binance-trades"],
  );
  assertEquals(
    await house.rows(
      `SELECT source, name, change_percent FROM gold.gold_treechart ORDER BY source`,
    ),
    [["binance-trades", "V", null], ["simulator", "NVIDIA", -90.042850]],
  );
});

Deno.test("bars of every length have figures, the end of their day, and shares of a bar's last day", async () => {
  await using house = await BarHouse.open();
  const { BAR_INTERVALS } = await import("../datasets/bars.ts");
  for (const interval of BAR_INTERVALS) {
    const bar = { source: "mine", symbol: interval, interval } as const;
    await house.run(`INSERT INTO bronze.bars BY NAME SELECT 'bars' AS _topic, 1 AS _partition,
      ${BAR_INTERVALS.indexOf(interval)} AS _offset, now()::TIMESTAMP AS _ingest_time,
      '${bar.source}' AS source, '${interval}' AS symbol, '${interval}' AS bar_interval,
      TIMESTAMP '2024-01-01' AS open_time, 1 AS open, 1 AS high, 1 AS low, 1 AS close`);
  }
  await house.build();
  const ends = new Map((await house.rows(`SELECT bar_interval, close_time
    FROM gold.gold_candlestick_bars`)).map(([name, end]) => [String(name), end]));
  assertEquals(
    ["15s", "3m", "12h", "3d", "1wk", "1mo", "3mo"].map((name) => ends.get(name)),
    [
      ...["2024-01-01 00:00:15", "2024-01-01 00:03:00", "2024-01-01 12:00:00"],
      ...["2024-01-04 00:00:00", "2024-01-08 00:00:00", "2024-02-01 00:00:00"],
      "2024-04-01 00:00:00",
    ],
  );
  const [[symbols] = []] = await house.rows("SELECT count(*) FROM gold.gold_kpi");
  assertEquals(Number(symbols), BAR_INTERVALS.length);
});

Deno.test("weekly bars around a split: the week of the split is in new shares", async () => {
  await using house = await BarHouse.open();
  const week = (at: string, price: string, read?: string) =>
    ({
      symbol: "NVDA",
      interval: "1wk",
      at,
      ohlc: flat(price),
      ...(read ? { read } : {}),
    }) as const;
  await house.publish(week("2024-06-03", "1208.88"), week("2024-06-10", "131.88"));
  assertEquals((await house.rows(KPI))[0]?.slice(1, 5), [131.88, 120.888, 10.992, 9.09]);
});
