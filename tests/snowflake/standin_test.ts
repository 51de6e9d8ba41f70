import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { startSnowflake } from "services/mod.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { SnowflakeSession } from "tickhouse/snowflake/session.ts";
import { optionsOf, type TestDatabase, testDatabase } from "./rig.ts";

/** Two sessions on a table `public.t (k INT, v NUMBER(18,8))` with the row (1, 10). */
async function two(
  work: (
    one: SnowflakeSession,
    other: SnowflakeSession,
    database: TestDatabase,
  ) => Promise<void>,
): Promise<void> {
  await using database = await testDatabase();
  await using one = await SnowflakeSession.open(database.options);
  await using other = await SnowflakeSession.open(database.options);
  await one.run(`CREATE TABLE public.t (k INT, v NUMBER(18,8), PRIMARY KEY (k));
    INSERT INTO public.t VALUES (1, 10)`);
  await work(one, other, database);
}

const value = async (session: SnowflakeSession) =>
  (await session.query("SELECT max(v) FROM public.t")).rows[0]?.[0];

Deno.test("stand-in: the second writer of a table waits, and sees what the first committed", async () => {
  await two(async (one, other) => {
    await one.run("BEGIN; UPDATE public.t SET v = v + 1");
    await other.run("BEGIN");
    assertEquals(await value(other), "10.00000000");
    let done = false;
    const second = other.run("UPDATE public.t SET v = v * 2 WHERE v = 11").then((count) => {
      done = true;
      return count;
    });
    await one.query("SELECT 1");
    assertEquals(done, false);
    await one.run("COMMIT");
    assertEquals(await second, 1);
    assertEquals(await value(one), "11.00000000");
    await other.run("COMMIT");
    assertEquals(await value(one), "22.00000000");
  });
});

Deno.test("stand-in: ROLLBACK and the end of a session undo what was not committed", async () => {
  await two(async (one, other, database) => {
    await one.run("BEGIN; DELETE FROM public.t; ROLLBACK");
    assertEquals(await value(other), "10.00000000");
    const leaving = await SnowflakeSession.open(database.options);
    await leaving.run("BEGIN; DELETE FROM public.t");
    await leaving[Symbol.asyncDispose]();
    assertEquals(await other.run("UPDATE public.t SET v = 3"), 1);
    // What defines something commits what is open.
    await one.run("BEGIN; UPDATE public.t SET v = 4; CREATE TABLE public.u (x INT); ROLLBACK");
    assertEquals(await value(other), "4.00000000");
  });
});

Deno.test("stand-in: without autocommit, a write begins a transaction", async () => {
  await two(async (one, other) => {
    await one.run("ALTER SESSION SET AUTOCOMMIT = FALSE; UPDATE public.t SET v = 7");
    assertEquals([await value(one), await value(other)], ["7.00000000", "10.00000000"]);
    await one.run("COMMIT");
    assertEquals(await value(other), "7.00000000");
  });
});

Deno.test("stand-in: an idle transaction that blocks another is rolled back", async () => {
  await using server = await startSnowflake({ idleSeconds: 0.3 });
  await using database = await testDatabase(optionsOf(server.variables));
  await using one = await SnowflakeSession.open(database.options);
  await using other = await SnowflakeSession.open(database.options);
  await one.run("CREATE TABLE public.t (k INT); BEGIN; INSERT INTO public.t VALUES (1)");
  assertEquals(await other.run("INSERT INTO public.t VALUES (2)"), 1);
  const error = await assertRejects(() => one.run("COMMIT"), TickhouseError);
  assertEquals([error.code, error.kind], ["SNOWFLAKE_ABORTED", "transient"]);
  assertEquals((await other.query("SELECT k FROM public.t")).rows, [[2]]);
});

Deno.test("stand-in: primary keys are notes, NOT NULL is enforced, counts are right", async () => {
  await two(async (one) => {
    assertEquals(await one.run("INSERT INTO public.t VALUES (1, 1), (2, 2)"), 2);
    assertEquals(await one.run("UPDATE public.t SET v = 0 WHERE k = 1"), 2);
    const merged = await one.run(`MERGE INTO public.t t USING (SELECT 2 AS k, 5 AS v
      UNION ALL SELECT 3, 6) s ON t.k = s.k WHEN MATCHED THEN UPDATE SET t.v = s.v
      WHEN NOT MATCHED THEN INSERT (k, v) VALUES (s.k, s.v)`);
    assertEquals(merged, 2);
    assertEquals(await one.run("DELETE FROM public.t USING (SELECT 1 AS k) s WHERE t.k = s.k"), 2);
    await one.run("CREATE TABLE public.n (x INT NOT NULL)");
    const error = await assertRejects(() => one.run("INSERT INTO public.n VALUES (NULL)"));
    assertEquals(String(error).includes("100072"), true);
    await assertRejects(() => one.run("INSERT INTO public.n VALUES ('many')"), Error, "1000");
  });
});

Deno.test("stand-in: what has no meaning here is written down word for word", async () => {
  await two(async (one, _, database) => {
    const statements = [
      "CREATE WAREHOUSE IF NOT EXISTS w_notes WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60",
      "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE reader",
      "CREATE PIPE public.p AUTO_INGEST = TRUE AS COPY INTO public.t FROM @public.s",
      "ALTER TABLE public.t CLUSTER BY (k)",
    ];
    for (const sql of statements) await one.run(sql);
    const noted = (await database.statements()).filter((s) => s.how === "recorded");
    assertEquals(noted.map((s) => s.sql), statements);
    assertEquals(noted[0]?.tag, "tickhouse");
    const error = await assertRejects(() => one.run("CREATE GARDEN x"), TickhouseError);
    assertEquals(error.code, "SNOWFLAKE_SQL");
  });
});

Deno.test("stand-in: a statement that takes too long is stopped", async () => {
  await using database = await testDatabase();
  const options = { ...database.options, statementTimeoutS: 1 };
  await using session = await SnowflakeSession.open(options);
  const error = await assertRejects(
    () => session.query("SELECT count(*) FROM range(1000000000) a, range(10000) b"),
    TickhouseError,
  );
  assertEquals([error.code, error.kind], ["SNOWFLAKE_TIMEOUT", "transient"]);
  assertEquals((await session.query("SELECT 1")).rows, [[1]]);
});

Deno.test("stand-in: PUT, LIST, COPY, unload, GET and REMOVE carry files", async () => {
  using folder = new TempFolder();
  await using database = await testDatabase();
  await using session = await SnowflakeSession.open(database.options);
  await session.run(`CREATE STAGE public.s; CREATE TABLE public.t (a VARCHAR, b NUMBER(18,8),
    moment TIMESTAMP_NTZ(6)); CREATE TABLE public.u (a VARCHAR, b NUMBER(18,8), file VARCHAR, line INT)`);
  const files = {
    "one.csv": `B,A,extra\n1.00000001,"x, y",z\n,,\n`,
    "two.json": `{"a":"x","b":612345.12345678,"moment":"2025-11-21 04:40:00.123456"}\n{"a":"y"}\n`,
  };
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder.path, name);
    Deno.writeTextFileSync(path, content);
    await session.query(`PUT 'file://${path}' @public.s/in/ AUTO_COMPRESS = FALSE`);
  }
  const listed = await session.query("LIST @public.s");
  assertEquals(listed.rows.map((row) => row[0]), ["s/in/one.csv", "s/in/two.json"]);
  const copy = (file: string, format: string) =>
    session.run(`COPY INTO public.t FROM @public.s/in/ FILES = ('${file}')
      FILE_FORMAT = (${format}) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE`);
  const csv = `TYPE = CSV PARSE_HEADER = TRUE FIELD_OPTIONALLY_ENCLOSED_BY = '"'`;
  assertEquals(await copy("one.csv", csv), 2);
  assertEquals(await copy("two.json", "TYPE = JSON"), 2);
  // Loaded once.
  assertEquals(await copy("two.json", "TYPE = JSON"), 0);
  assertEquals(
    await session.run(`COPY INTO public.u (a, b, file, line) FROM (SELECT $1:a::VARCHAR, $1:b,
      METADATA$FILENAME, METADATA$FILE_ROW_NUMBER FROM @public.s/in/two.json)
      FILE_FORMAT = (TYPE = JSON)`),
    2,
  );
  const inserted = await session.query("SELECT file, line, b FROM public.u ORDER BY line");
  assertEquals(inserted.rows[0], ["in/two.json", 1, "612345.12345678"]);
  const unloaded = await session.query(`COPY INTO @public.s/out/ FROM public.t
    FILE_FORMAT = (TYPE = PARQUET) HEADER = TRUE OVERWRITE = TRUE`);
  assertEquals(unloaded.rows[0]?.[0], 4);
  await session.query(`GET @public.s/out/ 'file://${folder.path}/'`);
  const got = [...Deno.readDirSync(folder.path)].map((entry) => entry.name);
  assert(got.some((name) => name.endsWith(".parquet")));
  await session.run("DELETE FROM public.t");
  assertEquals(
    await session.run(`COPY INTO public.t FROM @public.s/out/ FILE_FORMAT = (TYPE = PARQUET)
      MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE`),
    4,
  );
  const found = await session.query("SELECT a, b, moment FROM public.t ORDER BY b NULLS LAST, a");
  assertEquals(found.rows, [
    ["x, y", "1.00000001", null],
    ["x", "612345.12345678", "2025-11-21 04:40:00.123456"],
    ["y", null, null],
    [null, null, null],
  ]);
  await session.query("REMOVE @public.s");
  assertEquals((await session.query("LIST @public.s")).rows, []);
});

Deno.test("stand-in: what it can't do is an error, not a success", async () => {
  await using database = await testDatabase();
  await using session = await SnowflakeSession.open(database.options);
  await session.run("CREATE STAGE public.s; CREATE TABLE public.t (a INT)");
  for (
    const sql of [
      "COPY INTO public.t FROM @public.s ON_ERROR = CONTINUE",
      "COPY INTO public.t FROM @public.s VALIDATION_MODE = RETURN_ERRORS",
      "COPY INTO public.t FROM @public.nosuch",
      "COPY INTO public.t FROM @public.s FILES = ('nosuch.csv')",
      "SELECT SYSTEM$PIPE_STATUS('p')",
      "CALL nosuch()",
    ]
  ) await assertRejects(() => session.run(sql), TickhouseError, undefined, sql);
});

Deno.test("stand-in: SHOW DATABASES takes a pattern", async () => {
  await using database = await testDatabase();
  await using session = await SnowflakeSession.open(database.options);
  const name = database.options.database ?? "";
  const shown = async (pattern: string) =>
    (await session.query(`SHOW DATABASES LIKE '${pattern}'`)).rows.map((row) => row[1]);
  assertEquals(await shown(name.toLowerCase().replace("t_", "t_%")), [name]);
  assertEquals(await shown(`${name}_`), []);
});

Deno.test("stand-in: several statements go in one request only if asked for", async () => {
  await using database = await testDatabase();
  const send = await requests(database);
  const sqlText = "SELECT 1 AS a; SELECT ';' AS b";
  assertEquals((await send({ sqlText })).code, "000008");
  const { data } = await send({ sqlText, parameters: { MULTI_STATEMENT_COUNT: 0 } });
  const [, second] = data.resultIds.split(",");
  assertEquals((await send(undefined, `/queries/${second}/result`)).data.rowset, [[";"]]);
});

Deno.test("stand-in: the same request again gets the answer of the first", async () => {
  await two(async (one, _, database) => {
    const post = await requests(database);
    const ask = { sqlText: "INSERT INTO public.t VALUES (9, 9)" };
    const id = crypto.randomUUID();
    const send = () => post(ask, `/queries/v1/query-request?requestId=${id}`);
    const answers = [await send(), await send(), ...await Promise.all([send(), send()])];
    assertEquals(new Set(answers.map((a) => a.data.queryId)).size, 1);
    const found = await one.query("SELECT count(*) FROM public.t WHERE k = 9");
    assertEquals(found.rows, [[1]]);
  });
});

/** Requests as a driver sends them, of one session. */
async function requests({ options }: TestDatabase) {
  let token = "";
  const send = async (body?: unknown, path = "/queries/v1/query-request") => {
    const headers = {
      "content-type": "application/json",
      authorization: `Snowflake Token="${token}"`,
    };
    const post = { method: "POST", body: JSON.stringify(body), headers };
    const reply = await fetch(`${options.url}${path}`, body === undefined ? { headers } : post);
    return await reply.json();
  };
  const { account: ACCOUNT_NAME, user: LOGIN_NAME, password: PASSWORD, database } = options;
  const data = { ACCOUNT_NAME, LOGIN_NAME, PASSWORD };
  const login = await send({ data }, `/session/v1/login-request?databaseName=${database}`);
  token = login.data.token;
  return send;
}
