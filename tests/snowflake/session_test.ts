import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { TickhouseError } from "tickhouse/errors.ts";
import { SnowflakePool } from "tickhouse/snowflake/pool.ts";
import { SnowflakeSession } from "tickhouse/snowflake/session.ts";
import { ask, standIn, testDatabase } from "./rig.ts";

Deno.test("SnowflakeSession gives cells as the port has them", async () => {
  await using database = await testDatabase();
  await using session = await SnowflakeSession.open(database.options);
  await session.run(`CREATE TABLE public.t (i NUMBER(19,0), d NUMBER(28,8), s VARCHAR(20),
    t TIMESTAMP_NTZ(6), day DATE, b BOOLEAN, f FLOAT, v VARIANT)`);
  const inserted = await session.run(`INSERT INTO public.t
    SELECT 9007199254740993, 12345678901234567890.12345678, 'NULL', '1969-12-31 23:59:59.999999',
      '1800-01-01', true, 0.1, PARSE_JSON('{"a":[1]}');
    INSERT INTO public.t (i) VALUES (7)`);
  assertEquals(inserted, 1);
  const found = await session.query("SELECT * FROM public.t ORDER BY i");
  assertEquals(found.rows, [
    [7, null, null, null, null, null, null, null],
    [
      "9007199254740993",
      "12345678901234567890.12345678",
      "NULL",
      "1969-12-31 23:59:59.999999",
      "1800-01-01",
      true,
      0.1,
      `{"a":[1]}`,
    ],
  ]);
  assertEquals(found.columns.map((c) => c.name), ["I", "D", "S", "T", "DAY", "B", "F", "V"]);
});

Deno.test("SnowflakeSession binds values, rows and nulls", async () => {
  await using database = await testDatabase();
  await using session = await SnowflakeSession.open(database.options);
  const hostile = "'; DROP TABLE x; --";
  const found = await session.query("SELECT ?, ?, ?, ?, ?", [hostile, 7, 2n ** 60n, null, true]);
  assertEquals(found.rows, [[hostile, 7, "1152921504606846976", null, true]]);
  await session.run("CREATE TABLE public.t (n NUMBER(18,8), s VARCHAR)");
  const rows = Array.from({ length: 5000 }, (_, i) => [i % 7 ? `${i}.00000001` : null, hostile]);
  assertEquals(await session.insert("INSERT INTO public.t (n, s) VALUES (?, ?)", rows), 5000);
  const sums = await session.query("SELECT count(*), count(n), sum(n), max(s) FROM public.t");
  assertEquals(sums.rows, [[5000, 4285, "10710715.00004285", hostile]]);
});

Deno.test("SnowflakePool lends a session again, and a new one when that has ended", async () => {
  const user = `U${crypto.randomUUID().slice(0, 8)}`;
  await ask(standIn, "users", { name: user, password: "secret" });
  await using pool = new SnowflakePool({ ...standIn, user, password: "secret" });
  const one = await pool.use((session) => Promise.resolve(session));
  assertEquals(await pool.use((session) => Promise.resolve(session)) === one, true);
  await ask(standIn, "expire", { user, what: "session" });
  await pool.use((session) => session.query("SELECT 1"));
  assertEquals(one.broken, false);
  await ask(standIn, "expire", { user, what: "gone" });
  assertEquals((await pool.use((session) => session.query("SELECT 1"))).rows, [[1]]);
  assertEquals(one.broken, true);
});

Deno.test("SnowflakeSession.open() names what is wrong and shows no secret", async () => {
  const wrong = { ...standIn, password: "hunter2" };
  const error = await assertRejects(() => SnowflakeSession.open(wrong), TickhouseError);
  assertEquals([error.code, error.field, error.kind], ["SNOWFLAKE_LOGIN", "user", "terminal"]);
  assertStringIncludes(error.message, "TICKHOUSE_SNOWFLAKE_PASSWORD");
  assertEquals(Deno.inspect(error).includes("hunter2"), false);
});
