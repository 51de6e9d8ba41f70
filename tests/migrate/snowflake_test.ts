import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "services/kit/install.ts";
import { snowflakeRecipe } from "services/snowflake.ts";
import { migrate, type MigratedFile } from "tickhouse/migrate/migrate.ts";
import { migrationsFor } from "tickhouse/migrate/migrations.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { SnowflakeSession } from "tickhouse/snowflake/session.ts";
import { standIn, testDatabase } from "../snowflake/rig.ts";

const migrations = await migrationsFor("snowflake");
const select = [...new Set(migrations.map(({ group }) => group))];
const variables = (database: string) => ({
  database,
  s3_url: "s3://market-lake/raw/",
  s3_role_arn: "arn:aws:iam::123456789012:role/tickhouse",
  minio_url: "s3compat://raw/lake/",
  minio_endpoint: "minio.example.com",
  minio_access_key: "key-of-minio",
  minio_secret_key: "secret-of-minio",
  azure_url: "azure://market.blob.core.windows.net/raw/",
  azure_tenant: "a123b4c5-1234-123a-a12b-1a23b45678c9",
  azure_queue: "https://market.queue.core.windows.net/events",
});

/** The statements of all files, as they are sent. */
async function allFiles(database: string): Promise<MigratedFile[]> {
  const given = { migrations, select, variables: variables(database) };
  return await migrate({ target: "snowflake", ...given });
}

function flat(sql: string): string {
  return sql.replaceAll(/\s+/g, " ");
}

Deno.test("sql/snowflake: every statement parses as Snowflake's", async () => {
  const folder = await install(snowflakeRecipe);
  const statements = (await allFiles("A")).flatMap(({ statements }) => statements)
    // Of these sqlglot knows only what they say.
    .map((sql) => sql.replace(/^CREATE ROW ACCESS POLICY .*?->/s, "SELECT"));
  const process = new Deno.Command(join(folder, "venv", "bin", "python"), {
    args: [fileURLToPath(new URL("./parse.py", import.meta.url))],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(statements)));
  await writer.close();
  const { stdout } = await process.output();
  const found: string[][] = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(found.length, statements.length);
  statements.forEach((sql, i) => {
    const [kind = "", ...more] = found[i] ?? [];
    assertEquals([kind.startsWith("error"), more], [false, []], `${kind}\n${sql}`);
    // sqlglot knows the rest by their first words only.
    if (kind !== "Command") return;
    const known =
      /^(CREATE (OR REPLACE PIPE|RESOURCE MONITOR|PIPE|STREAM|TASK|WAREHOUSE|USER|ROLE|FILE|STORAGE INTEGRATION|NOTIFICATION INTEGRATION|DYNAMIC TABLE|STAGE|SCHEMA|DATABASE)|ALTER (TASK|TABLE|WAREHOUSE)|GRANT)\b/;
    assertEquals(known.test(sql), true, sql);
  });
});

Deno.test("migrate() applies all groups to Snowflake's stand-in, once", async () => {
  await using database = await testDatabase();
  await using session = await SnowflakeSession.open(database.options);
  const name = database.options.database;
  const options = { target: "snowflake", session, migrations, variables: variables(name) } as const;
  const applied = await migrate({ ...options, select, appliedBy: "ann" });
  assertEquals(new Set(applied.map(({ action }) => action)), new Set(["applied"]));
  const again = await migrate({ ...options, select });
  for (const { file, group, action } of again) {
    assertEquals(action, group === "account" ? "applied" : "unchanged", file);
  }
  const ledger = await session.query(
    "SELECT file, applied_by, version FROM bronze._migrations ORDER BY version",
  );
  const recorded = migrations.filter(({ unrecorded }) => !unrecorded);
  assertEquals(ledger.rows, recorded.map(({ file, version }) => [file, "ann", version]));
  const view = await session.query("SELECT count(*) FROM gold.stock_market_data");
  assertEquals(view.rows, [[0]]);
});

Deno.test("migrate() makes the database where there is none, and only there", async () => {
  await using database = await testDatabase();
  const name = `${database.options.database}_NEW`;
  await using session = await SnowflakeSession.open({ ...database.options, database: name });
  const options = { target: "snowflake", session, migrations } as const;
  const values = { database: name };
  await migrate({ ...options, variables: values });
  assertEquals((await session.query("SELECT count(*) FROM bronze.ticks")).rows, [[0]]);
  await session.run(`DROP DATABASE ${name}`);
  const before = (await database.statements()).length;
  await using other = await SnowflakeSession.open(database.options);
  await migrate({ ...options, session: other, variables: variables(database.options.database) });
  const sent = (await database.statements()).slice(before).map(({ sql }) => sql);
  assertEquals(sent.filter((sql) => /^(CREATE|USE) DATABASE/.test(sql)), []);
});

Deno.test("migrate() sends the statements of the dry run, in their order", async () => {
  await using database = await testDatabase();
  await using session = await SnowflakeSession.open(database.options);
  const name = database.options.database;
  const told = (await allFiles(name)).flatMap(({ statements }) => statements).map(flat);
  const values = variables(name);
  await migrate({ target: "snowflake", session, migrations, select, variables: values });
  const secrets = (sql: string) => sql.replaceAll(/key-of-minio|secret-of-minio/g, "***");
  const sent = (await database.statements()).map(({ sql }) => secrets(flat(sql)));
  // Between them the ledger is written.
  let at = -1;
  for (const sql of told) {
    const next = sent.indexOf(sql, at + 1);
    assertEquals(next > at, true, `not sent, or not in order: ${sql}`);
    at = next;
  }
});

Deno.test("sql/snowflake: what the stand-in can't do is sent word for word", async () => {
  const statements = (await allFiles("LAKE_DB")).flatMap(({ statements }) => statements).map(flat);
  for (
    const sql of [
      "CREATE WAREHOUSE IF NOT EXISTS TICKHOUSE_WH WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 " +
      "AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE STATEMENT_TIMEOUT_IN_SECONDS = 1800 " +
      "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS = 300 COMMENT = 'Loads and models of tickhouse'",
      "CREATE RESOURCE MONITOR IF NOT EXISTS tickhouse_monitor WITH CREDIT_QUOTA = 20 " +
      "FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY TRIGGERS ON 75 PERCENT DO NOTIFY " +
      "ON 95 PERCENT DO SUSPEND ON 100 PERCENT DO SUSPEND_IMMEDIATE",
      "ALTER WAREHOUSE TICKHOUSE_WH SET RESOURCE_MONITOR = tickhouse_monitor",
      "CREATE OR REPLACE PIPE bronze._pipe_ticks COMMENT = 'Files of the lake, named by " +
      "insertFiles' AS COPY INTO bronze._landing_ticks FROM @bronze.lake FILE_FORMAT = " +
      "(FORMAT_NAME = 'bronze.lake_parquet') MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE " +
      "INCLUDE_METADATA = ( _file = METADATA$FILENAME, _file_row = METADATA$FILE_ROW_NUMBER, " +
      "_landed_at = METADATA$START_SCAN_TIME ) ON_ERROR = SKIP_FILE",
      "CREATE PIPE IF NOT EXISTS bronze._stream_ticks COMMENT = 'Rows by Snowpipe Streaming' AS " +
      "COPY INTO bronze.ticks FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING')) " +
      "MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE",
      "CREATE STORAGE INTEGRATION IF NOT EXISTS tickhouse_s3 TYPE = EXTERNAL_STAGE " +
      "STORAGE_PROVIDER = 'S3' ENABLED = TRUE STORAGE_AWS_ROLE_ARN = " +
      "'arn:aws:iam::123456789012:role/tickhouse' STORAGE_ALLOWED_LOCATIONS = " +
      "('s3://market-lake/raw/')",
      "CREATE STAGE IF NOT EXISTS bronze.lake_minio URL = 's3compat://raw/lake/' ENDPOINT = " +
      "'minio.example.com' CREDENTIALS = (AWS_KEY_ID = '***' AWS_SECRET_KEY = '***') " +
      "COMMENT = 'The lake in MinIO; read only'",
      "ALTER TABLE bronze.ticks ADD SEARCH OPTIMIZATION ON EQUALITY(trade_id)",
      "GRANT USAGE ON DATABASE LAKE_DB TO ROLE tickhouse_reader",
    ]
  ) assertEquals(statements.includes(sql), true, sql);
  for (const name of ["ticks", "quotes", "bars", "index_bars", "corporate_actions"]) {
    const auto = statements.filter((sql) =>
      sql.startsWith(`CREATE PIPE IF NOT EXISTS bronze._auto_${name} AUTO_INGEST = TRUE`)
    );
    assertEquals(auto.length, 2, `S3 and Azure: ${name}`);
    const table = statements.find((sql) =>
      sql.startsWith(`CREATE TABLE IF NOT EXISTS bronze.${name} (`)
    );
    assertEquals(/ CLUSTER BY \(\w+, \w+\)$/.test(table ?? ""), true, name);
  }
});

Deno.test("migrate() on the stand-in refuses an edited file and names a failed statement", async () => {
  await using database = await testDatabase();
  await using session = await SnowflakeSession.open(database.options);
  const options = { target: "snowflake", session, select: ["11"] } as const;
  await migrate({ ...options, migrations, select: ["10", "11"] });
  const edited = migrations.map((m) => m.version === 11 ? { ...m, sha256: "0".repeat(64) } : m);
  const changed = await assertRejects(
    () => migrate({ ...options, migrations: edited }),
    TickhouseError,
    "0011_bookkeeping.sql",
  );
  assertEquals(changed.code, "MIGRATION_CHANGED");
  const broken = migrations.map((m) => m.version === 12 ? { ...m, sql: "SELECT no_column" } : m);
  const failed = await assertRejects(
    () => migrate({ ...options, migrations: broken, select: ["12"] }),
    TickhouseError,
    "statement 1 of 1",
  );
  assertEquals(failed.code, "MIGRATION_FAILED");
  assertEquals(standIn.database === database.options.database, false);
});

Deno.test("migrate() lets tables of an earlier declaration follow today's", async () => {
  await using database = await testDatabase();
  await using session = await SnowflakeSession.open(database.options);
  const options = { target: "snowflake", session, migrations } as const;
  await migrate(options);
  const before = "ALTER TABLE bronze.bars DROP COLUMN adj_close";
  await session.run(`${before}; ${before.replace("bars", "_landing_bars")};
    DELETE FROM bronze._migrations WHERE file = '0012_bronze_tables.sql'`);
  await migrate(options);
  const found = await session.query(
    "SELECT b.adj_close, l.adj_close FROM bronze.bars b, bronze._landing_bars l",
  );
  assertEquals(found.rows, []);
});
