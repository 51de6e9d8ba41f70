import { assertEquals } from "@std/assert";
import type { Cell, SqlSession } from "../sql/session.ts";
import { transform } from "./transform.ts";
import { EmptyWarehouse, PROJECT } from "./warehouse_fixture.ts";

/** A trade: symbol, id, time (UTC), price, and the feed if not the usual one, and what is special. */
type Trade = readonly [
  symbol: string,
  id: string,
  at: string,
  price: number,
  source?: string,
  special?: {
    readonly size?: number | null;
    readonly action?: string;
    readonly signed?: string;
    readonly sequence?: number;
    readonly conditions?: string;
    readonly partition?: number;
    /** When the feed's client had it. */
    readonly received?: string;
  },
];

/** A warehouse whose models are built from ticks; they are tested at the end. */
class Market implements AsyncDisposable {
  readonly session: SqlSession;
  readonly #warehouse: EmptyWarehouse;
  #offset = 0;

  private constructor(warehouse: EmptyWarehouse) {
    this.#warehouse = warehouse;
    this.session = warehouse.session;
  }

  static async open(): Promise<Market> {
    return new Market(await EmptyWarehouse.open());
  }

  /** Ten shares each, in this order; then the models are built. */
  async trade(...trades: readonly Trade[]): Promise<void> {
    for (const [symbol, id, at, price, source = "finnhub", special = {}] of trades) {
      const offset = this.#offset++;
      const { size = 10, action = null, signed = null, sequence = null } = special;
      const { conditions = null, partition = 0, received = null } = special;
      await this.session.query(
        `INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, symbol, price, size,
           event_time, source, trade_id, action, signed, sequence, conditions, receive_time)
         VALUES ('ticks', ?, ?, make_timestamp(1800000000000000 + ?::BIGINT), ?, ?::DECIMAL(18, 8),
           ?::DECIMAL(28, 8), ?::TIMESTAMP, ?, ?, ?, ?, ?::DECIMAL(18, 0), ?, ?::TIMESTAMP)`,
        [
          partition,
          offset,
          offset,
          symbol,
          price,
          size,
          at,
          source,
          id,
          action,
          signed,
          sequence,
          conditions,
          received,
        ],
      );
    }
    await transform({ project: PROJECT, session: this.session, checks: false });
  }

  async rows(sql: string): Promise<readonly (readonly Cell[])[]> {
    return (await this.session.query(sql)).rows;
  }

  /** Runs the tests of the models on what there is at the end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await using _warehouse = this.#warehouse;
    const { failed } = await transform({ project: PROJECT, session: this.session });
    assertEquals(failed, []);
  }
}

const DAYS =
  `SELECT trading_day, session, open_time, close_time, open::DOUBLE, close::DOUBLE, trades
  FROM gold.gold_candlestick_1d ORDER BY symbol, trading_day, session DESC`;

Deno.test("a day is the regular session in the exchange's time zone, over a change of the clocks", async () => {
  await using market = await Market.open();
  await market.trade(
    ["AAPL", "1", "2025-03-07 14:29:59.999999", 1], // 09:29 in winter: before the session.
    ["AAPL", "2", "2025-03-07 14:30:00", 2],
    ["AAPL", "3", "2025-03-07 20:59:59.999999", 3],
    ["AAPL", "4", "2025-03-07 21:00:00", 4], // 16:00:00: the closing auction.
    ["AAPL", "5", "2025-03-08 00:59:00", 5], // 19:59 of the same day.
    ["AAPL", "6", "2025-03-10 13:30:00", 6], // 09:30 in summer.
    ["AAPL", "7", "2025-03-10 19:59:59", 7],
    ["AAPL", "8", "2025-03-10 20:00:01", 8], // Behind it.
  );
  assertEquals(await market.rows(DAYS), [
    ["2025-03-07", "regular", "2025-03-07 14:30:00", "2025-03-07 21:00:00", 2, 4, 3],
    // A day of New York begins at 20:00 on the evening before.
    ["2025-03-07", "pre", "2025-03-07 01:00:00", "2025-03-07 14:30:00", 1, 1, 1],
    ["2025-03-07", "post", "2025-03-07 21:00:00", "2025-03-08 01:00:00", 5, 5, 1],
    ["2025-03-10", "regular", "2025-03-10 13:30:00", "2025-03-10 20:00:00", 6, 7, 2],
    ["2025-03-10", "post", "2025-03-10 20:00:00", "2025-03-11 00:00:00", 8, 8, 1],
  ]);
  assertEquals(
    await market.rows(`SELECT bar_interval, session, sum(trades) FROM gold.gold_candlestick
      WHERE bar_interval IN ('1m', '1h', '1d') GROUP BY ALL ORDER BY ALL`),
    [
      ["1d", "regular", 5],
      ["1h", "post", 2],
      ["1h", "pre", 1],
      ["1h", "regular", 5],
      ["1m", "post", 2],
      ["1m", "pre", 1],
      ["1m", "regular", 5],
    ],
  );
});

Deno.test("a half day ends early, and a holiday and a weekend have no session", async () => {
  await using market = await Market.open();
  await market.trade(
    ["IBM", "1", "2025-11-27 15:00:00", 1], // Thanksgiving.
    ["IBM", "2", "2025-11-28 17:59:59", 2], // 12:59 on the day after, which ends at 13:00.
    ["IBM", "3", "2025-11-28 18:00:01", 3],
    ["IBM", "4", "2025-11-29 15:00:00", 4], // Saturday.
  );
  assertEquals(await market.rows(DAYS), [
    ["2025-11-27", "closed", "2025-11-27 01:00:00", "2025-11-28 01:00:00", 1, 1, 1],
    ["2025-11-28", "regular", "2025-11-28 14:30:00", "2025-11-28 18:00:00", 2, 2, 1],
    ["2025-11-28", "post", "2025-11-28 18:00:00", "2025-11-29 01:00:00", 3, 3, 1],
    ["2025-11-29", "closed", "2025-11-29 01:00:00", "2025-11-30 01:00:00", 4, 4, 1],
  ]);
  assertEquals(
    await market.rows(`SELECT session FROM gold.gold_candlestick WHERE bar_interval = '1m'
      ORDER BY open_time`),
    [["closed"], ["regular"], ["post"], ["closed"]],
  );
});

Deno.test("unknown symbols and feeds around the clock have UTC days", async () => {
  await using market = await Market.open();
  await market.trade(
    ["BTC-USD", "1", "2025-11-29 23:59:59.999999", 1],
    ["BTC-USD", "2", "2025-11-30 00:00:00", 2],
    ["MSFT", "3", "2025-11-29 03:00:00", 3, "simulator"],
  );
  assertEquals(await market.rows(DAYS), [
    ["2025-11-29", "regular", "2025-11-29 00:00:00", "2025-11-30 00:00:00", 1, 1, 1],
    ["2025-11-30", "regular", "2025-11-30 00:00:00", "2025-12-01 00:00:00", 2, 2, 1],
    ["2025-11-29", "regular", "2025-11-29 00:00:00", "2025-11-30 00:00:00", 3, 3, 1],
  ]);
});

const KPI = `SELECT last_price::DOUBLE, last_session, previous_close::DOUBLE, change_amount::DOUBLE,
  change_percent, trading_day, day_session, day_high::DOUBLE, day_low::DOUBLE, volume::DOUBLE
  FROM gold.gold_kpi`;

Deno.test("gold_kpi compares with the close of the session before, not with what came after it", async () => {
  await using market = await Market.open();
  await market.trade(
    ["AAPL", "1", "2026-03-02 20:59:00", 100], // The close of Monday.
    ["AAPL", "2", "2026-03-02 22:00:00", 90], // After hours.
    ["AAPL", "3", "2026-03-03 13:00:00", 80], // Tuesday, before the session.
  );
  assertEquals(await market.rows(KPI), [
    [80, "pre", 100, -20, -20, "2026-03-03", "pre", 80, 80, 10],
  ]);
  await market.trade(
    ["AAPL", "4", "2026-03-03 14:30:00", 110],
    ["AAPL", "5", "2026-03-03 15:00:00", 120],
    ["AAPL", "6", "2026-03-03 21:30:00", 130], // After hours: the day's figures stay.
  );
  assertEquals(await market.rows(KPI), [
    [130, "post", 100, 30, 30, "2026-03-03", "regular", 120, 110, 20],
  ]);
});

const REVISED = `SELECT bar_interval, open_time, close::DOUBLE, trades, revisions, revised_at
  FROM gold.gold_candlestick WHERE bar_interval IN ('1s', '1m') ORDER BY ALL`;

Deno.test("a late trade and a correction revise a closed candle, and it shows", async () => {
  await using market = await Market.open();
  await market.trade(
    ["X", "1", "2026-03-02 15:00:00", 1],
    ["X", "2", "2026-03-02 15:00:10", 2],
    ["X", "1", "2026-03-02 15:00:00", 1], // A repeat changes nothing.
  );
  const first = "2026-03-02 15:00:00";
  const second = "2026-03-02 15:00:10";
  assertEquals(await market.rows(REVISED), [
    ["1m", first, 2, 2, 0, null],
    ["1s", first, 1, 1, 0, null],
    ["1s", second, 2, 1, 0, null],
  ]);
  // Late for the second, not for the minute: that has not closed.
  await market.trade(["X", "3", "2026-03-02 15:00:00.5", 3]);
  const at = (offset: number) => `2027-01-15 08:00:00.00000${offset}`;
  assertEquals(await market.rows(REVISED), [
    ["1m", first, 2, 3, 0, null],
    ["1s", first, 3, 2, 1, at(3)],
    ["1s", second, 2, 1, 0, null],
  ]);
  await market.trade(
    ["X", "4", "2026-03-02 15:01:00", 4],
    ["X", "2", "2026-03-02 15:00:10", 5], // A correction, behind the close of the minute.
  );
  assertEquals(await market.rows(REVISED), [
    ["1m", first, 5, 3, 1, at(5)],
    ["1m", "2026-03-02 15:01:00", 4, 1, 0, null],
    ["1s", first, 3, 2, 1, at(3)],
    ["1s", second, 5, 1, 1, at(5)],
    ["1s", "2026-03-02 15:01:00", 4, 1, 0, null],
  ]);
});

Deno.test("a trade that a correction moves revises the candle that it leaves", async () => {
  await using market = await Market.open();
  await market.trade(
    ["X", "1", "2026-03-02 15:00:00", 1],
    ["X", "2", "2026-03-02 15:00:00.5", 2],
    ["X", "3", "2026-03-02 15:00:01", 3],
    ["X", "2", "2026-03-02 15:00:01.5", 2],
  );
  const seconds = `SELECT open_time, close::DOUBLE, trades, revisions
    FROM gold.gold_candlestick WHERE bar_interval = '1s' ORDER BY open_time`;
  assertEquals(await market.rows(seconds), [
    ["2026-03-02 15:00:00", 1, 1, 1],
    ["2026-03-02 15:00:01", 2, 2, 0],
  ]);
});

const CANCEL = { action: "cancel" } as const;
const ALL_CANDLES = `SELECT bar_interval, open_time, close::DOUBLE, trades, revisions
  FROM gold.gold_candlestick ORDER BY ALL`;

Deno.test("a cancel takes a trade back, a repeat leaves it so, and a correction brings it back", async () => {
  await using market = await Market.open();
  const second = "2026-03-02 15:00:01";
  await market.trade(["X", "1", "2026-03-02 15:00:00", 1], ["X", "2", second, 2]);
  const before = await market.rows(ALL_CANDLES);
  await market.trade(["X", "2", second, 9, "finnhub", CANCEL]);
  assertEquals(
    await market.rows(`SELECT bar_interval, close::DOUBLE, trades FROM gold.gold_candlestick
      ORDER BY ALL`),
    ["15m", "1d", "1h", "1m", "1mo", "1s", "1wk", "30m", "4h", "5m"].map((
      interval,
    ) => [interval, 1, 1]),
  );
  assertEquals(await market.rows(KPI), [
    [1, "regular", null, null, null, "2026-03-02", "regular", 1, 1, 10],
  ]);
  await market.trade(["X", "1", "2026-03-02 15:00:00", 1, "finnhub", CANCEL]);
  for (const table of ["gold_candlestick", "gold_kpi", "gold_treechart", "gold_symbol_activity"]) {
    assertEquals([table, await market.rows(`SELECT * FROM gold.${table}`)], [table, []]);
  }
  await market.trade(["X", "1", "2026-03-02 15:00:00", 1], ["X", "2", second, 2]);
  assertEquals(await market.rows("SELECT * FROM gold.gold_candlestick"), []);
  const correct = { action: "correct" } as const;
  await market.trade(
    ["X", "1", "2026-03-02 15:00:00", 1, "finnhub", correct],
    ["X", "2", second, 2, "finnhub", correct],
  );
  const unrevised = (rows: readonly (readonly Cell[])[]) => rows.map((row) => row.slice(0, 4));
  assertEquals(unrevised(await market.rows(ALL_CANDLES)), unrevised(before));
});

Deno.test("a cancel of a trade that never came changes nothing, wherever its time lies", async () => {
  await using market = await Market.open();
  await market.trade(["X", "1", "2026-03-02 15:00:00", 1], ["X", "2", "2026-03-02 15:00:01", 2]);
  const before = await market.rows(ALL_CANDLES);
  await market.trade(
    ["X", "3", "2026-03-02 15:00:00", 5, "finnhub", CANCEL],
    ["X", "4", "2026-03-05 15:00:00", 5, "finnhub", CANCEL],
    ["X", "4", "2026-03-06 15:00:00", 6, "finnhub", CANCEL],
  );
  assertEquals(await market.rows(ALL_CANDLES), before);
  // A cancel needs to know the trade's key, not its time: that of the trade counts, whether it comes
  // with the trade or later.
  await market.trade(
    ["X", "5", "2026-03-02 15:00:01", 3],
    ["X", "5", "2026-03-09 15:00:00", 7, "finnhub", CANCEL],
  );
  await market.trade(["X", "2", "2026-03-09 15:00:00", 7, "finnhub", CANCEL]);
  assertEquals(
    await market.rows(`SELECT open_time, trades FROM gold.gold_candlestick
      WHERE bar_interval = '1s'`),
    [["2026-03-02 15:00:00", 1]],
  );
  assertEquals(
    await market.rows(`SELECT price::DOUBLE, event_time FROM silver.silver_clean_ticks
      WHERE trade_id IN ('2', '5') ORDER BY trade_id`),
    [[2, "2026-03-02 15:00:01"], [3, "2026-03-02 15:00:01"]],
  );
});

Deno.test("trades without a size leave volume to those that have one, and turnover with it", async () => {
  await using market = await Market.open();
  await market.trade(
    ["X", "1", "2026-03-02 15:00:00", 1, "finnhub", { size: null }],
    ["X", "2", "2026-03-02 15:00:01", 2, "finnhub", { size: null }],
    ["X", "3", "2026-03-02 15:00:01", 4],
  );
  const volumes = `SELECT open_time, volume::DOUBLE, turnover::DOUBLE, vwap::DOUBLE, trades
    FROM gold.gold_candlestick WHERE bar_interval = '1s' ORDER BY open_time`;
  assertEquals(await market.rows(volumes), [
    ["2026-03-02 15:00:00", null, null, null, 1],
    ["2026-03-02 15:00:01", 10, 40, 4, 2],
  ]);
  // A size that comes or goes with a correction is a change.
  await market.trade(
    ["X", "1", "2026-03-02 15:00:00", 1],
    ["X", "3", "2026-03-02 15:00:01", 4, "finnhub", { size: null }],
  );
  assertEquals(await market.rows(volumes), [
    ["2026-03-02 15:00:00", 10, 10, 1, 1],
    ["2026-03-02 15:00:01", null, null, null, 2],
  ]);
});

Deno.test("a turnover or volume of more digits than fit is unknown, not an error, nor a part of it", async () => {
  await using market = await Market.open();
  await market.trade(
    ["X", "1", "2026-03-02 15:00:00", 9_000_000_000, "finnhub", { size: 9e18 }],
    ["X", "2", "2026-03-02 15:00:00", 1],
    ["Y", "1", "2026-03-02 15:00:00", 1, "finnhub", { size: 9e19 }],
    ["Y", "2", "2026-03-02 15:00:00", 1, "finnhub", { size: 9e19 }],
  );
  assertEquals(
    await market.rows(`SELECT DISTINCT volume::DOUBLE, turnover FROM gold.gold_candlestick
      ORDER BY ALL`),
    [[9e18 + 10, null], [null, null]],
  );
});

Deno.test("prices from zero down have candles and figures, but no returns and no percents", async () => {
  await using market = await Market.open();
  const signed = { signed: "yes" } as const;
  await market.trade(
    ["CL", "1", "2020-04-20 18:00:00", -37.63, "csv", signed],
    ["CL", "2", "2020-04-20 18:01:00", 0, "csv", signed],
    ["CL", "3", "2020-04-20 18:02:00", 1, "csv", signed],
    ["CL", "4", "2020-04-21 18:00:00", 10.01, "csv", signed],
    ["ZERO", "1", "2020-04-20 18:00:00", 0, "csv", signed],
    ["ZERO", "2", "2020-04-21 18:00:00", -1, "csv", signed],
  );
  assertEquals(
    await market.rows(`SELECT symbol, last_price::DOUBLE, change_amount::DOUBLE, change_percent,
      volatility_per_minute FROM gold.gold_kpi ORDER BY symbol`),
    [["CL", 10.01, 9.01, 901, null], ["ZERO", -1, -1, null, null]],
  );
});

const DAY = `SELECT session, open::DOUBLE, high::DOUBLE, low::DOUBLE, close::DOUBLE, volume::DOUBLE,
  trades FROM gold.gold_candlestick_1d ORDER BY session DESC`;

Deno.test("conditions say what a trade may set, and whether it is of the session", async () => {
  await using market = await Market.open();
  await market.trade(
    ["AAPL", "1", "2026-03-02 15:00:00", 100, "csv", { conditions: "@" }],
    // An odd lot sets no price; so does a print of size 0.
    ["AAPL", "2", "2026-03-02 15:00:01", 999, "csv", { conditions: "@ I", size: 1 }],
    ["AAPL", "3", "2026-03-02 15:00:02", 998, "csv", { size: 0 }],
    // Out of sequence: it may set the low, not the last.
    ["AAPL", "4", "2026-03-02 15:00:03", 90, "csv", { conditions: "Z" }],
    // Of no session: within one it sets nothing but volume.
    ["AAPL", "10", "2026-03-02 15:00:04", 997, "csv", { conditions: "@ T" }],
    ["AAPL", "5", "2026-03-02 20:59:59", 101, "csv"],
    // The auction, 350 ms and 5 s behind the close, between trades of the evening.
    ["AAPL", "6", "2026-03-02 21:00:00.2", 300, "csv", { conditions: "@ T" }],
    ["AAPL", "7", "2026-03-02 21:00:00.35", 102, "csv", { conditions: "@ 6", size: 5000 }],
    ["AAPL", "8", "2026-03-02 21:00:03", 301, "csv", { conditions: "@ T" }],
    ["AAPL", "9", "2026-03-02 21:00:05", 103, "csv", { conditions: "@ 6", size: 6000 }],
  );
  assertEquals(await market.rows(DAY), [
    ["regular", 100, 103, 90, 103, 11041, 8],
    ["post", 300, 301, 300, 301, 20, 2],
  ]);
  // The last candles of the session hold it: none of the evening does.
  assertEquals(
    await market.rows(`SELECT bar_interval, open_time, session, close::DOUBLE, volume::DOUBLE
      FROM gold.gold_candlestick WHERE open_time >= '2026-03-02 20:00' AND bar_interval <> '1s'
      ORDER BY ALL`),
    [
      ["15m", "2026-03-02 20:45:00", "regular", 103, 11010],
      ["15m", "2026-03-02 21:00:00", "post", 301, 20],
      ["1h", "2026-03-02 20:30:00", "regular", 103, 11010],
      ["1h", "2026-03-02 21:00:00", "post", 301, 20],
      ["1m", "2026-03-02 20:59:00", "regular", 103, 11010],
      ["1m", "2026-03-02 21:00:00", "post", 301, 20],
      ["30m", "2026-03-02 20:30:00", "regular", 103, 11010],
      ["30m", "2026-03-02 21:00:00", "post", 301, 20],
      ["4h", "2026-03-02 21:00:00", "post", 301, 20],
      ["5m", "2026-03-02 20:55:00", "regular", 103, 11010],
      ["5m", "2026-03-02 21:00:00", "post", 301, 20],
    ],
  );
  // Seconds keep their time, and two may share one: the auction's and the evening's.
  assertEquals(
    await market.rows(`SELECT open_time, session, open::DOUBLE, trades FROM gold.gold_candlestick
      WHERE bar_interval = '1s' AND open_time >= '2026-03-02 21:00' ORDER BY ALL`),
    [
      ["2026-03-02 21:00:00", "post", 300, 1],
      ["2026-03-02 21:00:00", "regular", 102, 1],
      ["2026-03-02 21:00:03", "post", 301, 1],
      ["2026-03-02 21:00:05", "regular", 103, 1],
    ],
  );
});

Deno.test("a closing print behind the session is the close, whatever is printed behind it", async () => {
  await using market = await Market.open();
  const print = (id: string, at: string, price: number, conditions: string) =>
    ["AAPL", id, `2025-03-07 ${at}`, price, "alpaca", { conditions }] as const;
  await market.trade(
    print("1", "20:59:59", 99, "@"),
    print("2", "21:00:00.2", 100, "@ 6"),
    print("3", "21:00:00.99", 102, "@"),
  );
  assertEquals(
    await market.rows(`SELECT bar_interval, close::DOUBLE, high::DOUBLE FROM gold.gold_candlestick
      WHERE bar_interval IN ('1s', '1m', '1d') AND close_time >= '2025-03-07 21:00:00'
      ORDER BY bar_interval, open_time`),
    [["1d", 100, 102], ["1m", 100, 102], ["1s", 99, 99], ["1s", 100, 102]],
  );
});

Deno.test("hours begin with their session, and hold all of its trades", async () => {
  await using market = await Market.open();
  await market.trade(
    ["AAPL", "1", "2026-03-02 14:29:59", 1],
    ["AAPL", "2", "2026-03-02 14:30:00", 2],
    ["AAPL", "3", "2026-03-02 15:29:59", 3],
    ["AAPL", "4", "2026-03-02 15:30:00", 4],
    ["AAPL", "5", "2026-03-02 20:30:00", 5],
  );
  assertEquals(
    await market.rows(`SELECT bar_interval, open_time, close_time, session, trades, is_closed
      FROM gold.gold_candlestick WHERE bar_interval IN ('1h', '4h') ORDER BY ALL`),
    [
      ["1h", "2026-03-02 14:00:00", "2026-03-02 14:30:00", "pre", 1, true],
      ["1h", "2026-03-02 14:30:00", "2026-03-02 15:30:00", "regular", 2, true],
      ["1h", "2026-03-02 15:30:00", "2026-03-02 16:30:00", "regular", 1, true],
      // The last one is a half, until 16:00 in New York.
      ["1h", "2026-03-02 20:30:00", "2026-03-02 21:00:00", "regular", 1, false],
      ["4h", "2026-03-02 13:00:00", "2026-03-02 14:30:00", "pre", 1, true],
      ["4h", "2026-03-02 14:30:00", "2026-03-02 18:30:00", "regular", 3, true],
      ["4h", "2026-03-02 18:30:00", "2026-03-02 21:00:00", "regular", 1, false],
    ],
  );
});

const TRUTH = `SELECT price::DOUBLE, is_cancelled FROM silver.silver_clean_ticks ORDER BY trade_id`;

Deno.test("a redelivery of an older version changes nothing", async () => {
  await using market = await Market.open();
  const at = "2026-03-02 15:00:00";
  await market.trade(["X", "1", at, 1], ["X", "1", at, 2]);
  assertEquals(await market.rows(TRUTH), [[2, false]]);
  await market.trade(["X", "1", at, 1]);
  assertEquals(await market.rows(TRUTH), [[2, false]]);
  await market.trade(["X", "1", at, 3], ["X", "1", at, 1], ["X", "1", at, 2]);
  assertEquals(await market.rows(TRUTH), [[3, false]]);
  assertEquals(
    await market.rows(`SELECT revisions FROM gold.gold_candlestick WHERE bar_interval = '1s'`),
    [[0]],
  );
});

Deno.test("the highest sequence counts, in whatever order versions come", async () => {
  const at = "2026-03-02 15:00:00";
  const version = (price: number, sequence?: number, action?: string): Trade => [
    "X",
    "1",
    at,
    price,
    "finnhub",
    { ...(sequence !== undefined && { sequence }), ...(action !== undefined && { action }) },
  ];
  const versions = [version(1, 5), version(2, 6, "correct"), version(3, 7, "correct")];
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]]) {
    await using market = await Market.open();
    for (const i of order) await market.trade(versions[i] ?? version(0));
    assertEquals([order, await market.rows(TRUTH)], [order, [[3, false]]]);
    // One without a sequence stands with the highest before it.
    await market.trade(version(1, undefined, "cancel"));
    assertEquals(await market.rows(TRUTH), [[3, true]]);
    // Neither an older version, nor one that says something else with a lower sequence.
    await market.trade(version(2, 6, "correct"), version(1, 5), version(9, 6));
    assertEquals(await market.rows(TRUTH), [[3, true]]);
    await market.trade(version(4, 8, "correct"), version(4, 7, "cancel"));
    assertEquals(await market.rows(TRUTH), [[4, false]]);
  }
});

Deno.test("a trade on two partitions is one, and corrected by either", async () => {
  await using market = await Market.open();
  const at = "2026-03-02 15:00:00";
  await market.trade(
    ["X", "1", at, 1],
    ["X", "1", at, 1, "finnhub", { partition: 3 }],
    ["X", "2", at, 5, "finnhub", { partition: 2 }],
  );
  await market.trade(["X", "1", at, 2, "finnhub", { partition: 3 }]);
  assertEquals(await market.rows(TRUTH), [[2, false], [5, false]]);
  await market.trade(["X", "1", at, 1, "finnhub", { partition: 1 }]);
  assertEquals(await market.rows(TRUTH), [[2, false], [5, false]]);
  assertEquals(
    await market.rows(`SELECT DISTINCT trades, volume::DOUBLE FROM gold.gold_candlestick`),
    [[2, 20]],
  );
});

Deno.test("what comes by another partition closes no candle: nobody knows which was first", async () => {
  await using market = await Market.open();
  const special = (partition: number) => ["finnhub", { partition }] as const;
  await market.trade(
    ["X", "1", "2026-03-02 15:00:05", 1, ...special(1)],
    ["X", "2", "2026-03-02 15:00:00", 1, ...special(0)],
    ["Y", "3", "2026-03-02 15:00:05", 1, ...special(1)],
    ["Y", "4", "2026-03-02 15:00:00", 1, ...special(1)],
  );
  assertEquals(
    await market.rows(`SELECT symbol, sum(revisions)::INTEGER FROM gold.gold_candlestick_1s
      GROUP BY symbol ORDER BY symbol`),
    [["X", 0], ["Y", 1]],
  );
});

Deno.test("the hour of a source ends with its newest trade, whether that sets a price or not", async () => {
  await using market = await Market.open();
  const oddLot = { conditions: "@ I" };
  await market.trade(
    ["IBM", "1", "2025-03-07 15:00:00", 100, "alpaca"],
    ["IBM", "2", "2025-03-07 17:30:00", 100, "alpaca"], // An hour before, and not within.
    ["IBM", "3", "2025-03-07 17:30:01", 100, "alpaca"],
    ["IBM", "4", "2025-03-07 18:30:00.5", 104, "alpaca", oddLot],
    ["KO", "5", "2025-03-07 21:20:00", 60, "yahoo", { conditions: "@ 6" }], // Of the auction.
    ["KO", "6", "2025-03-07 21:19:00", 61, "yahoo", oddLot],
    ["GE", "7", "2025-03-07 15:00:00", 9, "csv", oddLot], // Odd lots are all that it has.
  );
  assertEquals(
    await market.rows(`SELECT source, symbol, tick_count, avg_price::DOUBLE, last_time
      FROM gold.gold_symbol_activity ORDER BY source`),
    [
      ["alpaca", "IBM", 2, 102, "2025-03-07 17:30:01"],
      ["csv", "GE", 1, 9, null],
      ["yahoo", "KO", 2, 60.5, "2025-03-07 21:20:00"],
    ],
  );
});

Deno.test("a vwap that the decimals of its turnover would falsify is null", async () => {
  await using market = await Market.open();
  const at = "2026-03-02 15:00:00";
  await market.trade(
    ["DUST", "1", at, 0.00000123, "finnhub", { size: 0.00000123 }],
    ["SPECK", "2", at, 0.0000085, "finnhub", { size: 0.00000005 }],
    ["SHIB", "3", at, 0.00000123, "finnhub", { size: 1_000_000 }],
    ["BTC", "4", at, 68_000.12, "finnhub", { size: 0.0000001 }],
    ["FLOKI", "5", at, 0.00000123, "finnhub", { size: 0.5 }],
  );
  assertEquals(
    await market.rows(`SELECT DISTINCT symbol, vwap::DOUBLE FROM gold.gold_candlestick
      ORDER BY symbol`),
    [["BTC", 68_000.12], ["DUST", null], ["FLOKI", 0.00000123], ["SHIB", 0.00000123], [
      "SPECK",
      null,
    ]],
  );
});

Deno.test("what is dated ahead of its arrival is set aside, and nothing else with it", async () => {
  await using market = await Market.open();
  await market.trade(
    ["X", "1", "2026-03-02 15:00:00", 1],
    ["X", "2", "2099-01-01 00:00:00", 2],
    ["Y", "3", "2026-03-02 15:00:01", 3],
    // Within an hour of when its client had it, and beyond.
    ["X", "4", "2026-03-02 15:59:00", 4, "finnhub", { received: "2026-03-02 15:00:00" }],
    ["X", "5", "2026-03-02 16:01:00", 5, "finnhub", { received: "2026-03-02 15:00:00" }],
  );
  assertEquals(
    await market.rows(`SELECT trade_id, set_aside FROM silver.silver_clean_ticks
      WHERE set_aside IS NOT NULL ORDER BY trade_id`),
    [
      ["2", "more than 3600 seconds ahead of its arrival"],
      ["5", "more than 3600 seconds ahead of its arrival"],
    ],
  );
  assertEquals(
    await market.rows(`SELECT symbol, tick_count FROM gold.gold_symbol_activity ORDER BY symbol`),
    [["X", 2], ["Y", 1]],
  );
  // A correction to such a time does not count either; one back does.
  await market.trade(["X", "1", "2099-01-01 00:00:00", 1], ["X", "2", "2026-03-02 15:00:02", 2]);
  assertEquals(
    await market.rows(`SELECT trade_id, event_time FROM silver.silver_clean_ticks
      WHERE set_aside IS NULL AND symbol = 'X' ORDER BY trade_id`),
    [
      ["1", "2026-03-02 15:00:00"],
      ["2", "2026-03-02 15:00:02"],
      ["4", "2026-03-02 15:59:00"],
    ],
  );
});
