import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { DuckDbFile, type DuckDbSession } from "../duckdb/engine/file.ts";
import { migrate, type MigrateOptions } from "./migrate.ts";
import { parseMigration, readMigrations } from "./migration.ts";
import { migrationsFor } from "./migrations.ts";

async function withSession(run: (session: DuckDbSession) => Promise<void>): Promise<void> {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await run(session);
}

async function files(texts: Record<string, string>): Promise<Pick<MigrateOptions, "migrations">> {
  const migrations = Object.entries(texts).map(([file, text]) => parseMigration(file, text));
  return { migrations: await Promise.all(migrations) };
}

async function actions(options: MigrateOptions): Promise<string[]> {
  return (await migrate(options)).map(({ file, action }) => `${file.slice(0, 4)} ${action}`);
}

Deno.test("migrate() applies each file once, in order, and remembers it", async () => {
  await withSession(async (session) => {
    const given = await files({
      "0001_a.sql": "CREATE TABLE a (x INTEGER);\nINSERT INTO a VALUES (1);",
      "0002_b.sql": "CREATE TABLE b AS SELECT x + 1 AS x FROM a",
    });
    const options = {
      ...given,
      session,
      target: "duckdb",
      appliedBy: "ann",
      now: () => 0,
    } as const;
    assertEquals(await actions(options), ["0001 applied", "0002 applied"]);
    assertEquals(await actions(options), ["0001 unchanged", "0002 unchanged"]);
    assertEquals((await session.query("SELECT x FROM b")).rows, [[2]]);
    const ledger = await session.query(
      "SELECT file, applied_at, applied_by, version FROM bronze._migrations ORDER BY file",
    );
    assertEquals(ledger.rows.map((row) => row.map(String)), [
      ["0001_a.sql", "1970-01-01 00:00:00", "ann", "1"],
      ["0002_b.sql", "1970-01-01 00:00:00", "ann", "2"],
    ]);
  });
});

Deno.test("migrate() refuses an applied file that was edited, and does nothing", async () => {
  await withSession(async (session) => {
    const first = await files({ "0001_a.sql": "CREATE TABLE a (x INTEGER)" });
    await migrate({ ...first, session, target: "duckdb" });
    const edited = await files({
      "0000_new.sql": "CREATE TABLE n (x INTEGER)",
      "0001_a.sql": "CREATE TABLE a (x BIGINT)",
    });
    const error = await assertRejects(
      () => migrate({ ...edited, session, target: "duckdb" }),
      TickhouseError,
    );
    assertEquals(error.code, "MIGRATION_CHANGED");
    assertMatch(error.message, /0001_a\.sql.*0002_what_changes\.sql/);
    await assertRejects(() => session.query("SELECT * FROM n"));
  });
});

Deno.test("migrate() applies a repeatable file again when its text changed", async () => {
  await withSession(async (session) => {
    const view = (x: number) =>
      files({ "0001_v.sql": `-- repeatable\nCREATE OR REPLACE VIEW v AS SELECT ${x} AS x` });
    const run = async (x: number) => await actions({ ...await view(x), session, target: "duckdb" });
    assertEquals(await run(1), ["0001 applied"]);
    assertEquals(await run(2), ["0001 applied again"]);
    assertEquals(await run(2), ["0001 unchanged"]);
    assertEquals((await session.query("SELECT x FROM v")).rows, [[2]]);
    const ledger = await session.query("SELECT count(*) FROM bronze._migrations");
    assertEquals(ledger.rows, [[1]]);
  });
});

Deno.test("migrate() applies a repeatable file again when a variable changed", async () => {
  await withSession(async (session) => {
    const given = await files({
      "0001_v.sql": "-- repeatable\n-- variable: x integer = 1\nCREATE OR REPLACE VIEW v AS " +
        "SELECT {{ x }} AS x",
      "0002_t.sql": "-- variable: x integer = 1\nCREATE TABLE t AS SELECT {{ x }} AS x",
    });
    const run = async (x: string) =>
      await actions({ ...given, session, target: "duckdb", variables: { x } });
    assertEquals(await run("1"), ["0001 applied", "0002 applied"]);
    assertEquals(await run("2"), ["0001 applied again", "0002 unchanged"]);
    assertEquals((await session.query("SELECT v.x, t.x FROM v, t")).rows, [[2, 1]]);
  });
});

Deno.test("migrate() goes on where a failure stopped it", async () => {
  await withSession(async (session) => {
    const given = (second: string) =>
      files({ "0001_a.sql": "CREATE TABLE a (x INTEGER)", "0002_b.sql": second });
    const broken = await given("-- role: sysadmin\nSELECT 1;\nSELECT * FROM missing");
    const error = await assertRejects(
      () => migrate({ ...broken, session, target: "duckdb" }),
      TickhouseError,
    );
    assertEquals(error.code, "MIGRATION_FAILED");
    assertMatch(error.message, /0002_b\.sql.*statement 2 of 2.*missing.*roles sysadmin/s);
    const fixed = await given("CREATE TABLE missing (x INTEGER)");
    assertEquals(await actions({ ...fixed, session, target: "duckdb" }), [
      "0001 unchanged",
      "0002 applied",
    ]);
  });
});

Deno.test("migrate() in a dry run tells the SQL, the roles, and changes nothing", async () => {
  await withSession(async (session) => {
    const given = await files({
      "0001_a.sql": "-- role: useradmin, sysadmin\n-- variable: table identifier\n" +
        "CREATE TABLE {{ table }} (x INTEGER); -- why",
    });
    const options = {
      ...given,
      target: "duckdb",
      dryRun: true,
      variables: { table: "t" },
    } as const;
    const told = [{
      file: "0001_a.sql",
      group: "database",
      roles: ["useradmin", "sysadmin"],
      action: "applied" as const,
      statements: ["CREATE TABLE t (x INTEGER)"],
    }];
    assertEquals(await migrate({ ...options, session }), told);
    assertEquals(await migrate(options), told);
    const found = await session.query("SELECT count(*) FROM information_schema.tables");
    assertEquals(found.rows, [[0]]);
  });
});

Deno.test("migrate() applies an unrecorded file whenever it is selected, without a ledger", async () => {
  await withSession(async (session) => {
    const given = await files({
      "0001_a.sql": "-- unrecorded\nCREATE TABLE IF NOT EXISTS a (x INT)",
    });
    for (let i = 0; i < 2; i++) {
      assertEquals(await actions({ ...given, session, target: "duckdb" }), ["0001 applied"]);
    }
    await assertRejects(() => session.query("SELECT * FROM bronze._migrations"));
  });
});

Deno.test("migrate() selects by group and by number", async () => {
  const given = await files({
    "0001_a.sql": "-- group: account\nSELECT 1",
    "0002_b.sql": "SELECT 2",
    "0003_c.sql": "SELECT 3",
  });
  const run = (...select: string[]) => actions({ ...given, target: "duckdb", select });
  assertEquals(await actions({ ...given, target: "duckdb" }), ["0002 applied", "0003 applied"]);
  assertEquals(await run("account", "3"), ["0001 applied", "0003 applied"]);
  const error = await assertRejects(() => run("all"), TickhouseError);
  assertEquals(error.code, "MIGRATION_UNKNOWN");
  assertMatch(error.message, /account, database/);
});

Deno.test("migrate() writes variables by their kind, and refuses what could be more", async () => {
  const run = async (declared: string, sql: string, value?: string) => {
    const given = await files({ "0001_a.sql": `-- variable: v ${declared}\n${sql}` });
    const variables = value === undefined ? {} : { v: value };
    return (await migrate({ ...given, target: "snowflake", variables }))[0]?.statements;
  };
  assertEquals(await run("identifier", "USE {{ v }}", "a_1"), ["USE a_1"]);
  assertEquals(await run("identifier = X", "USE {{v}}"), ["USE X"]);
  assertEquals(await run("integer = 60", "SET a = {{ v }}"), ["SET a = 60"]);
  const hostile = "it's; DROP \\";
  assertEquals(await run("text", "SELECT {{ v }}; SELECT 2", hostile), [
    "SELECT 'it''s; DROP \\\\'",
    "SELECT 2",
  ]);
  assertEquals(await run("secret", "SET KEY = {{ v }}", "hush'hush"), ["SET KEY = '***'"]);
  for (
    const [declared, value] of [
      ["identifier", "a; DROP TABLE b"],
      ["identifier", 'a"b'],
      ["integer", "1 OR 1"],
      ["integer", "-1"],
      ["text", "a\nb"],
      ["text", ""],
      ["text", undefined],
    ] as const
  ) {
    const error = await assertRejects(() => run(declared, "SET {{ v }}", value), TickhouseError);
    assertEquals(error.code, "MIGRATION_VARIABLE");
  }
  const unknown = await assertRejects(() => run("text", "SET {{ w }}", "x"), TickhouseError);
  assertEquals(unknown.code, "MIGRATION_INVALID");
});

Deno.test("migrate() refuses a value that no selected file uses, and names those that are", async () => {
  const given = await files({
    "0001_a.sql": "-- variable: v integer\nSELECT {{ v }}",
    "0002_b.sql": "-- group: other\n-- variable: w integer\nSELECT {{ w }}",
  });
  const run = (set: string[], select = ["database"]) => {
    const variables = { v: "1", ...Object.fromEntries(set.map((name) => [name, "2"])) };
    return migrate({ ...given, target: "snowflake", variables, set, select });
  };
  for (const set of [["nope"], ["w"], ["v", "w"]]) {
    const error = await assertRejects(() => run(set), TickhouseError, set.at(-1));
    assertEquals(error.code, "MIGRATION_VARIABLE");
    assertMatch(error.message, /no file that is selected uses it.*[Uu]se v/);
  }
  await run(["v"]);
  await run(["v", "w"], ["database", "other"]);
});

Deno.test("migrate() never tells a secret, not even when the statement fails", async () => {
  await withSession(async (session) => {
    const given = await files({
      "0001_a.sql": "-- variable: key secret\nSELECT {{ key }}::INTEGER",
    });
    const run = () => migrate({ ...given, session, target: "duckdb", variables: { key: "hush" } });
    const error = await assertRejects(run, TickhouseError);
    assertEquals(Deno.inspect(error).includes("hush"), false);
  });
});

Deno.test("readMigrations() orders the files, and refuses twins and bad heads", async () => {
  using folder = new TempFolder();
  const write = (name: string, text: string) =>
    Deno.writeTextFileSync(join(folder.path, name), text);
  write("0002_b.sql", "SELECT 2");
  write("0001_a.sql", "-- group: account\r\n-- repeatable\r\nSELECT 1");
  write("macros.sql", "SELECT 3");
  const found = await readMigrations(folder.path);
  assertEquals(found.map((m) => [m.version, m.group, m.repeatable]), [
    [1, "account", true],
    [2, "database", false],
  ]);
  write("0002_c.sql", "SELECT 2");
  await assertRejects(() => readMigrations(folder.path), TickhouseError, "0002_b.sql");
  Deno.removeSync(join(folder.path, "0002_c.sql"));
  write("03-c.sql", "SELECT 3");
  await assertRejects(() => readMigrations(folder.path), TickhouseError, "03-c.sql");
  Deno.removeSync(join(folder.path, "03-c.sql"));
  write("0003_c.sql", "-- variable: Not a variable\nSELECT 3");
  await assertRejects(() => readMigrations(folder.path), TickhouseError, "declares no variable");
  await assertRejects(() => readMigrations(join(folder.path, "none")), TickhouseError, "none");
});

Deno.test("migrationsFor() of DuckDB makes the bronze tables, twice without harm", async () => {
  await withSession(async (session) => {
    const options = {
      session,
      target: "duckdb",
      migrations: await migrationsFor("duckdb"),
    } as const;
    assertEquals((await actions(options))[0], "0001 applied");
    assertEquals((await actions(options))[0], "0001 unchanged");
    assertEquals((await session.query("SELECT count(*) FROM bronze.ticks")).rows, [[0]]);
  });
});
