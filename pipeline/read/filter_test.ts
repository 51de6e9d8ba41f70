import { assertEquals } from "@std/assert";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { filterOf } from "./filter.ts";
import { type Queryable, readStatement } from "./statement.ts";

/** What is left out by: of each statement the condition, as the engine writes it. */
const CERTAIN: Readonly<Record<string, string>> = {
  "FROM t WHERE a = 1": "(a = 1)",
  "SELECT median(a) FROM s.t x WHERE x.a >= 1 AND x.b < 'c' AND abs(x.a) > 2":
    "(a >= 1) AND (b < 'c')",
  "FROM t WHERE a IN (1, 2) AND b BETWEEN 'a' AND 'c'": "(a IN (1, 2)) AND (b BETWEEN 'a' AND 'c')",
  "FROM t WHERE moment > now() - INTERVAL 5 MINUTE":
    "(moment > (now() - to_minutes(CAST(trunc(CAST(5 AS DOUBLE)) AS BIGINT))))",
  "FROM t WHERE a = 170141183460469231731687303715884105727 AND b <> 9007199254740993":
    "(a = 170141183460469231731687303715884105727) AND (b != 9007199254740993)",
  "FROM t WHERE a > 0.1234567890123456789012345 AND b = 1e300 AND c = 'it''s'":
    "(a > 0.1234567890123456789012345) AND (b = 1e+300) AND (c = 'it''s')",
  "SELECT * FROM (SELECT a FROM t WHERE a > 1) WHERE a < 9": "(a > 1)",
};

const UNCERTAIN = [
  "FROM t",
  "FROM t WHERE a = 1 OR b = 'x'",
  "FROM t WHERE a = b",
  "FROM t WHERE moment < now() - INTERVAL 5 MINUTE",
  "FROM t WHERE moment > today()",
  "FROM t WHERE a > random()",
  "FROM t WHERE a = ?",
  "FROM t WHERE a > (SELECT max(a) FROM t)",
  "FROM t JOIN u USING (a) WHERE a = 1",
  "FROM t WHERE s.a = 1",
  "FROM t TABLESAMPLE 10 PERCENT (bernoulli) WHERE a = 1",
  "WITH t AS (FROM u) FROM t WHERE a = 1",
  "FROM t WHERE b LIKE 'x%'",
];

Deno.test("filterOf() knows what a statement can't see of its table", async () => {
  await using db = await DuckDbFile.open(":memory:");
  await using session = await db.session();
  for (const [sql, filter] of Object.entries(CERTAIN)) {
    assertEquals([sql, await filterIn(session, sql)], [sql, filter]);
  }
  for (const sql of UNCERTAIN) {
    assertEquals([sql, await filterIn(session, sql)], [sql, null]);
  }
});

async function filterIn(session: Queryable, sql: string): Promise<string | null> {
  return (await readStatement(session, sql)).mayFilter ? await filterOf(session, sql) : null;
}
