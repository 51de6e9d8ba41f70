/** Hostile statements, most of them made from the engine's own list of functions. @module */
import { DuckDbFile } from "tickhouse/duckdb/engine/file.ts";

/** What a statement is, and what its answer must be. */
export interface Attack {
  readonly sql: string;
  /** `refused`: it must not be run; `any`: an error or a result, as long as nothing is harmed. */
  readonly expect: "refused" | "any";
}

/** Arguments tried with each function: what it may make much of, open, or wait for. */
const ARGUMENTS = (canary: string): readonly string[] => [
  "",
  `'${canary}'`,
  "1000000000",
  `'${canary}', 1000000000`,
  `'SELECT * FROM read_text(''${canary}'')'`,
  "[1, 2]",
  "i",
  "i, i",
  "'a', 'b', 'c'",
];

/** One of each of the engine's functions, as a value, an aggregate, a window, a table. */
export async function ofAllFunctions(canary: string): Promise<Attack[]> {
  await using db = await DuckDbFile.open(":memory:");
  await using session = await db.session();
  const { rows } = await session.query(
    "SELECT DISTINCT function_name, function_type FROM duckdb_functions() ORDER BY ALL",
  );
  const given = ARGUMENTS(canary);
  return rows.flatMap(([name, type], at): Attack[] => {
    const called = /^\w+$/.test(String(name)) ? String(name) : `"${name}"`;
    // Each function meets some of the arguments; which ones, moves along.
    const args = [given[at % given.length], given[(at + 4) % given.length]] as string[];
    const from = "FROM (SELECT 7 AS i) x";
    switch (type) {
      case "pragma":
        return [
          { sql: `PRAGMA ${called}`, expect: "refused" },
          { sql: `CALL ${called}(${args[1]})`, expect: "refused" },
        ];
      case "table":
      case "table_macro":
        return args.map((arg) => ({ sql: `SELECT * FROM ${called}(${arg})`, expect: "any" }));
      case "aggregate":
        return [
          { sql: `SELECT ${called}(${args[0]}) ${from}`, expect: "any" },
          { sql: `SELECT ${called}(i) OVER (ORDER BY i) ${from}`, expect: "any" },
        ];
      default:
        return args.map((arg) => ({ sql: `SELECT ${called}(${arg}) ${from}`, expect: "any" }));
    }
  });
}

/** Statements that write, set, load, or reach outside, each in places where they may hide. */
export function ofAllKinds(canary: string, written: string): Attack[] {
  const statements = [
    "INSERT INTO bronze.ticks SELECT * FROM bronze.ticks",
    "DELETE FROM bronze.ticks",
    "UPDATE bronze.ticks SET price = 0",
    "DROP TABLE bronze.ticks",
    "TRUNCATE bronze.ticks",
    "CREATE TABLE bronze.mine AS SELECT 1",
    "CREATE TEMP TABLE mine AS SELECT 1",
    "CREATE VIEW gold.mine AS SELECT 1",
    "CREATE MACRO mine() AS 1",
    "ALTER TABLE bronze.ticks DROP COLUMN price",
    "COMMENT ON TABLE bronze.ticks IS 'mine'",
    `COPY bronze.ticks TO '${written}'`,
    `COPY bronze.ticks FROM '${canary}'`,
    `EXPORT DATABASE '${written}'`,
    `IMPORT DATABASE '${written}'`,
    `ATTACH '${written}' AS mine`,
    "DETACH warehouse",
    "USE memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "FORCE INSTALL inet",
    "SET memory_limit = '1KiB'",
    "SET GLOBAL threads = 1",
    "RESET ALL",
    "PRAGMA memory_limit = '1KiB'",
    "PRAGMA database_list",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "VACUUM",
    "ANALYZE",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "PREPARE mine AS SELECT 1",
    "EXECUTE mine",
    "DEALLOCATE mine",
    "CALL pragma_version()",
    "MERGE INTO bronze.ticks USING bronze.ticks s ON true WHEN MATCHED THEN DELETE",
    "CREATE SECRET mine (TYPE s3)",
    "DROP SCHEMA bronze CASCADE",
  ];
  const refused = (sql: string): Attack => ({ sql, expect: "refused" });
  return [
    ...statements.flatMap((sql) =>
      [
        sql,
        `SELECT 1; ${sql}`,
        `/* SELECT */ ${sql} -- SELECT`,
        `EXPLAIN ANALYZE ${sql}`,
        `WITH a AS (SELECT 1) ${sql}`,
        `SELECT * FROM (${sql})`,
        `\u00a0${sql}`,
        `${sql};;`,
      ].map(refused)
    ),
    ...filePlaces(canary).map(refused),
  ];
}

/** A file in every place where a table may stand. */
function filePlaces(canary: string): string[] {
  const readers = ["read_text", "read_csv", "read_csv_auto", "read_blob", "read_json", "glob"];
  const files = [`'${canary}'`, `"${canary}"`, ...readers.map((name) => `${name}('${canary}')`)];
  return files.flatMap((file) => [
    `FROM ${file}`,
    `DESCRIBE FROM ${file}`,
    `SUMMARIZE FROM ${file}`,
    `EXPLAIN FROM ${file}`,
    `SELECT (SELECT count(*) FROM ${file})`,
    `SELECT 1 WHERE EXISTS (FROM ${file})`,
    `WITH a AS (FROM ${file}) SELECT 1`,
    `WITH RECURSIVE a AS (SELECT 1 UNION ALL FROM ${file}) FROM a`,
    `FROM bronze.ticks, LATERAL (FROM ${file})`,
    `FROM bronze.ticks ORDER BY (SELECT count(*) FROM ${file})`,
    `SELECT 1 LIMIT (SELECT count(*) FROM ${file})`,
    `SELECT list_transform([1], lambda x: (SELECT count(*) FROM ${file}))`,
    `PIVOT (FROM ${file}) ON content IN ('x') USING count(*)`,
    `VALUES ((SELECT count(*) FROM ${file}))`,
  ]);
}

/** Statements that weigh: each ends as an error or a result, and what streams goes on. */
export function heavy(): Attack[] {
  const times = (n: number, of: (i: number) => string, between = ", ") =>
    Array.from({ length: n }, (_, i) => of(i)).join(between);
  return [
    "SELECT string_agg(i::VARCHAR, ',') FROM range(30000000) r(i)",
    "SELECT list(i) FROM range(1000000000) r(i)",
    "SELECT length(repeat('x', 4000000000))",
    "SELECT sum(length(repeat('x', 1000000000 + i::INT))) FROM range(100) r(i)",
    "SELECT range(100000) FROM range(3000)",
    `SELECT ${times(50, (i) => `i + ${i}`)} FROM range(100000) r(i)`,
    `WITH ${times(500, (i) => `c${i} AS (FROM ${i ? `c${i - 1}` : "bronze.ticks"})`)} FROM c499`,
    `WITH ${times(100, (i) => `c${i} AS (FROM ${i ? `c${i - 1} a, c${i - 1} b` : "bronze.ticks"})`)}
      SELECT count(*) FROM c99`,
    "SELECT _offset, _partition, max(price, 999999) FROM bronze.ticks GROUP BY ALL LIMIT 1",
    "SELECT trade_id, arg_min(price, symbol, 999999) FROM bronze.ticks GROUP BY trade_id LIMIT 1",
    `SELECT count(*) FROM ${times(950, (i) => `bronze.ticks t${i}`)}`,
    `SELECT count(*) FROM ${times(140, (i) => `bronze.ticks t${i}`)}`,
    `SELECT ${"abs(".repeat(990)}1${")".repeat(990)}`,
    `SELECT ${"abs(".repeat(190)}1${")".repeat(190)}`,
    `SELECT ${"(".repeat(50_000)}1${")".repeat(50_000)}`,
    `SELECT ${"(SELECT ".repeat(120)}1${")".repeat(120)}`,
    `SELECT ${"NOT ".repeat(9_000)}true`,
    `SELECT ${"[".repeat(900)}1${"]".repeat(900)}`,
    `SELECT ${times(20_000, () => "1", " + ")}`,
    `SELECT 1 WHERE ${times(5_000, (i) => `${i} = ${i}`, " AND ")}`,
    `SELECT 1 IN (${times(50_000, (i) => `${i}`)})`,
    times(140, () => "SELECT 1", " UNION ALL "),
    times(5_000, () => "SELECT 1", " UNION ALL "),
    `SELECT CASE ${times(3_000, (i) => `WHEN ${i} = 0 THEN 1`, " ")} END`,
    "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r",
    "WITH RECURSIVE r AS (SELECT 'x' AS s UNION ALL SELECT s || s FROM r) SELECT max(s) FROM r",
    "SELECT regexp_matches(repeat('a', 1000000), '(a*)*b')",
    "SELECT regexp_replace(repeat('a', 1000000), 'a', repeat('b', 10000), 'g')",
    "SELECT printf('%1000000000d', 1)",
    "SELECT format('{:>1000000000}', 'x')",
    "SELECT lpad('x', 2000000000, 'y')",
    "SELECT json_group_array(i) FROM range(30000000) r(i)",
    "SELECT histogram(i) FROM range(30000000) r(i)",
    "SELECT count(DISTINCT i) FROM range(300000000) r(i)",
    "SELECT i, count(*) FROM range(300000000) r(i) GROUP BY i ORDER BY 2",
    "SELECT median(i) OVER (ORDER BY i ROWS 100000 PRECEDING) FROM range(10000000) r(i)",
    "SELECT count(*) FROM bronze.ticks a, bronze.ticks b, bronze.ticks c WHERE a.price < b.price",
    "SELECT * FROM bronze.ticks a, bronze.ticks b",
    "SELECT * FROM unnest(range(1000000000))",
    "SELECT list_resize([1], 2000000000)",
    "SELECT array_cross_product(range(1000000000), [1])",
    "SELECT 9999999999999999999999999999999999999999 ** 999999999",
    "SELECT factorial(2147483647)",
    "SELECT bar(1, 0, 1, 2000000000)",
    "SELECT levenshtein(repeat('a', 100000), repeat('b', 100000))",
    "SELECT generate_series(TIMESTAMP '0001-01-01', TIMESTAMP '9999-01-01', INTERVAL 1 SECOND)",
    "SELECT '\u0000', E'\\x00', chr(0), chr(1114112)",
    "SELECT CAST(repeat('[', 100000) AS JSON)",
    "SELECT json_extract(repeat('{\"a\":', 50000), '$.a.a')",
    "SELECT unicode('\ud800'), strip_accents(repeat('é', 10000000))",
    "SELECT '1.1.1.1'::INET, stem('a', 'porter')",
    "SELECT * FROM pg_catalog.pg_settings",
  ].map((sql) => ({ sql, expect: "any" as const }));
}
