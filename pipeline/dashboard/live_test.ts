import { assertEquals } from "@std/assert";
import { createSchema } from "../duckdb/schema.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import type { SqlSession } from "../sql/session.ts";
import { Queries } from "./queries.ts";

/** A trade's id, time, price, and what is special. */
type Record = readonly [
  id: string,
  at: string,
  price: number,
  special?: { readonly action?: string; readonly sequence?: number; readonly partition?: number },
];

/** Records that arrived at noon in this order. */
async function arrived(session: SqlSession, records: readonly Record[]): Promise<Queries> {
  await createSchema(session);
  for (const [offset, [id, at, price, special = {}]] of records.entries()) {
    const { action = null, sequence = null, partition = 0 } = special;
    await session.query(
      `INSERT INTO bronze.ticks BY NAME SELECT 'ticks' AS _topic, ?::INTEGER AS _partition,
         ?::BIGINT AS _offset,
         TIMESTAMP '2026-03-02 12:00:00' + to_microseconds(?::BIGINT) AS _ingest_time,
         'AAPL' AS symbol, ?::DECIMAL(18, 8) AS price, 10 AS size, ?::TIMESTAMP AS event_time,
         'finnhub' AS source, ? AS trade_id, ? AS action, ?::BIGINT AS sequence`,
      [partition, offset, offset, price, at, id, action, sequence],
    );
  }
  return new Queries((sql, binds) => session.query(sql, binds));
}

const AAPL = { source: "finnhub", symbol: "AAPL" };
const NOON = Date.UTC(2026, 2, 2, 12);

/** Open, high, low, close and trades of each second, by each of the statements. */
async function shown(queries: Queries): Promise<unknown[]> {
  const of = (bar: readonly unknown[]) => [...bar.slice(1, 5), bar[6]];
  return [
    (await queries.seconds(NOON - 60_000, NOON - 60_000, false)).map(({ bar }) => of(bar)),
    (await queries.symbolSeconds(AAPL, NOON - 60_000, false)).map(of),
    (await queries.fresh(NOON - 60_000, undefined)).map(({ bar }) => of(bar)),
  ];
}

Deno.test("the live seconds follow the order of truth: an older version that comes again undoes nothing", async () => {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  const queries = await arrived(session, [
    ["a", "2026-03-02 11:59:59", 100],
    ["a", "2026-03-02 11:59:59", 101, { action: "correct" }],
    ["a", "2026-03-02 11:59:59", 100],
    ["b", "2026-03-02 11:59:59", 103, { sequence: 2 }],
    ["b", "2026-03-02 11:59:59", 190, { sequence: 1, partition: 1 }],
    ["c", "2026-03-02 11:59:59", 500],
    ["c", "2026-03-02 11:59:59", 500, { action: "cancel" }],
    ["c", "2026-03-02 11:59:59", 500, { partition: 1 }],
  ]);
  const second = [[101, 103, 101, 103, 2]];
  assertEquals(await shown(queries), [second, second, second]);
});

Deno.test("a tick dated far ahead hides no live second, and is none", async () => {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  const queries = await arrived(session, [
    ["a", "2026-03-02 11:59:59", 100],
    ["x", "2099-03-02 11:59:59", 7],
  ]);
  const second = [[100, 100, 100, 100, 1]];
  assertEquals(await shown(queries), [second, second, second]);
  assertEquals((await queries.latest()).map(({ eventMs }) => eventMs), [NOON - 1000]);
});
