/** Small cases in which the models and the reference once differed, with values reckoned by hand. */
import { assertEquals } from "@std/assert";
import { transform } from "../../pipeline/transform/transform.ts";
import { EmptyWarehouse, PROJECT } from "../../pipeline/transform/warehouse_fixture.ts";
import { assertAgrees } from "./compare.ts";
import { decimal } from "./decimal.ts";
import { expectedOf } from "./expected.ts";
import { insertion } from "./random_days.ts";
import type { Time, TradeRecord } from "./record.ts";
import { readReferenceData } from "./reference_data.ts";

const DATA = readReferenceData(PROJECT.folder);
const INGESTED = at("2026-01-05 00:00:00");

/** What is special about a record of AAPL at 100, ten shares of it. */
type Special = Partial<TradeRecord> & { readonly time: string; readonly px?: string };

function at(time: string): Time {
  const [second = "", fraction = ""] = time.split(".");
  return Date.parse(`${second.replace(" ", "T")}Z`) * 1000 + Number(fraction.padEnd(6, "0"));
}

/** The records in the order in which they arrived, each with the next offset of its partition. */
function recordsOf(specials: readonly Special[]): TradeRecord[] {
  const offsets = new Map<number, number>();
  return specials.map(({ time, px = "100", ...special }, i) => {
    const { partition = 0 } = special;
    const offset = offsets.get(partition) ?? 0;
    offsets.set(partition, offset + 1);
    return {
      ...{ partition, offset, ingested: INGESTED + i, source: "alpaca", symbol: "AAPL", id: "1" },
      ...{ price: decimal(px), size: decimal("10"), at: at(time), side: null, sequence: null },
      ...{ signed: null, action: null, conditions: null, venue: null, currency: null },
      ...{ received: null, origin: null },
      ...special,
    };
  });
}

/** What a query finds in the models of the records; they agree with the reference, too. */
async function found(sql: string, ...specials: readonly Special[]) {
  await using warehouse = await EmptyWarehouse.open();
  const { session } = warehouse;
  const records = recordsOf(specials);
  await session.run(insertion(records));
  const { failed } = await transform({ project: PROJECT, session });
  assertEquals(failed, []);
  await assertAgrees(session, expectedOf(DATA, records));
  return (await session.query(sql)).rows;
}

const DAYS = `SELECT trading_day, session, open::DOUBLE, close::DOUBLE, trades, revisions
  FROM gold.gold_candlestick_1d ORDER BY ALL`;

Deno.test("a cancel takes a trade back whatever its own time says", async () => {
  const rows = await found(
    DAYS,
    { time: "2025-03-10 15:00:00" },
    { time: "2025-03-10 15:01:00", id: "2" },
    { time: "2099-01-01 00:00:00", action: "cancel" },
  );
  assertEquals(rows, [["2025-03-10", "regular", 100, 100, 1, 0]]);
});

Deno.test("a trade that came ahead of its arrival counts once it comes in time", async () => {
  const rows = await found(
    DAYS,
    { time: "2025-03-10 15:00:00", received: at("2025-03-10 13:00:00") },
    { time: "2025-03-10 15:00:00", received: at("2025-03-10 15:00:01") },
  );
  assertEquals(rows, [["2025-03-10", "regular", 100, 100, 1, 0]]);
});

Deno.test("nobody received a record after it was written: a time far ahead is set aside", async () => {
  const rows = await found(
    "SELECT trade_id, set_aside FROM silver.silver_clean_ticks ORDER BY ALL",
    { time: "2025-03-10 15:00:00" },
    { time: "2099-01-01 00:00:00", received: at("2099-01-01 00:00:01"), id: "2" },
  );
  assertEquals(rows, [["1", null], ["2", "more than 3600 seconds ahead of its arrival"]]);
});

Deno.test("a repeat by another partition neither revises a candle nor turns its trades around", async () => {
  const rows = await found(
    DAYS,
    { time: "2025-03-10 15:00:00", partition: 1, px: "101" },
    { time: "2025-03-10 15:00:00", partition: 1, px: "102", id: "2" },
    { time: "2025-03-10 15:00:05", partition: 0, px: "103", id: "3" },
    { time: "2025-03-10 15:00:00", partition: 0, px: "102", id: "2" },
  );
  assertEquals(rows, [["2025-03-10", "regular", 101, 103, 3, 0]]);
  const seconds = await found(
    `SELECT open::DOUBLE, close::DOUBLE, trades, revisions FROM gold.gold_candlestick
      WHERE bar_interval = '1s' AND open_time = '2025-03-10 15:00:00'`,
    { time: "2025-03-10 15:00:00", partition: 1, px: "101" },
    { time: "2025-03-10 15:00:00", partition: 1, px: "102", id: "2" },
    { time: "2025-03-10 15:00:05", partition: 0, px: "103", id: "3" },
    { time: "2025-03-10 15:00:00", partition: 0, px: "102", id: "2" },
  );
  assertEquals(seconds, [[101, 102, 2, 0]]);
});

Deno.test("a second shows what another partition corrected in it, after it had closed", async () => {
  const rows = await found(
    `SELECT close::DOUBLE, trades, revisions FROM gold.gold_candlestick
      WHERE bar_interval = '1s' AND open_time = '2025-03-10 15:00:00'`,
    { time: "2025-03-10 15:00:00" },
    { time: "2025-03-10 15:00:07", partition: 1, id: "2" },
    { time: "2025-03-10 15:00:00", partition: 1, px: "101", action: "correct" },
  );
  assertEquals(rows, [[101, 1, 1]]);
});

Deno.test("a trade that was cancelled before it came revises nothing", async () => {
  const rows = await found(
    DAYS,
    { time: "2025-03-10 15:00:00", id: "2" },
    { time: "2025-03-10 15:00:00", action: "cancel", sequence: 2n },
    { time: "2025-03-10 15:00:05", id: "3" },
    { time: "2025-03-10 15:00:00", sequence: 1n },
  );
  assertEquals(rows, [["2025-03-10", "regular", 100, 100, 2, 0]]);
});

for (const [first, second] of [["T", "@"], ["@", "T"]] as const) {
  Deno.test(`the session's price is the last of a moment, where one outside of it is as late: ${first} first`, async () => {
    const rows = await found(
      "SELECT last_price::DOUBLE, last_session FROM gold.gold_kpi",
      { time: "2025-03-10 20:00:00.35", px: first === "@" ? "101" : "102", conditions: first },
      {
        time: "2025-03-10 20:00:00.35",
        px: second === "@" ? "101" : "102",
        conditions: second,
        id: "2",
      },
    );
    assertEquals(rows, [[101, "regular"]]);
  });
}

Deno.test("volatility is of the last five sessions, whether they have three minutes or not", async () => {
  const minutes = ["14:30:00", "14:31:00", "14:32:00"].map((clock, i) => (
    { time: `2025-03-03 ${clock}`, px: `${100 + i % 2}`, id: `${i}` }
  ));
  const since = ["04", "05", "06", "07", "10"].map((day) => (
    { time: `2025-03-${day} 15:00:00`, id: day }
  ));
  const sql = "SELECT volatility_per_minute IS NULL FROM gold.gold_kpi";
  assertEquals(await found(sql, ...minutes, ...since.slice(1)), [[false]]);
  assertEquals(await found(sql, ...minutes, ...since), [[true]]);
});

Deno.test("prints under an old name, after it ended, do not hide the close before the new one", async () => {
  const rows = await found(
    "SELECT symbol, previous_close::DOUBLE FROM gold.gold_kpi WHERE symbol = 'META'",
    { time: "2022-06-08 15:00:00", px: "196", symbol: "FB" },
    { time: "2022-06-09 15:00:00", px: "1", symbol: "FB", id: "2" },
    { time: "2022-06-10 15:00:00", px: "1", symbol: "FB", id: "3" },
    { time: "2022-06-10 15:00:00", px: "184", symbol: "META" },
  );
  assertEquals(rows, [["META", 196]]);
});
