import { assert, assertEquals } from "@std/assert";
import type { Cell, SqlSession } from "../sql/session.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { createSchema } from "../duckdb/schema.ts";
import { seeded } from "../../tests/parity/arrivals.ts";
import { BarHouse } from "./bar_fixture.ts";
import { ModelsCopy } from "./models_copy_fixture.ts";
import { Project, transform } from "./transform.ts";

const MODELS = await Project.load(new URL("../../models", import.meta.url).pathname);
const CALENDAR = ["silver_calendars", "silver_trading_days", "silver_listings"];

/** A warehouse with the reference tables, listings and trading days of a project. */
class Reference implements AsyncDisposable {
  readonly session: SqlSession;
  readonly #file: DuckDbFile;

  private constructor(file: DuckDbFile, session: SqlSession) {
    this.#file = file;
    this.session = session;
  }

  static async open(project: string | Project = MODELS): Promise<Reference> {
    const file = await DuckDbFile.open(":memory:");
    const session = await file.session();
    await createSchema(session);
    const made = new Reference(file, session);
    await made.build(project);
    return made;
  }

  /** The reference tables and what is made of them alone; or the models of `select`. */
  async build(project: string | Project = MODELS) {
    const { models } = typeof project === "string" ? await Project.load(project) : project;
    const select = models.filter((m) => m.seed || CALENDAR.includes(m.name) || m.kind === "view")
      .map((m) => m.name).filter((name) => !/^(bronze|gold)_/.test(name));
    return await transform({ project, session: this.session, select, checks: false });
  }

  /** All models, and their tests. */
  async transform(project: string | Project = MODELS) {
    return await transform({ project, session: this.session });
  }

  async rows(sql: string): Promise<readonly (readonly Cell[])[]> {
    return (await this.session.query(sql)).rows;
  }

  /** Bounds of an exchange's day, in UTC: day, open, close, end. */
  async day(exchange: string, day: string): Promise<readonly Cell[] | undefined> {
    return (await this.rows(`SELECT DISTINCT day_start, open_at, close_at, day_end
      FROM silver.silver_trading_days WHERE exchange = '${exchange}' AND trading_day = '${day}'`))[
      0
    ];
  }

  /** The trading day that holds a time. */
  async holding(exchange: string, time: string): Promise<readonly Cell[] | undefined> {
    const found = await this.rows(`SELECT trading_day, is_open FROM silver.silver_trading_days
      WHERE exchange = '${exchange}' AND utc_date = CAST('${time}' AS DATE)
        AND day_start <= '${time}' AND day_end > '${time}'`);
    assertEquals(found.length, 1, `${exchange} at ${time}`);
    return found[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
    await this.#file[Symbol.asyncDispose]();
  }
}

Deno.test("New York, London and Sydney change their clocks in other weeks, and their days follow", async () => {
  await using reference = await Reference.open();
  const day = (exchange: string, date: string) => reference.day(exchange, date);
  // From 2025-03-09: overnight trading from 20:00 belongs to the next day.
  assertEquals(await day("XNYS", "2025-03-07"), [
    ...["2025-03-07 01:00:00", "2025-03-07 14:30:00"],
    ...["2025-03-07 21:00:00", "2025-03-08 01:00:00"],
  ]);
  assertEquals(await day("XNYS", "2025-03-09"), [
    ...["2025-03-09 01:00:00", null],
    ...[null, "2025-03-10 00:00:00"],
  ]);
  assertEquals(await day("XNYS", "2025-03-10"), [
    ...["2025-03-10 00:00:00", "2025-03-10 13:30:00"],
    ...["2025-03-10 20:00:00", "2025-03-11 00:00:00"],
  ]);
  // Until 2025-11-02: the Sunday has 25 hours.
  assertEquals((await day("XNYS", "2025-10-31"))?.[1], "2025-10-31 13:30:00");
  assertEquals(await day("XNYS", "2025-11-02"), [
    ...["2025-11-02 00:00:00", null],
    ...[null, "2025-11-03 01:00:00"],
  ]);
  assertEquals((await day("XNYS", "2025-11-03"))?.[1], "2025-11-03 14:30:00");
  // London from 2025-03-30 to 2025-10-26.
  assertEquals(await day("XLON", "2025-03-28"), [
    ...["2025-03-28 00:00:00", "2025-03-28 08:00:00"],
    ...["2025-03-28 16:30:00", "2025-03-29 00:00:00"],
  ]);
  assertEquals(await day("XLON", "2025-03-31"), [
    ...["2025-03-30 23:00:00", "2025-03-31 07:00:00"],
    ...["2025-03-31 15:30:00", "2025-03-31 23:00:00"],
  ]);
  assertEquals((await day("XLON", "2025-10-24"))?.[2], "2025-10-24 15:30:00");
  assertEquals((await day("XLON", "2025-10-27"))?.[2], "2025-10-27 16:30:00");
});

Deno.test("a break is in the day, hours change with the date, a half day has neither break nor afternoon", async () => {
  using project = new ModelsCopy();
  project.append("ref_symbols", "asx,BHP,,,BHP.AX,BHP,Materials,130,XASX,AUD");
  project.append("ref_symbols", "hk,0700,,,0700.HK,Tencent,Communication,600,XHKG,HKD");
  await using reference = await Reference.open(project.path);
  const day = (exchange: string, date: string) => reference.day(exchange, date);
  // Sydney: summer until 2025-04-06, again from 2025-10-05.
  assertEquals(await day("XASX", "2025-04-04"), [
    ...["2025-04-03 13:00:00", "2025-04-03 23:00:00"],
    ...["2025-04-04 05:00:00", "2025-04-04 13:00:00"],
  ]);
  assertEquals((await day("XASX", "2025-04-07"))?.[1], "2025-04-07 00:00:00");
  assertEquals((await day("XASX", "2025-10-03"))?.[1], "2025-10-03 00:00:00");
  assertEquals((await day("XASX", "2025-10-07"))?.[1], "2025-10-06 23:00:00");
  const session = (exchange: string, date: string) =>
    reference.rows(
      `SELECT DISTINCT open_at, break_start_at, break_end_at, close_at, session_minutes,
        auction_until, closing_print_until
      FROM silver.silver_trading_days WHERE exchange = '${exchange}' AND trading_day = '${date}'`,
    );
  // Monday, 2024-11-04, is a holiday; from the 5th Tokyo closes half an hour later.
  assertEquals(await session("XTKS", "2024-11-01"), [[
    ...["2024-11-01 00:00:00", "2024-11-01 02:30:00", "2024-11-01 03:30:00", "2024-11-01 06:00:00"],
    ...[300, "2024-11-01 06:00:01", "2024-11-01 06:30:00"],
  ]]);
  assertEquals((await session("XTKS", "2024-11-04"))[0]?.[0], null);
  assertEquals(await session("XTKS", "2024-11-05"), [[
    ...["2024-11-05 00:00:00", "2024-11-05 02:30:00", "2024-11-05 03:30:00", "2024-11-05 06:30:00"],
    ...[330, "2024-11-05 06:30:01", "2024-11-05 07:00:00"],
  ]]);
  // Lunch was from 11:00 on until 2011-11-18.
  assertEquals((await session("XTKS", "2011-11-18"))[0]?.slice(1, 3), [
    ...["2011-11-18 02:00:00", "2011-11-18 03:30:00"],
  ]);
  assertEquals(await session("XHKG", "2024-12-24"), [[
    ...["2024-12-24 01:30:00", null, null, "2024-12-24 04:00:00"],
    ...[150, "2024-12-24 04:10:00", "2024-12-24 04:30:00"],
  ]]);
  assertEquals(await session("XNYS", "2025-11-28"), [[
    ...["2025-11-28 14:30:00", null, null, "2025-11-28 18:00:00"],
    ...[210, "2025-11-28 18:00:01", "2025-11-28 18:30:00"],
  ]]);
  assertEquals((await session("XNYS", "2001-09-12"))[0]?.[0], null);
  assertEquals((await session("XNYS", "1985-09-27"))[0]?.[0], "1985-09-27 14:00:00");
  assertEquals((await session("XNYS", "1985-09-30"))[0]?.[0], "1985-09-30 13:30:00");
});

Deno.test("foreign exchange opens on Sunday at 17:00 in New York, and Monday's day before is Friday", async () => {
  await using reference = await Reference.open();
  const holding = (time: string) => reference.holding("FX", time);
  assertEquals(await holding("2025-03-07 21:59:59.999999"), ["2025-03-07", true]);
  assertEquals(await holding("2025-03-07 22:00:00"), ["2025-03-08", false]);
  assertEquals(await holding("2025-03-09 20:59:59.999999"), ["2025-03-09", false]);
  // The clocks changed that Sunday: 17:00 in New York is 21:00 now.
  assertEquals(await holding("2025-03-09 21:00:00"), ["2025-03-10", true]);
  assertEquals(await reference.day("FX", "2025-03-10"), [
    ...["2025-03-09 21:00:00", "2025-03-09 21:00:00"],
    ...["2025-03-10 21:00:00", "2025-03-10 21:00:00"],
  ]);
  assertEquals(
    await reference.rows(`SELECT max(trading_day) FROM silver.silver_trading_days
      WHERE exchange = 'FX' AND is_open AND trading_day < '2025-03-10'`),
    [["2025-03-07"]],
  );
});

Deno.test("CME's day begins at 17:00 in Chicago and pauses from 16:00 on", async () => {
  await using reference = await Reference.open();
  assertEquals(await reference.day("CMES", "2025-01-14"), [
    ...["2025-01-13 23:00:00", "2025-01-13 23:00:00"],
    ...["2025-01-14 22:00:00", "2025-01-14 23:00:00"],
  ]);
  assertEquals(await reference.day("CMES", "2025-07-15"), [
    ...["2025-07-14 22:00:00", "2025-07-14 22:00:00"],
    ...["2025-07-15 21:00:00", "2025-07-15 22:00:00"],
  ]);
  // Martin Luther King Day ends at noon.
  assertEquals((await reference.day("CMES", "2025-01-20"))?.[2], "2025-01-20 18:00:00");
  assertEquals(await reference.holding("CMES", "2025-01-17 23:00:00"), ["2025-01-18", false]);
});

Deno.test("a Saturday on which an exchange trades is a day as others", async () => {
  await using house = await BarHouse.open();
  const trade = (at: string, price: string) => ["INFY", at, price, "nse-history"] as const;
  await house.trade(
    trade("2025-01-31 09:59:00", "100"),
    trade("2025-02-01 09:59:00", "110"),
    trade("2025-02-03 09:59:00", "111"),
  );
  assertEquals(
    await house.rows(`SELECT trading_day, session FROM gold.gold_candlestick_1d ORDER BY 1`),
    [["2025-01-31", "regular"], ["2025-02-01", "regular"], ["2025-02-03", "regular"]],
  );
  assertEquals(await house.rows("SELECT previous_close::DOUBLE FROM gold.gold_kpi"), [[110]]);
});

Deno.test("India's day begins within an hour of UTC", async () => {
  await using reference = await Reference.open();
  assertEquals(await reference.day("XNSE", "2025-01-14"), [
    ...["2025-01-13 18:30:00", "2025-01-14 03:45:00"],
    ...["2025-01-14 10:00:00", "2025-01-14 18:30:00"],
  ]);
  assertEquals(await reference.holding("XNSE", "2025-01-13 18:29:59.999999"), ["2025-01-13", true]);
  assertEquals(await reference.holding("XNSE", "2025-01-13 18:30:00"), ["2025-01-14", true]);
});

Deno.test("every minute of random dates lies in exactly one row of each exchange", async () => {
  using project = new ModelsCopy();
  for (const exchange of ["XPAR", "XAMS", "XSWX", "XHKG", "XSHG", "XTSE", "XASX", "XKRX"]) {
    project.append("ref_symbols", `all,${exchange},,,${exchange},Some,Other,,${exchange},EUR`);
  }
  await using reference = await Reference.open(project.path);
  const random = seeded(14);
  const dates = Array.from({ length: 40 }, () => {
    const day = Math.floor(random() * 25_560);
    return new Date(Date.UTC(1980, 0, 3 + day)).toISOString().slice(0, 10);
  });
  // Where the clocks change somewhere.
  dates.push("2025-03-08", "2025-03-09", "2025-03-10", "2025-03-30", "2025-10-26", "2025-11-02");
  dates.push("2024-11-05", "2011-11-21", "1985-09-30", "2025-04-06", "2025-10-05");
  assertEquals(
    await reference.rows(`
      WITH minutes AS (
        SELECT CAST(d AS TIMESTAMP) + to_minutes(m) + to_microseconds(59999999) AS moment
        FROM unnest(['${[...new Set(dates)].join("', '")}']) AS d (d), range(1440) AS m (m)
      ),
      exchanges AS (SELECT DISTINCT exchange FROM silver.silver_trading_days)
      SELECT e.exchange, m.moment, count(t.exchange)
      FROM minutes AS m CROSS JOIN exchanges AS e
      LEFT JOIN silver.silver_trading_days AS t
        ON t.exchange = e.exchange AND t.utc_date = CAST(m.moment AS DATE)
        AND t.day_start <= m.moment AND m.moment < t.day_end
      GROUP BY ALL HAVING count(t.exchange) <> 1 LIMIT 10`),
    [],
  );
});

const LISTED = `SELECT instrument, exchange, currency, actions FROM silver.silver_listings`;

Deno.test("a symbol is what its source calls so, when it does", async () => {
  await using reference = await Reference.open();
  const listed = (source: string, symbol: string, day = "2025-01-02") =>
    reference.rows(`${LISTED} WHERE source = '${source}' AND symbol = '${symbol}'
      AND valid_from <= '${day}' AND '${day}' < valid_to`);
  assertEquals(await listed("finnhub", "V"), [["V", "XNYS", "USD", "yes"]]);
  assertEquals(await listed("binance-trades", "V"), [], "not Visa");
  assertEquals(await listed("binance-trades", "BTCUSDT"), [["BTCUSDT", "ALWAYS", "USDT", "no"]]);
  assertEquals(await listed("my-feed", "V"), [], "a source that nobody listed");
  assertEquals(await listed("simulator", "AAPL"), [["AAPL", "ALWAYS", "USD", "no"]]);
  assertEquals(await listed("yahoo", "VOD.L"), [["VOD.L", "XLON", "GBp", "yes"]]);
  assertEquals(await listed("london", "VOD"), [["VOD.L", "XLON", "GBp", "yes"]], "its own name");
  assertEquals(await listed("dukascopy", "USDJPY"), [["USDJPY", "FX", "JPY", "no"]]);
  assertEquals(await listed("csv", "FB", "2022-06-08"), [["META", "XNAS", "USD", "yes"]]);
  assertEquals(await listed("csv", "FB", "2022-06-09"), []);
  // Polygon's META of then was a fund; most others file Meta's past under its newest name.
  const meta = (source: string, day: string) => listed(source, "META", day);
  assertEquals(await meta("polygon-trades", "2021-12-01"), [["METV", "ARCX", "USD", "yes"]]);
  assertEquals(await meta("polygon-trades", "2022-02-01"), [], "nothing was called so");
  assertEquals(await meta("polygon-trades", "2022-06-09"), [["META", "XNAS", "USD", "yes"]]);
  assertEquals(await meta("yahoo", "2021-12-01"), [["META", "XNAS", "USD", "yes"]]);
  assertEquals(await listed("polygon", "GOOG", "2014-04-02"), [["GOOGL", "XNAS", "USD", "yes"]]);
  assertEquals(await listed("finnhub", "SQ", "2025-01-21"), []);
  assertEquals(await listed("finnhub", "XYZ", "2025-01-21"), [["XYZ", "XNYS", "USD", "yes"]]);
  assertEquals(await listed("csv", "WMT", "2025-12-08"), [["WMT", "XNYS", "USD", "yes"]]);
  assertEquals(await listed("csv", "WMT", "2025-12-09"), [["WMT", "XNAS", "USD", "yes"]]);
});

Deno.test("a row that a user adds takes effect in the next transform, and builds its exchange alone", async () => {
  using project = new ModelsCopy();
  await using reference = await Reference.open(project.path);
  const listed = () => reference.rows(`${LISTED} WHERE source = 'my-feed'`);
  assertEquals(await listed(), []);
  project.append("ref_symbols", "my-feed,X1,,,X1,One,Other,,XPAR,EUR");
  project.append("ref_sources", "other-feed,us my-feed,,yes,");
  const actions = async () => {
    const { models } = await reference.build(project.path);
    const of = (name: string) => models.find((m) => m.name === name);
    const days = of("silver_trading_days");
    return [of("ref_symbols")?.action, of("ref_holidays")?.action, days?.action, days?.rows];
  };
  const [symbols, holidays, how, rows] = await actions();
  assertEquals([symbols, holidays, how], ["built", "unchanged", "updated"]);
  assert(Number(rows) > 25_568 && Number(rows) < 55_000, `${rows} rows of XPAR alone`);
  assertEquals(await listed(), [], "its symbology is that of a listed source now");
  assertEquals(
    await reference.rows(`${LISTED} WHERE source = 'other-feed' AND symbol = 'X1'`),
    [["X1", "XPAR", "EUR", "yes"]],
  );
  assertEquals(await actions(), ["unchanged", "unchanged", "updated", 0]);
  // A holiday more: of the exchanges of its calendar, everything is what a full refresh gives.
  project.append("ref_holidays", "FR,2026-02-03,Test,holiday,,,,,test");
  assertEquals((await actions()).slice(0, 3), ["unchanged", "built", "updated"]);
  assertEquals((await reference.day("XPAR", "2026-02-03"))?.[1], null);
  // Open late after all: each bound of a day counts.
  project.replace(
    "ref_holidays",
    "FR,2026-02-03,Test,holiday,,,,,test",
    "FR,2026-02-03,Test,hours,660,1050,,,test",
  );
  assertEquals((await actions()).slice(0, 3), ["unchanged", "built", "updated"]);
  assertEquals((await reference.day("XPAR", "2026-02-03"))?.[1], "2026-02-03 10:00:00");
  project.replace("ref_holidays", "hours,660,1050,,,test", "hours,660,1050,720,780,test");
  assertEquals((await actions()).slice(0, 3), ["unchanged", "built", "updated"]);
  await assertAsBuiltAtOnce(reference, project);
});

Deno.test("each bound of a day of a calendar that changes alone builds its exchange again", async () => {
  using project = new ModelsCopy();
  await using reference = await Reference.open(project.path);
  let line = "";
  const bounds = async (hours: string) => {
    const by = `GB,2026-02-03,Test,hours,${hours},test`;
    if (line === "") project.append("ref_holidays", by);
    else project.replace("ref_holidays", line, by);
    line = by;
    await reference.build(project.path);
    const [row] = await reference.rows(`SELECT open_at, break_start_at, break_end_at, close_at
      FROM silver.silver_trading_days WHERE exchange = 'XLON' AND trading_day = '2026-02-03'`);
    return row?.map((time) => String(time).slice(11, 16));
  };
  assertEquals(await bounds(",990,,"), ["08:00", "", "", "16:30"]);
  assertEquals(await bounds("540,990,,"), ["09:00", "", "", "16:30"]);
  assertEquals(await bounds("540,960,,"), ["09:00", "", "", "16:00"]);
  assertEquals(await bounds("540,960,720,780"), ["09:00", "12:00", "13:00", "16:00"]);
  assertEquals(await bounds("540,960,730,780"), ["09:00", "12:10", "13:00", "16:00"]);
  assertEquals(await bounds("540,960,730,790"), ["09:00", "12:10", "13:10", "16:00"]);
  assertEquals(await bounds("540,960,730,730"), ["09:00", "", "", "16:00"]);
});

Deno.test("hours that begin elsewhere leave no row of the old ones behind", async () => {
  using project = new ModelsCopy();
  await using reference = await Reference.open(project.path);
  const path = `${project.path}/seeds/ref_exchanges.csv`;
  const text = Deno.readTextFileSync(path);
  Deno.writeTextFileSync(path, text.replace("Europe/London,0,480", "Asia/Tokyo,-300,480"));
  assert(text !== Deno.readTextFileSync(path));
  await reference.build(project.path);
  await assertAsBuiltAtOnce(reference, project);
});

Deno.test("an exchange that no symbol names any more has no days", async () => {
  using project = new ModelsCopy();
  await using reference = await Reference.open(project.path);
  const row = "my-feed,X1,,,X1,One,Other,,XPAR,EUR";
  project.append("ref_symbols", row);
  await reference.build(project.path);
  project.replace("ref_symbols", row, row.replace("XPAR", "ALWAYS"));
  await reference.build(project.path);
  await assertAsBuiltAtOnce(reference, project);
});

async function assertAsBuiltAtOnce(grown: Reference, project: ModelsCopy): Promise<void> {
  await using whole = await Reference.open(project.path);
  const digest = (reference: Reference) =>
    reference.rows(`SELECT exchange, count(*), min(day_start), sum(hash(t))
      FROM silver.silver_trading_days AS t GROUP BY exchange ORDER BY exchange`);
  assertEquals(await digest(grown), await digest(whole));
}

Deno.test("a symbol of an exchange that nobody knows keeps its candles by UTC days, and warns", async () => {
  using project = new ModelsCopy();
  project.append("ref_symbols", "my-feed,X1,,,X1,One,Other,,XWAR,PLN");
  await using reference = await Reference.open(project.path);
  await reference.session.run(
    `INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, symbol,
      price, size, event_time, source, trade_id)
    VALUES ('ticks', 0, 0, now()::TIMESTAMP, 'X1', 5, 10, '2025-01-03 23:59:59', 'my-feed', '1')`,
  );
  const { failed, warned } = await reference.transform(project.path);
  assertEquals(failed, []);
  assertEquals(warned.map(({ name, faults }) => [name, faults]), [["exchanges_are_known", 1]]);
  assertEquals(
    await reference.rows(`SELECT exchange, trading_day, trades
    FROM gold.gold_candlestick_1d WHERE session = 'regular'`),
    [["ALWAYS", "2025-01-03", 1]],
  );
});

Deno.test("a symbol is listed from the first moment of its exchange's day, not of UTC's", async () => {
  await using house = await BarHouse.open();
  const trade = (symbol: string, at: string) => [symbol, at, "5", "my-feed"] as const;
  const days = () =>
    house.rows(`SELECT symbol, exchange, trading_day, session, open_time
      FROM gold.gold_candlestick_1d ORDER BY symbol, open_time`);
  await house.trade(
    trade("X1", "2025-03-09 23:00:05"), // 10:00 in Sydney, on Monday.
    trade("X1", "2025-03-07 00:00:00"), // 11:00 there, on Friday.
    trade("EUR", "2025-03-09 21:00:00"), // 17:00 in New York, on Sunday.
    trade("EUR", "2025-03-11 20:59:59"),
    trade("EUR", "2025-03-11 21:00:00"),
    trade("Y1", "2025-01-10 00:59:59"), // 19:59 in New York, still on the 9th, a day of mourning.
    trade("Y1", "2025-01-10 01:00:00"),
  );
  const euro = "my-feed,EUR,2025-03-10,2025-03-12,EUR,Euro,Currencies,,FX,USD";
  await house.useSeeds({
    ref_symbols: [
      "my-feed,X1,2025-03-10,,X1,One,Other,,XASX,AUD",
      "my-feed,Y1,,,Y1,One,Other,,XNYS,USD",
      euro,
    ],
  });
  await house.build();
  assertEquals(await days(), [
    ["EUR", "FX", "2025-03-10", "regular", "2025-03-09 21:00:00"],
    ["EUR", "FX", "2025-03-11", "regular", "2025-03-10 21:00:00"],
    ["EUR", "FX", "2025-03-12", "regular", "2025-03-11 21:00:00"],
    ["X1", "XASX", "2025-03-07", "regular", "2025-03-06 23:00:00"],
    ["X1", "XASX", "2025-03-10", "regular", "2025-03-09 23:00:00"],
    ["Y1", "XNYS", "2025-01-09", "closed", "2025-01-09 01:00:00"],
    ["Y1", "XNYS", "2025-01-10", "pre", "2025-01-10 01:00:00"],
  ]);
  // From Sydney to New York: its days go on until the other's begin.
  await house.useSeeds({
    ref_symbols: [
      "my-feed,X1,,2025-03-10,X1,One,Other,,XASX,AUD",
      "my-feed,X1,2025-03-10,,X1,One,Other,,XNYS,USD",
      "my-feed,Y1,,2025-01-10,Y1,One,Other,,XNYS,USD",
      "my-feed,Y1,2025-01-10,,Y1,One,Other,,XNAS,USD",
      euro,
    ],
  });
  await house.trade(trade("X1", "2025-03-10 00:00:00"));
  assertEquals((await days()).slice(3), [
    ["X1", "XASX", "2025-03-07", "regular", "2025-03-06 23:00:00"],
    ["X1", "XASX", "2025-03-10", "regular", "2025-03-09 23:00:00"],
    ["X1", "XNYS", "2025-03-10", "pre", "2025-03-10 00:00:00"],
    ["Y1", "XNYS", "2025-01-09", "closed", "2025-01-09 01:00:00"],
    ["Y1", "XNAS", "2025-01-10", "pre", "2025-01-10 01:00:00"],
  ]);
});

Deno.test("trades in a year whose holidays nobody has published, and a calendar without years, warn", async () => {
  using project = new ModelsCopy();
  project.append("ref_holidays", "MINE,2025-01-02,Test,holiday,,,,,test");
  project.append("ref_exchanges", "XMIN,,,Mine,UTC,0,540,960,,,5,MINE,0,0,250,test");
  await using reference = await Reference.open(project.path);
  await reference.session.run(
    `INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, symbol,
      price, size, event_time, source, trade_id)
    SELECT 'ticks', 0, n, '2028-03-01'::TIMESTAMP, symbol, 5, 10, traded::TIMESTAMP, source, n
    FROM (VALUES (0, 'AAPL', 'csv', '1999-12-31 16:00:00'), (1, 'AAPL', 'csv', '2000-01-03 16:00:00'),
      (2, 'AAPL', 'csv', '2027-12-31 16:00:00'), (3, 'AAPL', 'csv', '2028-01-03 16:00:00'),
      (4, 'EURUSD', 'dukascopy', '2028-01-03 16:00:00')) AS t (n, symbol, source, traded)`,
  );
  const { failed, warned } = await reference.transform(project.path);
  assertEquals(failed, []);
  assertEquals(warned.map(({ name, faults }) => [name, faults]), [["calendars_are_known", 2]]);
  project.append("ref_calendars", "MINE,2000-01-01,2027-12-31,test");
  project.replace(
    "ref_calendars",
    "US,2000-01-01,2027-12-31,exchange-calendars 4.13.2 XNYS",
    "US,1999-01-01,2028-12-31,test",
  );
  assertEquals((await reference.transform(project.path)).warned, []);
});

Deno.test("symbols that overlap, and hours that do, are faults", async () => {
  using project = new ModelsCopy();
  project.append("ref_symbols", "us,WMT,2020-01-01,,WMT,Walmart,Consumer,820,XNYS,USD");
  project.append(
    "ref_exchanges",
    "XLON,2020-01-01,,London,Europe/London,0,480,990,,,5,GB,600,30,253,test",
  );
  await using reference = await Reference.open(project.path);
  const { failed } = await reference.transform(project.path);
  assert(failed.some(({ name }) => name === "listings_do_not_overlap"), JSON.stringify(failed));
});

Deno.test("a sale condition that nobody has described forbids nothing, and is named", async () => {
  await using reference = await Reference.open();
  await reference.session.run(
    `INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, symbol,
      price, size, event_time, source, trade_id, conditions)
    SELECT 'ticks', 0, n, now()::TIMESTAMP, 'AAPL', 5, 10, '2025-01-03 15:00:00', source, n, codes
    FROM (VALUES (0, 'csv', '@ ? 6'), (1, 'csv', '?'), (2, 'finnhub', '40 99'), (3, 'my-feed', '@'),
      (4, 'csv', NULL)) AS t (n, source, codes)`,
  );
  const { failed, warned } = await reference.transform();
  assertEquals(failed, []);
  assertEquals(warned.map(({ name, faults }) => [name, faults]), [["conditions_are_known", 4]]);
});

Deno.test("numbers of Polygon's sale conditions are not the letters of the tapes", async () => {
  await using reference = await Reference.open();
  // A closing cross, odd lots, a trade of average price, and one that sweeps.
  await reference.session.run(
    `INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, symbol,
      price, size, event_time, source, trade_id, conditions)
    SELECT 'ticks', 0, n, now()::TIMESTAMP, 'AAPL', price, size, traded::TIMESTAMP, 'polygon-trades', n,
      codes
    FROM (VALUES (0, '2025-01-03 15:00:00', 10, 100, '0'), (1, '2025-01-03 15:00:01', 99, 1, '14 37'),
      (2, '2025-01-03 15:00:02', 98, 500, '2'), (3, '2025-01-03 15:00:03', 11, 100, '14 41'),
      (4, '2025-01-03 21:00:00.2', 12, 200000, '8 9'), (5, '2025-01-03 21:00:01', 50, 100, '12'))
      AS t (n, traded, price, size, codes)`,
  );
  const { failed, warned } = await reference.transform();
  assertEquals([failed, warned], [[], []]);
  assertEquals(
    await reference.rows(`SELECT open::DOUBLE, high::DOUBLE, low::DOUBLE,
      close::DOUBLE, volume::DOUBLE
    FROM gold.gold_candlestick_1d WHERE session = 'regular'`),
    [[10, 12, 10, 12, 200701]],
  );
});
