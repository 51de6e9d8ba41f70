import { assertEquals, assertThrows } from "@std/assert";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { TickhouseError } from "../errors.ts";
import { identifier, literal, textIn } from "./names.ts";

Deno.test("identifier() passes names and refuses anything that could be more", () => {
  for (const name of ["a", "_offset", "Adj_Close", "x9", "a".repeat(63)]) {
    assertEquals(identifier(name), name);
  }
  for (const name of ["", "9a", "a b", `a"`, "a;b", "a.b", "ü", "a-b", "a\n", "a".repeat(64)]) {
    const error = assertThrows(() => identifier(name), TickhouseError);
    assertEquals(error.code, "IDENTIFIER_INVALID");
  }
});

Deno.test("literal() is the text, whatever it holds", async () => {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  for (
    const text of ["", "a", "it's", "''", "\\", "'; DROP TABLE x; --", "ü🚀", "a\nb", "$1 ? %s"]
  ) {
    assertEquals((await session.query(`SELECT ${literal(text)}`)).rows, [[text]]);
  }
});

Deno.test("textIn() of Snowflake hides backslashes too", () => {
  assertEquals(textIn("snowflake", `it's a \\`), `'it''s a \\\\'`);
  assertEquals(textIn("duckdb", `it's a \\`), `'it''s a \\'`);
});
