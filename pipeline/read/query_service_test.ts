import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { VirtualClock } from "../clock.ts";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import type { Bind, SqlSession } from "../sql/session.ts";
import { Allowance } from "./allowance.ts";
import { takeSnapshot } from "./snapshot.ts";
import { QueryService, type QueryServiceOptions } from "./query_service.ts";

const NEVER = new AbortController().signal;

/** Answers over a database in which every kind of thing is that readers may meet. */
async function serve(options: Partial<QueryServiceOptions> = {}) {
  const folder = new TempFolder();
  const db = await DuckDbFile.open(`${folder.path}/warehouse.duckdb`, {
    memoryLimit: "160MiB",
    lockedTo: [],
  });
  const session = await db.session();
  await session.run(`
    CREATE SCHEMA gold;
    CREATE TYPE mood AS ENUM ('up', 'down');
    CREATE TABLE t AS SELECT i, i % 5 AS symbol, (i / 3)::DECIMAL(28,8) AS price,
      2::HUGEINT ** 100 + i AS huge, TIMESTAMP '2026-01-01' + to_seconds(i) AS moment,
      CASE WHEN i % 2 = 0 THEN 'up' ELSE 'down' END::mood AS mood, [i, i + 1] AS list,
      {'a': i, 'b': 'x'} AS struct, INTERVAL (i) DAYS AS span, NULL::INT AS nothing
      FROM range(300000) r(i);
    DELETE FROM t WHERE i % 1000 = 7;
    CREATE TABLE gold.named AS SELECT * FROM (VALUES (0, 'A'), (1, 'B')) v(symbol, name);
    CREATE TABLE many AS SELECT range AS i FROM range(600000);
    CREATE VIEW halves AS SELECT i // 2 AS half, count(*) AS n FROM many GROUP BY half;
    CREATE MACRO twice(x) AS 2 * x;
    CREATE VIEW gold.joined AS SELECT n.name, twice(t.i) AS double, t.price FROM t JOIN gold.named n
      USING (symbol);
    CREATE VIEW gold.both AS SELECT * FROM (SELECT 'all' AS kind, i FROM t UNION ALL
      SELECT 'up' AS kind, i FROM t WHERE mood = 'up') AS c;
    CREATE VIEW gold."over AS it" (label, double) AS SELECT name, double FROM gold.joined`);
  const service = new QueryService({
    open: () => db.session(),
    folder: folder.path,
    // Nothing streams here.
    allowance: new Allowance({ share: () => 1_000 }),
    ...options,
  });
  const ask = async (sql: string, binds: readonly Bind[] = [], signal: AbortSignal = NEVER) => {
    await using answered = await service.ask({ sql, binds, kind: "json", signal });
    return JSON.parse(answered.text ?? await Deno.readTextFile(answered.path ?? ""));
  };
  return {
    service,
    session,
    folder: folder.path,
    ask,
    code: (sql: string, signal?: AbortSignal) =>
      assertRejects(() => ask(sql, [], signal), TickhouseError).then(({ code }) => code),
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Of these each runs in a process of its own. */
const APART = [
  "SELECT count(*), count(DISTINCT i), string_agg(i::VARCHAR, ',' ORDER BY i DESC) FROM t WHERE i < 50",
  "SELECT list(i ORDER BY i) FROM t WHERE i < 10",
  "SELECT * FROM t ORDER BY i LIMIT 20 OFFSET 100000",
  "SELECT DISTINCT mood, typeof(mood), typeof(huge), max(huge) FROM t GROUP BY ALL ORDER BY 1",
  "SELECT t, t.struct.a FROM t WHERE i < 5 ORDER BY i",
  "SELECT COLUMNS('^[ip]') FROM t WHERE i IN (SELECT i FROM t WHERE i > 299990) ORDER BY ALL",
  "SELECT row_number() OVER (PARTITION BY symbol ORDER BY i) AS n, i FROM t ORDER BY i LIMIT 9",
  "SELECT * FROM t a JOIN gold.named b USING (symbol) ORDER BY i LIMIT 3",
  "SELECT name, sum(double), sum(price) FROM gold.joined GROUP BY ALL ORDER BY 1",
  'SELECT label, count(*), sum(double) FROM gold."over AS it" GROUP BY ALL ORDER BY 1',
  "SELECT twice(max(i)) FROM warehouse.main.t",
  "WITH t AS (SELECT 1 AS i) SELECT i FROM t UNION ALL SELECT count(*) FROM main.t ORDER BY 1",
  "SELECT sum(i) FROM range(1000) r(i)",
  "SELECT repeat('ab', 3), ?::INT",
  "SELECT median(price), count(*) FROM t x WHERE x.i > 299000 AND symbol IN (0, 1) AND mood = 'up'",
  "SELECT count(DISTINCT i), max(i) FROM t WHERE moment > now() - INTERVAL 400 DAY AND list[1] > 299990",
  "SELECT (SELECT count(*) FROM t WHERE i < 10 AND n = 1) AS c FROM range(3) r(n) ORDER BY n",
  "SUMMARIZE SELECT i FROM t WHERE i < 4",
  "SELECT 1 UNION SELECT 2 ORDER BY 1",
  // A copy has other columns in other places.
  "SELECT list(mood ORDER BY #1 DESC)[1], max(mood)::VARCHAR FROM t",
  "SELECT DISTINCT #2 FROM gold.named ORDER BY 1",
  "SELECT count(*), string_agg(name, '') FROM gold.named WHERE #1 = 1",
  "SELECT list(name ORDER BY name)[1] FROM gold.named x(name)",
  "SELECT list(name)[1], count(*)::VARCHAR || '' FROM gold.named x(name) WHERE name = 1",
  "SELECT DISTINCT name FROM gold.named x(id, name) ORDER BY 1",
  // As many values as they are asked for, of each group.
  "SELECT max(i, 3), min(i, 2), max_by(i, price, 2), arg_min(i, price, 2) FROM t",
  // There may be as many groups as rows.
  "SELECT i // 2 AS half, count(*) FROM many GROUP BY half ORDER BY half LIMIT 3",
  "SELECT i, count(*) FROM many GROUP BY ALL ORDER BY i LIMIT 3",
  "SELECT half FROM halves ORDER BY half LIMIT 3",
  "PIVOT t ON symbol IN (0, 1) USING count(*) GROUP BY mood ORDER BY mood",
];
const INSIDE = [
  "SELECT count(*), avg(price), max(huge) FROM t",
  "SELECT symbol, sum(price) FROM t GROUP BY symbol ORDER BY symbol LIMIT 10",
  "SELECT i, moment FROM t WHERE moment > TIMESTAMP '2026-01-02' ORDER BY i LIMIT 3",
  "SELECT table_name FROM duckdb_tables() WHERE NOT internal",
  "SHOW TABLES",
  "DESCRIBE t",
  "SELECT kind, i FROM gold.both WHERE i < 3 ORDER BY i LIMIT 10",
  "EXPLAIN SELECT count(*) FROM t",
  "SELECT column_name FROM information_schema.columns WHERE table_name = 't'",
];

describe("QueryService", () => {
  it("gives apart what the engine that writes would give", async () => {
    await using house = await serve();
    for (const sql of APART) {
      const binds = sql.includes("?") ? [7] : [];
      await using answered = await house.service.ask({ sql, binds, kind: "json", signal: NEVER });
      assert(answered.path, `${sql} ran beside the writer`);
      const found = JSON.parse(await Deno.readTextFile(answered.path));
      const { columns, rows } = await house.session.query(sql, binds);
      assertEquals(found, JSON.parse(JSON.stringify({ columns, rows })), sql);
    }
    const left = [...Deno.readDirSync(house.folder)].map(({ name }) => name);
    assertEquals(left.filter((name) => name.startsWith("reading-")), []);
  });

  it("asks the engine that writes for what costs little", async () => {
    await using house = await serve();
    for (const sql of INSIDE) {
      await using answered = await house.service.ask({
        sql,
        binds: [],
        kind: "json",
        signal: NEVER,
      });
      assert(answered.text, `${sql} ran apart`);
    }
  });

  it("gives apart what long values make of many rows", async () => {
    await using house = await serve();
    const sql = "SELECT max(CASE WHEN i > 0 THEN upper(?::VARCHAR) END) AS s FROM t";
    const ask = { sql, kind: "json" as const, signal: NEVER };
    await using short = await house.service.ask({ ...ask, binds: ["a"] });
    assert(short.text);
    await using long = await house.service.ask({ ...ask, binds: ["a".repeat(5_000)] });
    assert(long.path);
  });

  it("gives apart what runs out of memory beside the writer", async () => {
    using folder = new TempFolder();
    await using db = await DuckDbFile.open(`${folder.path}/w.duckdb`, { memoryLimit: "24MiB" });
    await using session = await db.session();
    await session.run("CREATE TABLE t AS SELECT range AS i FROM range(400000)");
    const sql = "SELECT md5(i::VARCHAR) AS k, md5((i + 1)::VARCHAR) AS l, max(i) AS i FROM t " +
      "GROUP BY k, l ORDER BY i LIMIT 1";
    const error = await assertRejects(() => session.query(sql), TickhouseError);
    assertEquals(error.code, "OUT_OF_MEMORY");
    const allowance = new Allowance({ share: () => 1_000 });
    const open = () => db.session();
    await using service = new QueryService({ open, folder: folder.path, allowance });
    await using answered = await service.ask({ sql, binds: [], kind: "json", signal: NEVER });
    const { rows } = JSON.parse(await Deno.readTextFile(answered.path ?? ""));
    assertEquals(rows[0][2], 0);
  });

  it("moves apart what turned out to give much", async () => {
    await using house = await serve();
    const { rows } = await house.ask("SELECT i, price FROM t WHERE i < 50000");
    assertEquals(rows.length, 49_950);
  });

  it("outlives statements that end the process, and says so", async () => {
    await using house = await serve();
    const codes = [];
    for (
      const sql of [
        "SELECT sum(length(repeat('x', 1000000000 + i))) FROM range(20) r(i)",
        "SELECT string_agg(i::VARCHAR) FROM range(300000000) r(i)",
        "SELECT range(100000) FROM range(3000)",
      ]
    ) codes.push(await house.code(sql));
    assertEquals(codes, ["QUERY_MEMORY", "QUERY_MEMORY", "QUERY_MEMORY"]);
    assertEquals((await house.ask("SELECT 1 UNION ALL SELECT 2")).rows, [[1], [2]]);
  });

  it("breaks off what takes too long, or whose asker has gone", async () => {
    await using house = await serve({ timeoutMs: 3_000 });
    const endless = "SELECT count(*) FROM t a, t b, t c WHERE a.i + b.i + c.i < 0";
    assertEquals(await house.code(endless), "QUERY_TIMEOUT");
    const gone = new AbortController();
    const asking = assertRejects(() => house.ask(endless, [], gone.signal), Error, "no longer");
    gone.abort(new Error("no longer wanted"));
    await asking;
    assertEquals((await house.ask("SELECT 1 UNION ALL SELECT 2")).rows, [[1], [2]]);
  });

  it("turns away more questions than it may have", async () => {
    await using house = await serve({ questionsMax: 2 });
    const asked = [1, 2, 3].map(() =>
      house.ask("SELECT 1 UNION ALL SELECT 2").then(() => "", ({ code }) => code)
    );
    assertEquals((await Promise.all(asked)).sort(), ["", "", "ENDPOINT_BUSY"]);
  });

  it("keeps no connection open for who waits: the file could not be reopened meanwhile", async () => {
    let opened = 0;
    const { promise: asleep, resolve: onSleep } = Promise.withResolvers<void>();
    const sleep = () => new Promise<void>(() => onSleep());
    const allowance = new Allowance({ savedMaxMs: -1, clock: { now: () => 0, sleep } });
    const open = () => Promise.reject(new Error(`opened ${++opened}`));
    using folder = new TempFolder();
    const service = new QueryService({ open, folder: folder.path, allowance });
    const gone = new AbortController();
    const asked = ["SELECT 1", "SELECT median(1)"].map((sql) =>
      service.ask({ sql, binds: [], kind: "json", signal: gone.signal })
    );
    await asleep;
    assertEquals(opened, 0);
    gone.abort();
    for (const one of asked) await assertRejects(() => one);
  });

  it("refuses what a copy can't tell", async () => {
    await using house = await serve();
    assertEquals(await house.code("SELECT rowid FROM t UNION SELECT 1"), "COLUMN_UNKNOWN");
    assertEquals(
      await house.code("SELECT string_agg(table_name) FROM duckdb_tables()"),
      "QUERY_TOO_HEAVY",
    );
  });
});

Deno.test("takeSnapshot() copies one moment, whatever is written meanwhile", async () => {
  using folder = new TempFolder();
  await using db = await DuckDbFile.open(`${folder.path}/warehouse.duckdb`);
  await using writer = await db.session();
  await using session = await db.session();
  await writer.run("CREATE TABLE a AS FROM range(100000); CREATE TABLE b AS FROM a");
  let written = 0;
  const write = async () => {
    written++;
    await writer.run("BEGIN; INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); COMMIT");
  };
  const busy: SqlSession = {
    run: async (sql) => (await write(), await session.run(sql)),
    query: async (sql, binds) => (await write(), await session.query(sql, binds)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const relation = (name: string) => ({
    catalog: "warehouse",
    schema: "main",
    name,
    viewSql: null,
    rows: 0,
  });
  Deno.mkdirSync(`${folder.path}/copy`);
  await takeSnapshot({
    session: busy,
    folder: `${folder.path}/copy`,
    tables: [relation("a"), relation("b")],
    views: [],
    macros: false,
    columns: null,
    signal: NEVER,
  });
  assert(written > 8, `${written} writes`);
  await using copy = await DuckDbFile.open(`${folder.path}/copy/warehouse.duckdb`);
  await using copied = await copy.session();
  const { rows } = await copied.query("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)");
  const [a, b] = rows[0]?.map(Number) ?? [];
  assertEquals(a, b);
  assert(Number(a) < 100_000 + written, `${a} rows after ${written} writes`);
});

Deno.test("Allowance: readers have the engine for a share of the time, one by one", async () => {
  const clock = new VirtualClock(0);
  const allowance = new Allowance({ share: () => 0.1, savedMaxMs: 100, clock });
  const startedAt: number[] = [];
  const work = () => {
    startedAt.push(clock.now());
    return clock.sleep(200);
  };
  await Promise.all([1, 2, 3].map(() => allowance.spend(NEVER, work)));
  // 100 ms are saved; what is owed then is waited for at a tenth of the time.
  assertEquals(startedAt, [0, 1200, 3200]);
});

Deno.test("Allowance: who gives up while others work is told so at once, and does nothing", async () => {
  const allowance = new Allowance();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const first = allowance.spend(NEVER, () => held);
  const gone = new AbortController();
  let worked = false;
  const second = allowance.spend(gone.signal, () => Promise.resolve(worked = true));
  gone.abort(new Error("gave up"));
  await assertRejects(() => second, Error, "gave up");
  release();
  await first;
  await allowance.spend(NEVER, () => Promise.resolve());
  assertEquals(worked, false);
});
