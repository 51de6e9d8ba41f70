/** What gold_quality finds, by cases made by hand; each series is published in one run and bar by bar. @module */
import { assertEquals } from "@std/assert";
import { type Bar, BarHouse } from "./bar_fixture.ts";

type Found = readonly (readonly [rule: string, time: string, detail: string])[];

const FINDINGS = `SELECT rule, strftime(event_time, '%Y-%m-%d %H:%M'), detail
  FROM gold.gold_quality ORDER BY event_time, rule, dataset`;

const flat = (price: string) => [price, price, price, price] as const;
const day = (at: string, price: string, rest: Partial<Bar> = {}): Bar => ({
  at,
  ohlc: flat(price),
  ...rest,
});
/** Days of the series that are no weekend, from this one on. */
function days(from: string, count: number): string[] {
  const found: string[] = [];
  for (let time = Date.parse(from); found.length < count; time += 86_400_000) {
    const date = new Date(time);
    if (date.getUTCDay() % 6 !== 0) found.push(date.toISOString().slice(0, 10));
  }
  return found;
}
/** Minutes of a day of New York from 10:00 on. */
const minutes = (count: number, of: (minute: number) => Partial<Bar>): Bar[] =>
  Array.from({ length: count }, (_, i) => ({
    interval: "1m",
    at: new Date(Date.parse("2025-03-04T15:00Z") + i * 60_000).toISOString().slice(0, 19),
    ohlc: flat("100"),
    ...of(i),
  }));

/** Each has a symbol of its own. */
const CASES: readonly (readonly [what: string, bars: readonly Bar[], found: Found])[] = [
  [
    "a price that doubles, and comes back",
    [day("2025-03-03", "100"), day("2025-03-04", "200"), day("2025-03-05", "99")],
    [
      [
        "jump",
        "2025-03-04 00:00",
        "a price of 200 is 100 % above 100, the close before it, of 2025-03-03",
      ],
      [
        "jump",
        "2025-03-05 00:00",
        "a price of 99 is 50.5 % below 200, the close before it, of 2025-03-04",
      ],
    ],
  ],
  ["half is let through", [day("2025-03-03", "100"), day("2025-03-04", "150")], []],
  [
    "a minute is let do less than a day",
    minutes(3, (i) => i === 1 ? { ohlc: ["100", "125", "100", "101"] } : {}),
    [[
      "jump",
      "2025-03-04 15:01",
      "a price of 125 is 25 % above 100, the close before it, of 2025-03-04",
    ]],
  ],
  // Apple gave four shares for one on 2020-08-31.
  ["a split is no jump", [day("2020-08-28", "500"), day("2020-08-31", "127")], []],
  [
    "a jump is seen through a split",
    [day("2024-06-07", "1000"), day("2024-06-10", "40")],
    [[
      "jump",
      "2024-06-10 00:00",
      "a price of 40 is 60 % below 100, the close before it, of 2024-06-07",
    ]],
  ],
  [
    "five sessions at one price without a trade, told once",
    days("2025-03-03", 7).map((at) => day(at, "7", { volume: 0 })),
    [[
      "stale",
      "2025-03-07 00:00",
      "the price has stood at 7 for 5 candles in a row, none with a volume",
    ]],
  ],
  ["one price with trades is not stale", days("2025-03-03", 7).map((at) => day(at, "7")), []],
  [
    "20 times the usual volume is not yet too much, 21 times is",
    days("2025-03-03", 22).map((at, i) => day(at, "7", { volume: [200, 420][i - 20] ?? 10 })),
    [[
      "volume",
      "2025-04-01 00:00",
      "a volume of 420 is 21.5 times the mean of the 20 candles before it",
    ]],
  ],
  [
    "a price that moves without a volume",
    days("2025-03-03", 21).map((at, i) =>
      day(at, i === 20 ? "8" : "7", { volume: i === 20 ? 0 : 10 })
    ),
    [[
      "volume",
      "2025-03-31 00:00",
      "the price moved to 8 without a volume, though the 20 candles before it have one",
    ]],
  ],
  [
    "a price out of bounds",
    [day("2025-03-03", "2000000000")],
    [[
      "bounds",
      "2025-03-03 00:00",
      "a price of 2000000000 is above 1000000000, the bound of its rule",
    ]],
  ],
  [
    "a trading day without a bar; Good Friday and the weekend are none",
    [day("2025-04-16", "7"), day("2025-04-22", "7")],
    [
      ["empty_day", "2025-04-17 00:00", "no row on 2025-04-17, a trading day of XNAS"],
      ["empty_day", "2025-04-21 00:00", "no row on 2025-04-21, a trading day of XNAS"],
    ],
  ],
  [
    "of what nobody lists nobody knows the days",
    [day("2025-04-16", "7", { symbol: "ZZZZ" }), day("2025-04-22", "7", { symbol: "ZZZZ" })],
    [],
  ],
  [
    "days of minutes",
    [
      { interval: "1m", at: "2025-04-16 14:00", ohlc: flat("7") },
      { interval: "1m", at: "2025-04-21 14:00", ohlc: flat("7") },
    ],
    [["empty_day", "2025-04-17 13:30", "no row on 2025-04-17, a trading day of XNAS"]],
  ],
  [
    "bars on a Saturday",
    [
      { interval: "1m", at: "2025-03-08 15:00", ohlc: flat("7") },
      day("2025-03-08", "7"),
    ],
    [
      ["off_session", "2025-03-08 00:00", "XNAS has no session on 2025-03-08"],
      ["off_session", "2025-03-08 15:00", "XNAS has no session on 2025-03-08"],
    ],
  ],
  [
    "a bar in Tokyo's lunch",
    [{ source: "tokyo", symbol: "7203", interval: "1m", at: "2025-03-04 03:00", ohlc: flat("7") }],
    [["off_session", "2025-03-04 03:00", "it lies in the break of XTKS on 2025-03-04"]],
  ],
];

/** Listed on Nasdaq, but for the case of Tokyo; Apple and Nvidia stand where the splits are. */
const SYMBOLS = ["MSFT", "GOOGL", "META", "AAPL", "NVDA", "AMZN", "WMT", "TSLA", "NFLX", "GOOG"]
  .concat(["ADBE", "CSCO", "INTC", "AVGO", "7203"]);
const ALL = CASES.flatMap(([, bars], i) =>
  bars.map((bar): Bar => ({ symbol: SYMBOLS[i] ?? "", ...bar }))
);

Deno.test("gold_quality finds what each rule is for, and nothing else", async () => {
  await using house = await BarHouse.open();
  await house.publish(...ALL);
  const rows = await house.rows(
    `SELECT rule, strftime(event_time, '%Y-%m-%d %H:%M'), detail, symbol
      FROM gold.gold_quality ORDER BY event_time, rule`,
  );
  const found: unknown = CASES.map(([what, bars], i) => {
    const symbol = bars[0]?.symbol ?? SYMBOLS[i];
    return [what, rows.filter((row) => row[3] === symbol).map((row) => row.slice(0, 3))];
  });
  assertEquals<unknown>(found, CASES.map(([what, , expected]) => [what, expected]));
});

Deno.test("gold_quality bar by bar, in any order, is what one run finds", async () => {
  const rows = (house: BarHouse) =>
    house.rows(
      `SELECT COLUMNS(c -> c NOT IN ('_version', 'first_seen'))
        FROM gold.gold_quality_findings ORDER BY ALL`,
    );
  await using whole = await BarHouse.open();
  await whole.publish(...ALL);
  await using parts = await BarHouse.open();
  // Every third, backwards, then every third of the rest: holes everywhere, then filled.
  for (const from of [2, 0, 1]) {
    await parts.publish(...ALL.filter((_, i) => i % 3 === from).reverse());
  }
  assertEquals(await rows(parts), await rows(whole));
});

Deno.test("gold_quality forgets what is corrected, and what is taken back", async () => {
  await using house = await BarHouse.open();
  await house.publish(day("2025-03-03", "100"), day("2025-03-04", "200"), day("2025-03-06", "210"));
  const rules = async () => (await house.rows(FINDINGS)).map(([rule]) => rule);
  assertEquals(await rules(), ["jump", "empty_day"]);
  await house.publish(day("2025-03-04", "101"));
  assertEquals(await rules(), ["empty_day", "jump"]);
  await house.publish(day("2025-03-06", "102"), day("2025-03-05", "101"));
  assertEquals(await rules(), []);
  await house.publish(day("2025-03-05", "101", { action: "cancel" }));
  assertEquals(await rules(), ["empty_day"]);
});

Deno.test("gold_quality judges all again by rules of one's own, a symbol before all", async () => {
  await using house = await BarHouse.open();
  await house.publish(day("2025-03-03", "100"), day("2025-03-04", "200"));
  const rules = async () => (await house.rows(FINDINGS)).map(([rule]) => rule);
  assertEquals(await rules(), ["jump"]);
  await house.useSeeds({ ref_quality_rules: ["jump,,,,,AAPL,marked,,2,It is wild"] });
  await house.build();
  assertEquals(await rules(), []);
  await house.useSeeds({
    ref_quality_rules: ["bounds,bars,1d,csv,XNAS,AAPL,marked,150,,Never so cheap"],
  });
  await house.build();
  assertEquals(await rules(), ["bounds", "jump"]);
  await house.useSeeds({
    ref_quality_rules: ["jump,bars,,,,,off,,,Not of bars", "jump,,,csv,,,off,,,Nor of these"],
  });
  await house.build();
  assertEquals(await rules(), []);
});

Deno.test("gold_quality holds a candle against the one before it, however long ago", async () => {
  await using house = await BarHouse.open();
  const minute = { symbol: "ZZZZ", interval: "1m" };
  await house.publish(
    day("2023-01-03", "100", { symbol: "ZZZZ" }),
    { ...minute, at: "2025-03-07 20:59", ohlc: flat("100") },
  );
  await house.publish(
    day("2025-03-03", "200", { symbol: "ZZZZ" }),
    { ...minute, at: "2025-03-10 13:30", ohlc: flat("130") },
  );
  assertEquals(await house.rows(FINDINGS), [
    [
      "jump",
      "2025-03-03 00:00",
      "a price of 200 is 100 % above 100, the close before it, of 2023-01-03",
    ],
    [
      "jump",
      "2025-03-10 13:30",
      "a price of 130 is 30 % above 100, the close before it, of 2025-03-07",
    ],
  ]);
});

Deno.test("gold_quality says when the values were first read", async () => {
  await using house = await BarHouse.open();
  await house.publish(day("2025-03-03", "100", { read: "2025-03-04" }));
  await house.publish(day("2025-03-04", "200", { read: "2025-03-05 12:00" }));
  await house.publish(day("2025-03-04", "200", { read: "2025-03-09", origin: "again" }));
  const [[seen] = []] = await house.rows(
    "SELECT strftime(first_seen, '%Y-%m-%d %H:%M') FROM gold.gold_quality",
  );
  assertEquals(seen, "2025-03-05 12:00");
});

Deno.test("gold_quality judges trades by their minutes, and quotes by themselves too", async () => {
  await using house = await BarHouse.open();
  await house.trade(
    ["AAPL", "2025-03-04 15:00:01", "100"],
    ["AAPL", "2025-03-04 15:00:30", "101"],
    ["AAPL", "2025-03-04 15:01:10", "150"],
    ["AAPL", "2025-03-04 15:02:10", "101"],
    ["AAPL", "2025-03-08 15:02:10", "101"],
  );
  assertEquals(await house.rows(FINDINGS), [
    [
      "jump",
      "2025-03-04 15:01",
      "a price of 150 is 48.51 % above 101, the close before it, of 2025-03-04",
    ],
    [
      "jump",
      "2025-03-04 15:02",
      "a price of 101 is 32.67 % below 150, the close before it, of 2025-03-04",
    ],
    ["off_session", "2025-03-08 15:02", "XNAS has no session on 2025-03-08"],
  ]);
  await house.run(`INSERT INTO bronze.quotes BY NAME
    SELECT 'quotes' AS _topic, 0 AS _partition, i AS _offset, '2025-03-05'::TIMESTAMP AS _ingest_time,
      'finnhub' AS source, 'MSFT' AS symbol, t, c, 12 AS h, 8 AS l, 9 AS o, 10 AS pc
    FROM (VALUES
      (0, '2025-03-04 13:00'::TIMESTAMP, 13), (1, '2025-03-04 15:00'::TIMESTAMP, 11),
      (2, '2025-03-04 15:00:05'::TIMESTAMP, 13), (3, '2025-03-04 15:00:07'::TIMESTAMP, 7)
    ) AS q (i, t, c)`);
  await house.build();
  assertEquals(
    await house.rows(`SELECT bar_interval, strftime(event_time, '%H:%M:%S'), detail
      FROM gold.gold_quality WHERE rule = 'crossed' ORDER BY event_time`),
    [
      [null, "15:00:05", "a price of 13 lies outside of its own day, 8 to 12"],
      [null, "15:00:07", "a price of 7 lies outside of its own day, 8 to 12"],
    ],
  );
  await house.run(`INSERT INTO bronze.quotes BY NAME
    SELECT * REPLACE (_offset + 10 AS _offset, 'cancel' AS action) FROM bronze.quotes WHERE c = 7`);
  await house.build();
  assertEquals(
    await house.rows("SELECT count(*)::INTEGER FROM gold.gold_quality WHERE rule = 'crossed'"),
    [[1]],
  );
});
