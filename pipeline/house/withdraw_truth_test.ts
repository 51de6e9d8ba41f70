import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { Packed } from "../batch.ts";
import { EmbeddedBroker } from "../broker/embedded/embedded.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { originOf } from "../source/origin.ts";
import { TempFolder } from "../testing.ts";
import type { House } from "./house.ts";
import { open } from "./open.ts";

const MINUTE_US = 60_000_000;
/** Beyond the hour that a trade may be ahead. */
const AHEAD_US = 70 * MINUTE_US;

function houseOf(folder: TempFolder): Promise<House> {
  return open({ home: join(folder.path, "home"), onNote: () => {} });
}

/** Sends trades of one price each, and lets the house take them. */
async function send(house: House, ...trades: readonly Trade[]): Promise<void> {
  {
    await using broker = new EmbeddedBroker({ path: join(house.config.home, "broker.sqlite") });
    if (!await broker.topic("ticks")) await broker.createTopic({ name: "ticks", partitions: 4 });
    for (const { symbol, ...trade } of trades) {
      const message = { symbol, size: "1", source: "feed", trade_id: "1", ...trade };
      await broker.produce("ticks", [
        { key: symbol, values: Packed.from([JSON.stringify(message)]) },
      ]);
    }
  }
  await house.stream({ source: null, seconds: 0.2, models: true }).report;
}

interface Trade {
  readonly symbol: string;
  readonly price: string;
  readonly event_time: number;
  readonly origin: string;
  readonly action?: string;
}

/** Symbols and prices of what counts. */
const counting = async (house: House) => {
  const rows = await house.rows<{ what: string }>(
    `SELECT symbol || ' ' || price::INT AS what FROM silver.silver_clean_ticks
     WHERE NOT is_cancelled AND set_aside IS NULL ORDER BY symbol`,
  );
  return rows.map(({ what }) => what);
};

/** The path of a file, and the origin of its records. */
async function fileOf(folder: TempFolder, name: string) {
  const path = join(Deno.realPathSync(folder.path), name);
  return { path, origin: await originOf(path) };
}

Deno.test("a withdrawal falls back to nothing that was set aside, in whatever order it came", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  const [bad, good, other] = [
    await fileOf(folder, "bad.csv"),
    await fileOf(folder, "good.csv"),
    await fileOf(folder, "other.csv"),
  ];
  const now = Date.now() * 1000;
  const trade = (symbol: string, price: string, at: number, { origin }: { origin: string }) =>
    ({ symbol, price, event_time: now + at, origin }) as const;
  await send(
    house,
    trade("AFTER", "100", -MINUTE_US, good),
    trade("AFTER", "9999", AHEAD_US, bad),
    trade("BEFORE", "9999", AHEAD_US, bad),
    trade("BEFORE", "100", -MINUTE_US, good),
    trade("EARLIER", "90", -MINUTE_US, other),
    trade("EARLIER", "9999", AHEAD_US, bad),
    trade("EARLIER", "100", -MINUTE_US, good),
  );
  assertEquals(await counting(house), ["AFTER 100", "BEFORE 100", "EARLIER 100"]);

  const done = await house.withdraw({ file: good.path, apply: true });
  assertEquals([done.facts, done.shadowed, done.left, done.contested], [3, 0, 0, 0]);
  const told = done.symbols.map(({ symbol, restored, gone }) => `${symbol} ${restored} ${gone}`);
  assertEquals(told.sort(), ["AFTER 0 1", "BEFORE 0 1", "EARLIER 1 0"]);
  assertEquals(await counting(house), ["EARLIER 90"]);
  // Nothing ahead was said again: by then its time might have come.
  const said = await house.rows<{ n: number }>(
    "SELECT count(*) AS n FROM bronze.ticks WHERE price = 9999",
  );
  assertEquals(said, [{ n: 3 }]);
  assertEquals((await house.withdraw({ file: good.path })).facts, 0);
});

Deno.test("what was only ever set aside is taken back too, and another's stays", async () => {
  using folder = new TempFolder();
  await using house = await houseOf(folder);
  const bad = await fileOf(folder, "bad.csv");
  const good = await fileOf(folder, "good.csv");
  const now = Date.now() * 1000;
  await send(
    house,
    { symbol: "LONE", price: "9999", event_time: now + AHEAD_US, origin: bad.origin },
    { symbol: "BOTH", price: "100", event_time: now - MINUTE_US, origin: good.origin },
    { symbol: "BOTH", price: "9999", event_time: now + AHEAD_US, origin: bad.origin },
  );
  const done = await house.withdraw({ file: bad.path, apply: true });
  assertEquals([done.facts, done.shadowed, done.left], [1, 1, 0]);
  assertEquals(done.symbols.map(({ symbol, gone }) => [symbol, gone]), [["LONE", 1]]);
  const rows = await house.rows(
    "SELECT symbol, is_cancelled, set_aside FROM silver.silver_clean_ticks ORDER BY symbol",
  );
  assertEquals(rows, [
    { symbol: "BOTH", is_cancelled: false, set_aside: null },
    { symbol: "LONE", is_cancelled: true, set_aside: null },
  ]);
});

Deno.test("bars that a withdrawal brings back are adjusted for what they were when they were read", async () => {
  using folder = new TempFolder();
  const head = "Date,Open,High,Low,Close,Volume\n";
  const [old, later, wrong] = ["old.csv", "later.csv", "wrong.csv"].map((name) =>
    join(folder.path, name)
  ) as [string, string, string];
  Deno.writeTextFileSync(old, `${head}2022-08-24,890,892,885,891.29,10\n`);
  Deno.writeTextFileSync(later, `${head}2022-08-25,302,303,291,296.07,10\n`);
  Deno.writeTextFileSync(wrong, `${head}2022-08-24,220,223,219,222,10\n`);
  const read = { symbol: "TSLA", set: { adjustment: "splits" }, models: false } as const;
  {
    await using house = await houseOf(folder);
    await house.ingest({ file: old, ...read });
    await house.ingest({ file: later, ...read });
  }
  {
    // The first was read on its evening, the second a day after Tesla's 3 for 1.
    await using file = await DuckDbFile.open(join(folder.path, "home", "warehouse.duckdb"));
    await using session = await file.session();
    await session.query(
      "UPDATE bronze.bars SET _ingest_time = open_time + INTERVAL 22 HOUR",
    );
  }
  await using house = await houseOf(folder);
  const figures = () =>
    house.rows(
      `SELECT d.trading_day::VARCHAR AS day, d.split_close::DOUBLE AS split_close,
         round(d.log_return, 6) AS log_return, b.split_basis::VARCHAR AS basis,
         round(k.change_percent::DOUBLE, 2) AS change
       FROM gold.gold_daily_adjusted AS d JOIN gold.gold_candlestick_bars AS b USING (trading_day)
         JOIN gold.gold_kpi AS k ON d.symbol = k.symbol ORDER BY 1`,
    );
  await house.transform();
  const before = await figures();
  assertEquals(before.map((row) => row["split_close"]), [297.09666667, 296.07]);
  await house.ingest({ file: wrong, ...read, models: true });
  assertEquals((await figures())[0]?.["split_close"], 222);
  const done = await house.withdraw({ file: wrong, apply: true });
  assertEquals([done.facts, done.symbols[0]?.restored, done.left], [1, 1, 0]);
  assertEquals(await figures(), before);
  // Read again from the same file, it says what it said then.
  await house.withdraw({ file: old, apply: true, models: false });
  await house.ingest({ file: old, ...read, models: true });
  assertEquals(await figures(), before);
});
