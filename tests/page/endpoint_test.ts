import { assert, assertEquals } from "@std/assert";
import { loadCandles } from "../../pipeline/dashboard/candles.ts";
import { loadInstruments } from "../../pipeline/dashboard/instruments.ts";
import { PAGE_STATEMENTS, Queries } from "../../pipeline/dashboard/queries.ts";
import { connect } from "../../pipeline/read/connect.ts";
import { serveQueries } from "../../pipeline/read/endpoint.ts";
import { DuckDbFile } from "../../pipeline/duckdb/engine/file.ts";
import { createSchema } from "../../pipeline/duckdb/schema.ts";
import goldSql from "./gold.sql" with { type: "text" };

Deno.test("every question of the dashboard is answered through the read-only endpoint", async () => {
  const home = await Deno.makeTempDir();
  const db = await DuckDbFile.open(`${home}/warehouse.duckdb`);
  {
    await using session = await db.session();
    await createSchema(session);
    await session.run(`INSERT INTO bronze.ticks BY NAME
      SELECT 'ticks' AS _topic, 0 AS _partition, i AS _offset, time AS _ingest_time, 'A' AS symbol,
        100 + i AS price, 1 AS size, time AS event_time, 'simulator' AS source, i::VARCHAR AS trade_id
      FROM (SELECT i, TIMESTAMP '2026-01-02 12:00:00' + to_seconds(i) AS time FROM range(90) r(i))`);
    await session.run(goldSql.replaceAll("$BUILT", "2026-01-02 12:01:10"));
  }
  const stop = new AbortController();
  const open = () => db.session();
  const own = new Set(PAGE_STATEMENTS);
  const { finished } = await serveQueries({ open, home, folder: home, own, signal: stop.signal });
  {
    await using reader = await connect({ home });
    const queries = new Queries((sql, binds) => reader.query(sql, binds));
    const instruments = await loadInstruments(queries, await queries.tables());
    assertEquals(instruments.map((i) => [i.symbol, i.lastPrice, i.trades]), [["A", 189, 90]]);
    const key = { dataset: "ticks", source: "simulator", symbol: "A" };
    const { bars, seconds } = await loadCandles(queries, key, "1m");
    // The models end at 12:01:10, within a minute that therefore comes from the ticks.
    assertEquals([bars.length, seconds.length], [1, 30]);
    const [latest] = await queries.latest();
    assert(latest);
    const live = await queries.seconds(latest.ingestedMs - 5000, latest.eventMs - 6000, true);
    assertEquals(live.length, 6);
    assertEquals((await queries.activity(latest.ingestedMs - 2000)).map(([, n]) => n), [1, 1, 1]);
    assertEquals(await queries.arrived(), { ticks: 90 });
    assertEquals((await queries.fresh(latest.eventMs - 9500, undefined))[0]?.bar[6], 10);
    assert(await queries.oldest());
  }
  stop.abort();
  await finished;
  await db[Symbol.asyncDispose]();
  await Deno.remove(home, { recursive: true });
});
