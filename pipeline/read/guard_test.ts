import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { TickhouseError } from "../errors.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { createSchema } from "../duckdb/schema.ts";
import { assertReadOnly } from "./guard.ts";

const READS = [
  "SELECT 1",
  "SELECT 1;",
  "-- a comment\nSELECT 1 -- another",
  "SELECT * FROM bronze.ticks",
  "SELECT * FROM warehouse.bronze.ticks",
  'SELECT * FROM BRONZE."TICKS" t JOIN bronze._positions p ON t._topic = p.topic',
  "FROM t",
  "TABLE t",
  "VALUES (1), (2)",
  "SELECT ? + 1",
  "WITH a AS (SELECT 1 AS x), b AS (FROM a) SELECT * FROM b",
  "WITH RECURSIVE r AS (SELECT 1 a UNION ALL SELECT a + 1 FROM r WHERE a < 3) FROM r",
  "SELECT (SELECT max(a) FROM t), a FROM t WHERE a IN (FROM t) ORDER BY a LIMIT 3",
  "SELECT row_number() OVER (ORDER BY a) FROM t QUALIFY row_number() OVER (ORDER BY a) = 1",
  "SELECT * FROM range(3) UNION ALL SELECT unnest([1, 2])",
  "SELECT list_transform([1], lambda x: x + 1)",
  "SELECT '/etc/passwd' AS path, 'read_csv(''x'')' AS call",
  'SELECT * FROM main."odd.csv"',
  'FROM "odd.csv"',
  "DESCRIBE t",
  "DESCRIBE SELECT * FROM bronze.ticks",
  "SUMMARIZE t",
  "SHOW TABLES",
  "SHOW ALL TABLES",
  "EXPLAIN SELECT * FROM t",
  "explain analyze select 1",
  "SELECT table_name FROM information_schema.tables",
  "SELECT * FROM duckdb_tables()",
  "SELECT * FROM (UNPIVOT t ON a)",
  "SELECT twice(a) FROM t",
  "FROM seen",
  "SELECT a::VARCHAR || 'x', row(a, 1), {'a': a}, a IN (1, 2), coalesce(a, 1) FROM t",
  "SELECT extract(hour FROM now()), now() AT TIME ZONE 'UTC', DATE '2026-01-01' - INTERVAL 1 DAY",
  "SELECT 'x' LIKE 'x%', 'x' ILIKE 'x', 'x' SIMILAR TO 'x', 'x' GLOB 'x', -1, NOT true, 1 / 2",
  "SELECT median(a), quantile_cont(a, 0.5), list(a), string_agg(a::VARCHAR, ','), mode(a) FROM t",
  "SELECT x.a, [y + 1 for y in [1, 2] if y > 1], [1, 2][1:1], 'abc'[1], {'a': 1}.a FROM t x",
  "SELECT '{\"a\": 1}'::JSON->'a', '{\"a\": 1}'->>'$.a', position('a' IN 'ba'), trim(' a ')",
  "SELECT * FROM t ASOF JOIN t u ON t.a >= u.a",
  "SELECT * FROM t TABLESAMPLE 10 PERCENT (bernoulli)",
  "SELECT count(*) FILTER (a > 1), grouping(a) FROM t GROUP BY ROLLUP (a)",
  "SELECT try_cast('x' AS INT), if(true, 1, 2), ifnull(NULL, 1), nullif(1, 1), CASE 1 WHEN 1 THEN 2 END",
];

const REFUSED = [
  "INSERT INTO t VALUES (1)",
  "DELETE FROM t",
  "UPDATE t SET a = 1",
  "CREATE TABLE u (a INT)",
  "DROP TABLE t",
  "SELECT 1; SELECT 2",
  "SELECT 1; DROP TABLE t",
  "COPY t TO 'x.csv'",
  "COPY t FROM 'x.csv'",
  "EXPLAIN COPY t TO 'x.csv'",
  "EXPLAIN ANALYZE INSERT INTO t VALUES (1)",
  "EXPLAIN EXPLAIN SELECT 1",
  "ATTACH 'x.duckdb'",
  "INSTALL httpfs",
  "LOAD httpfs",
  "SET threads = 1",
  "RESET threads",
  "PRAGMA database_list",
  "CALL duckdb_tables()",
  "CHECKPOINT",
  "BEGIN",
  "COMMIT",
  "EXPORT DATABASE 'x'",
  "VACUUM",
  "SELECT nextval('numbers')",
  "SELECT NEXTVAL('numbers')",
  "SELECT current_setting('s3_secret_access_key')",
  "SELECT write_log('x')",
  "SELECT getenv('HOME')",
  "SELECT * FROM '/etc/passwd'",
  "SELECT * FROM 'x.csv'",
  "FROM 'https://example.com/x.parquet'",
  "FROM x.csv",
  "FROM bronze.csv",
  "FROM warehouse.bronze.csv",
  'FROM "*.parquet"',
  "SELECT * FROM read_csv('/etc/passwd')",
  "SELECT * FROM READ_CSV('/etc/passwd')",
  "SELECT * FROM main.read_text('/etc/passwd')",
  "SELECT * FROM read_blob('/etc/passwd')",
  "SELECT * FROM read_json('/etc/passwd')",
  "SELECT * FROM read_parquet('x')",
  "SELECT * FROM parquet_metadata('x')",
  "SELECT * FROM glob('/**')",
  "SELECT * FROM sniff_csv('/etc/passwd')",
  "SELECT * FROM read_duckdb('x.duckdb')",
  "SELECT * FROM query('FROM ''/etc/passwd''')",
  "SELECT * FROM query_table('x.csv')",
  "SELECT * FROM json_execute_serialized_sql('{}')",
  "SELECT * FROM duckdb_secrets()",
  "SELECT * FROM duckdb_settings()",
  "SELECT * FROM checkpoint()",
  "SELECT * FROM enable_logging()",
  "DESCRIBE SELECT * FROM read_csv('/etc/passwd')",
  "DESCRIBE 'x.csv'",
  "SUMMARIZE 'x.csv'",
  "EXPLAIN SELECT * FROM read_csv('/etc/passwd')",
  "WITH a AS (FROM read_csv('/etc/passwd')) SELECT 1",
  "WITH \"x.csv\" AS (SELECT 1) SELECT 1 FROM t WHERE a IN (SELECT 1 FROM 'x.csv')",
  "SELECT (SELECT count(*) FROM '/etc/passwd.csv')",
  "SELECT * FROM t JOIN 'x.csv' ON true",
  "SELECT * FROM t, LATERAL (SELECT * FROM read_text('/etc/passwd'))",
  "SELECT CASE WHEN true THEN nextval('numbers') END",
  "SELECT * FROM t ORDER BY (SELECT content FROM read_text('/etc/passwd'))",
  "SELECT list_transform([1], lambda x: nextval('numbers'))",
  "SELECT 1 UNION ALL SELECT 1 FROM glob('*')",
  "SELECT json_serialize_plan('SELECT nope FROM read_csv(''/etc/passwd'')')",
  "SELECT json_deserialize_sql('{}')",
  "SELECT json_serialize_sql('SELECT 1')",
  "SELECT pg_sleep(1)",
  "SELECT sleep_ms(1)",
  "SELECT current_query()",
  "SELECT getvariable('x')",
  "SELECT setseed(0.5)",
  "SELECT [1].list_transform(lambda x: pg_sleep(x))",
  "SELECT stem('a', 'porter')",
  "SELECT no_such_function(1)",
  "SELECT max(a) OVER (ORDER BY pg_sleep(1)) FROM t",
  "FROM t LIMIT (SELECT pg_sleep(1))",
  "FROM pg_settings",
  "FROM pg_catalog.pg_settings",
  "FROM pragma_user_agent()",
  "SELECT * FROM (WITH pg_settings AS (SELECT 1) FROM pg_settings), pg_settings",
  "SELECT * FROM histogram_values('/etc/passwd', 1)",
  "SHOW VARIABLES",
  "",
  ";",
];

async function database() {
  const folder = await Deno.makeTempDir();
  const db = await DuckDbFile.open(`${folder}/warehouse.duckdb`);
  const session = await db.session();
  await createSchema(session);
  await session.run(
    'CREATE TABLE t (a INT); CREATE TABLE "odd.csv" (a INT); CREATE SEQUENCE numbers; ' +
      "CREATE VIEW seen AS FROM t; CREATE MACRO twice(x) AS 2 * x",
  );
  return {
    session,
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

describe("assertReadOnly()", () => {
  it("lets through what reads the database, and DuckDB runs it", async () => {
    await using db = await database();
    for (const sql of READS) {
      await assertReadOnly(db.session, sql);
      await db.session.query(sql, sql.includes("?") ? [1] : []);
    }
  });

  it("refuses what writes, sets, or reaches outside the database", async () => {
    await using db = await database();
    for (const sql of REFUSED) {
      const error = await assertRejects(() => assertReadOnly(db.session, sql), TickhouseError);
      assertEquals([sql, error.code], [sql, "QUERY_NOT_READ_ONLY"]);
    }
  });

  it("refuses what the engine might not survive planning", async () => {
    await using db = await database();
    const chain = Array.from({ length: 500 }, (_, i) => `c${i} AS (FROM ${i ? `c${i - 1}` : "t"})`);
    const deep = (n: number) => `SELECT ${"abs(".repeat(n)}1${")".repeat(n)}`;
    const complex = [
      `WITH ${chain.join(", ")} FROM c499`,
      `SELECT 1 FROM ${Array.from({ length: 950 }, (_, i) => `t t${i}`).join(", ")}`,
      Array(500).fill("SELECT 1").join(" UNION ALL "),
      deep(500),
      `SELECT '${"x".repeat(300_000)}'`,
    ];
    for (const sql of complex) {
      const error = await assertRejects(() => assertReadOnly(db.session, sql), TickhouseError);
      assertEquals([sql.slice(0, 50), error.code], [sql.slice(0, 50), "QUERY_TOO_COMPLEX"]);
    }
    await assertReadOnly(db.session, deep(100));
  });

  it("says of a table that is missing in a schema of the database that there is none", async () => {
    await using db = await database();
    for (const sql of ["FROM silver.ticks", "FROM bronze.nope"]) {
      const error = await assertRejects(() => assertReadOnly(db.session, sql), TickhouseError);
      assertEquals([sql, error.code], [sql, "TABLE_UNKNOWN"]);
    }
    for (const sql of ["FROM silver.parquet", "FROM nope.ticks", 'FROM silver."a.csv"']) {
      const error = await assertRejects(() => assertReadOnly(db.session, sql), TickhouseError);
      assertEquals([sql, error.code], [sql, "QUERY_NOT_READ_ONLY"]);
    }
  });

  it("names the tables that there are where one is missing", async () => {
    await using db = await database();
    const error = await assertRejects(
      () => assertReadOnly(db.session, "FROM tik"),
      TickhouseError,
      "bronze.ticks",
    );
    assertEquals([error.code, error.message.includes("_positions")], ["TABLE_UNKNOWN", false]);
  });

  it("passes on the message of what does not parse", async () => {
    await using db = await database();
    const error = await assertRejects(
      () => assertReadOnly(db.session, "SELEC 1"),
      TickhouseError,
      "syntax error",
    );
    assertEquals(error.code, "QUERY_INVALID");
  });
});
