import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { TickhouseError } from "../errors.ts";
import { DuckDbFile } from "../warehouse/duckdb_file.ts";
import { createSchema } from "../warehouse/duckdb_schema.ts";
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
  "",
  ";",
];

async function database() {
  const folder = await Deno.makeTempDir();
  const db = await DuckDbFile.open(`${folder}/warehouse.duckdb`);
  const session = await db.session();
  await createSchema(session);
  await session.run(
    'CREATE TABLE t (a INT); CREATE TABLE "odd.csv" (a INT); CREATE SEQUENCE numbers',
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
