import { DuckDBInstance } from "@duckdb/node-api";
import { assert, assertEquals } from "@std/assert";
import { RESERVED } from "./reserved.ts";

Deno.test("what DuckDB reserves is known as reserved", async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const found = await connection.runAndReadAll(
    `SELECT keyword_name FROM duckdb_keywords()
     WHERE keyword_category IN ('reserved', 'type_function')`,
  );
  const words = found.getRows().map(([word]) => String(word));
  assert(words.length > 50);
  assertEquals(words.filter((word) => !RESERVED.has(word)), []);
});
