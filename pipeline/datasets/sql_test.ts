import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { TickhouseError } from "../errors.ts";
import { TempFolder, validMessage } from "../testing.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { DATASETS, ticks } from "./datasets.ts";
import type { Dataset } from "./dataset.ts";
import {
  bronzeDdl,
  bronzeTable,
  identifier,
  literal,
  sqlType,
  tableColumns,
  typedLines,
  validity,
} from "./sql.ts";

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

for (const dataset of DATASETS) {
  Deno.test(`bronzeDdl() of ${dataset.name} makes the declared columns, twice without harm`, async () => {
    await using file = await DuckDbFile.open(":memory:");
    await using session = await file.session();
    await session.run("CREATE SCHEMA bronze");
    for (let i = 0; i < 2; i++) await session.run(bronzeDdl(dataset, "duckdb"));
    const { rows } = await session.query(`DESCRIBE ${bronzeTable(dataset)}`);
    const made = rows.slice(4).map(([name, type, nullable]) => [name, type, nullable]);
    const declared = dataset.columns.map((c) => [
      c.name,
      sqlType(c.type, "duckdb"),
      c.nullable ? "YES" : "NO",
    ]);
    assertEquals(made, declared);
    const system = ["_topic", "_partition", "_offset", "_ingest_time"];
    assertEquals(rows.slice(0, 4).map(([name]) => name), system);
  });

  Deno.test(`typedLines() of ${dataset.name} gives one row a line, in order, all valid`, async () => {
    const rows = await rowsOf(
      dataset,
      Array.from({ length: 30 }, (_, i) => validMessage(dataset, i)),
    );
    assertEquals(rows.map((row) => row.slice(0, 2)), rows.map((_, i) => [i + 1, true]));
  });
}

Deno.test("bronzeDdl() for Snowflake speaks its types", () => {
  const ddl = bronzeDdl(ticks, "snowflake");
  for (const part of ["NUMBER(18,8)", "TIMESTAMP_NTZ(6)", "VARCHAR(32)", "_offset NUMBER(19,0)"]) {
    assert(ddl.includes(part), ddl);
  }
  assert(!/DECIMAL|BIGINT|TIMESTAMP NOT/.test(ddl), ddl);
});

Deno.test("validity() draws each line where the declaration does", async () => {
  const cases: [Record<string, unknown>, boolean][] = [
    [{}, true],
    [{ price: 1e9 }, true],
    [{ price: 1_000_000_000.1 }, false],
    [{ price: 0.00000001 }, true],
    [{ price: 0 }, false],
    [{ price: 0.000000001 }, false],
    [{ size: 0 }, true],
    [{ size: -0.1 }, false],
    [{ symbol: "x".repeat(32) }, true],
    [{ symbol: "ü".repeat(32) }, true],
    [{ symbol: "x".repeat(33) }, false],
    [{ symbol: "ü".repeat(33) }, false],
    [{ symbol: "" }, false],
    [{ symbol: ["A"] }, false],
    [{ symbol: { a: 1 } }, false],
    [{ symbol: "^GSPC" }, true],
    [{ symbol: "\\" }, true],
    [{ symbol: "|x" }, true],
    [{ event_time: 315_532_800_000_000 }, true],
    [{ event_time: 315_532_799_999_999 }, false],
    [{ event_time: 4_102_444_800_000_001 }, false],
    [{ trade_id: null }, false],
    [{ unknown: 1 }, true],
  ];
  const messages = cases.map(([change], i) => ({ ...validMessage(ticks, i), ...change }));
  const rows = await rowsOf(ticks, messages);
  for (const [i, [change, valid]] of cases.entries()) {
    assertEquals(rows[i]?.[1], valid, JSON.stringify(change));
  }
});

/** Row number and validity of each message, then the columns as the table holds them. */
async function rowsOf(dataset: Dataset, messages: readonly Record<string, unknown>[]) {
  using folder = new TempFolder();
  const path = join(folder.path, "it's lines.ndjson");
  Deno.writeTextFileSync(path, messages.map((m) => JSON.stringify(m) + "\n").join(""));
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  const { rows } = await session.query(
    `SELECT _row, coalesce(${validity(dataset)}, false), ${tableColumns(dataset)}
     FROM (${typedLines(dataset, path)}) ORDER BY _row`,
  );
  return rows;
}
