import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { indexBars, ticks } from "tickhouse/datasets/datasets.ts";
import { migrate } from "tickhouse/migrate/migrate.ts";
import { migrationsFor } from "tickhouse/migrate/migrations.ts";
import { batchOf, DeadLetterTrap, validMessage } from "tickhouse/testing.ts";
import { SnowflakeWarehouse } from "tickhouse/snowflake/warehouse.ts";
import { SnowflakeSession } from "tickhouse/snowflake/session.ts";
import { testDatabase } from "../snowflake/rig.ts";

// That Snowflake refreshes and clusters is not shown here: that the queries say what they should is.

const SAMPLE = fileURLToPath(new URL("../../data/index_daily_sample.csv", import.meta.url));
const migrations = await migrationsFor("snowflake");

async function withDatabase(
  run: (session: SnowflakeSession, warehouse: SnowflakeWarehouse) => Promise<void>,
): Promise<void> {
  await using database = await testDatabase();
  await using session = await SnowflakeSession.open(database.options);
  const select = ["database", "aggregates"];
  await migrate({ target: "snowflake", session, migrations, select });
  const deadLetters = new DeadLetterTrap().queue;
  await using warehouse = await SnowflakeWarehouse.open({
    ...{ ...database.options, codec: jsonCodec, deadLetters },
  });
  await run(session, warehouse);
}

Deno.test("stock_market_data: the pipe's COPY loads the CSV of the index history", async () => {
  await withDatabase(async (session) => {
    const pipes = migrations.find(({ file }) => file === "0018_stock_market_data.sql")?.sql ?? "";
    const copy = /AS (COPY INTO bronze\.stock_market_data[^;]*);/.exec(pipes)?.[1] ?? "";
    await session.query(
      `PUT 'file://${SAMPLE}' @bronze.stock_market_stage AUTO_COMPRESS = FALSE`,
    );
    const lines = Deno.readTextFileSync(SAMPLE).trim().split("\n");
    assertEquals(await session.run(copy), lines.length - 1);
    const found = await session.query(
      `SELECT index, CAST(date AS VARCHAR), open, high, low, close, adj_close, volume, closeusd
       FROM bronze.stock_market_data ORDER BY index, date LIMIT 1`,
    );
    const [first = ""] = lines.slice(1).sort();
    const [index, date, ...figures] = first.split(",");
    const decimals = figures.map((text) => Number(text).toFixed(8));
    assertEquals(found.rows, [[index ?? "", date ?? "", ...decimals]]);
  });
});

Deno.test("stock_market_data: the view shows the latest record of each day", async () => {
  await withDatabase(async (session, warehouse) => {
    const day = (close: number) => ({
      ...{ Index: "NYA", Date: "2021-05-28", Open: 10, High: 30, Low: 5, Close: close },
      ...{ Adj_Close: close, Volume: 7, CloseUSD: close },
    });
    await warehouse.write(indexBars, [batchOf("index_bars", 0, 0, [day(20), day(21)])]);
    await warehouse.write(indexBars, [batchOf("index_bars", 0, 2, [day(22)])]);
    const found = await session.query(
      "SELECT index, CAST(date AS VARCHAR) AS day, close, closeusd FROM gold.stock_market_data",
    );
    const digits = "22.000000000000000000";
    assertEquals(found.rows, [["NYA", "2021-05-28", digits, digits]]);
    const columns = await session.query("SELECT * FROM gold.stock_market_data WHERE 1 = 0");
    assertEquals(columns.columns.map(({ name }) => name), [
      ...["INDEX", "DATE", "OPEN", "HIGH", "LOW", "CLOSE"],
      ...["ADJ_CLOSE", "VOLUME", "CLOSEUSD"],
    ]);
    const cancel = { ...day(22), action: "cancel" };
    await warehouse.write(indexBars, [batchOf("index_bars", 0, 3, [cancel])]);
    assertEquals((await session.query("SELECT * FROM gold.stock_market_data")).rows, []);
  });
});

Deno.test("aggregates: views and dynamic tables say what the ticks say, by source and symbol", async () => {
  await withDatabase(async (session, warehouse) => {
    const at = 1_763_700_000_000_000;
    const tick = (i: number, price: string, rest: object = {}) => ({
      ...validMessage(ticks, i),
      ...{ symbol: "AAPL", source: "finnhub", trade_id: String(i), price, size: "2" },
      ...{ event_time: at + i, sequence: null, action: null },
      ...rest,
    });
    const numbers = (rows: readonly (readonly unknown[])[]) =>
      rows.map((row) => row.map((cell) => Number.isNaN(Number(cell)) ? cell : Number(cell)));
    const made = { source: "simulator" };
    const messages = [tick(0, "100.5"), tick(2, "99.25"), tick(1, "101"), tick(9, "7", made)];
    await warehouse.write(ticks, [batchOf("ticks", 0, 0, messages)]);
    const days = await session.query(
      `SELECT source, symbol, ticks, cancels, volume, turnover, low, high
       FROM gold.mv_ticks_by_day ORDER BY source`,
    );
    assertEquals(numbers(days.rows), [
      ["finnhub", "AAPL", 3, 0, 6, 601.5, 99.25, 101],
      ["simulator", "AAPL", 1, 0, 2, 14, 7, 7],
    ]);
    const arrivals = await session.query(
      "SELECT row_count, first_offset, last_offset FROM gold.mv_arrivals_by_partition",
    );
    assertEquals(arrivals.rows.map((row) => row.map(Number)), [[4, 0, 3]]);
    const last = async () => {
      const sql = "SELECT source, symbol, price FROM gold.dt_last_tick ORDER BY source";
      return (await session.query(sql)).rows;
    };
    const simulated = ["simulator", "AAPL", "7.00000000"];
    assertEquals(await last(), [["finnhub", "AAPL", "99.25000000"], simulated]);
    const cancel = tick(2, "99.25", { action: "cancel" });
    // A repeat of what was cancelled does not bring it back.
    await warehouse.write(ticks, [batchOf("ticks", 0, 4, [cancel, tick(2, "99.25")])]);
    assertEquals(await last(), [["finnhub", "AAPL", "101.00000000"], simulated]);
    // The highest sequence counts, whatever order it came in.
    const versions = [
      tick(3, "105", { sequence: 2, action: "correct" }),
      tick(3, "104", { sequence: 1 }),
    ];
    await warehouse.write(ticks, [batchOf("ticks", 0, 6, versions)]);
    assertEquals(await last(), [["finnhub", "AAPL", "105.00000000"], simulated]);
    const trades = await session.query(
      "SELECT source, ticks, volume, low, high FROM gold.dt_ticks_by_day ORDER BY source",
    );
    assertEquals(numbers(trades.rows), [
      ["finnhub", 3, 6, 100.5, 105],
      ["simulator", 1, 2, 7, 7],
    ]);
  });
});
