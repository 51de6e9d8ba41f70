import { assert, assertEquals } from "@std/assert";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { DATASETS, ticks } from "./datasets.ts";
import { bronzeDdl, bronzeTable, sqlType } from "./tables.ts";

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
}

Deno.test("bronzeDdl() for Snowflake speaks its types", () => {
  const ddl = bronzeDdl(ticks, "snowflake");
  for (const part of ["NUMBER(18,8)", "TIMESTAMP_NTZ(6)", "VARCHAR(32)", "_offset NUMBER(19,0)"]) {
    assert(ddl.includes(part), ddl);
  }
  assert(!/DECIMAL|BIGINT|TIMESTAMP NOT/.test(ddl), ddl);
});
