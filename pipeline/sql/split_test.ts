import { assertEquals, assertThrows } from "@std/assert";
import { TickhouseError } from "../errors.ts";
import { splitStatements } from "./split.ts";

Deno.test("splitStatements() parts statements and leaves comments out", () => {
  const sql = `-- first; comment
  CREATE TABLE a (x INT); /* ; */
  INSERT INTO a -- the end;
  VALUES (1);
  ;`;
  assertEquals(splitStatements(sql, "duckdb"), [
    "CREATE TABLE a (x INT)",
    "INSERT INTO a\n  VALUES (1)",
  ]);
});

Deno.test("splitStatements() sees no end in strings, quoted names and $$ bodies", () => {
  for (
    const statement of [
      `SELECT ';', 'it''s; --', ";"`,
      "SELECT $$ BEGIN; -- not a comment\n\n'; END $$",
      "SELECT '/*;*/' || '$$;'",
    ]
  ) {
    assertEquals(splitStatements(`${statement};SELECT 1`, "snowflake"), [statement, "SELECT 1"]);
  }
});

Deno.test("splitStatements() knows each dialect's escapes and comments", () => {
  assertEquals(splitStatements(String.raw`SELECT '\';'; SELECT 2`, "snowflake"), [
    String.raw`SELECT '\';'`,
    "SELECT 2",
  ]);
  assertEquals(splitStatements(String.raw`SELECT '\';SELECT 2`, "duckdb"), [
    String.raw`SELECT '\'`,
    "SELECT 2",
  ]);
  assertEquals(splitStatements("SELECT 1 // one;\n", "snowflake"), ["SELECT 1"]);
  assertEquals(splitStatements("SELECT 6 // 4", "duckdb"), ["SELECT 6 // 4"]);
  assertEquals(splitStatements("SELECT 'https://a/b;c'", "snowflake"), ["SELECT 'https://a/b;c'"]);
});

Deno.test("splitStatements() names the line of what does not end", () => {
  for (const sql of ["SELECT 1;\nSELECT 'a", 'SELECT\n"a', "\nSELECT $$a", "\n/* a"]) {
    const error = assertThrows(() => splitStatements(sql, "snowflake"), TickhouseError);
    assertEquals([error.code, /line is 2/.test(error.message)], ["MIGRATION_INVALID", true]);
  }
});
