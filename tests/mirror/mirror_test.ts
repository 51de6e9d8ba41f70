/** What Snowflake holds, pulled into DuckDB. @module */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { bars, ticks } from "tickhouse/datasets/datasets.ts";
import { bronzeColumns, bronzeDdl } from "tickhouse/datasets/tables.ts";
import { earlier } from "tickhouse/warehouse/evolution_conformance.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { migrate } from "tickhouse/migrate/migrate.ts";
import { migrationsFor } from "tickhouse/migrate/migrations.ts";
import { mirror, type MirrorOptions } from "tickhouse/mirror/mirror.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { DuckDbWarehouse } from "tickhouse/duckdb/warehouse.ts";
import type { Result } from "tickhouse/sql/session.ts";
import { SnowflakeSession } from "tickhouse/snowflake/session.ts";
import { testDatabase } from "../snowflake/rig.ts";

/** A database of Snowflake with its tables, and a new DuckDB. */
class Bench implements AsyncDisposable {
  readonly from: SnowflakeSession;
  readonly into: DuckDbWarehouse;
  readonly #closing: AsyncDisposableStack;

  private constructor(
    from: SnowflakeSession,
    into: DuckDbWarehouse,
    closing: AsyncDisposableStack,
  ) {
    this.from = from;
    this.into = into;
    this.#closing = closing;
  }

  static async open(): Promise<Bench> {
    await using opened = new AsyncDisposableStack();
    const database = opened.use(await testDatabase());
    const from = opened.use(await SnowflakeSession.open(database.options));
    const migrations = await migrationsFor("snowflake");
    await migrate({ target: "snowflake", migrations, session: from, select: ["10", "11", "12"] });
    const folder = opened.use(new TempFolder());
    const into = opened.use(
      await DuckDbWarehouse.open({
        path: join(folder.path, "mirror.duckdb"),
        codec: jsonCodec,
        deadLetters: () => Promise.reject(new TypeError("a mirror has no dead letters")),
      }),
    );
    await into.migrate();
    return new Bench(from, into, opened.move());
  }

  /** Appends rows as a sink does: with a gap at every tenth offset, a dead letter. */
  async fill(partition: number, start: number, next: number): Promise<void> {
    const rows = [];
    for (let offset = start; offset < next; offset++) {
      if (offset % 10 === 9) continue;
      const at = new Date(1_772_461_800_000 + offset * 777).toISOString();
      const time = `${at.slice(0, 10)} ${at.slice(11, 23)}${
        String(offset % 1000).padStart(3, "0")
      }`;
      rows.push([
        ...["ticks", String(partition), String(offset), time, `O'H${partition}`],
        ...[
          `${100 + offset % 7}.0000000${offset % 10}`,
          "0.00000001",
          time,
          "simulator",
          `t${offset}`,
        ],
      ]);
    }
    await this.from.insert(
      `INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, symbol, price, size,
         event_time, source, trade_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      rows,
    );
    await this.from.run(
      `DELETE FROM bronze._positions WHERE topic = 'ticks' AND partition = ${partition};
       INSERT INTO bronze._positions VALUES ('ticks', ${partition}, ${next})`,
    );
  }

  pull(more: Partial<MirrorOptions> = {}) {
    return mirror({ from: this.from, into: this.into, datasets: [ticks], ...more });
  }

  /** Rows of both sides, which must be equal to the last digit. */
  async assertEqualRows(): Promise<number> {
    const sql = `SELECT _topic, _partition, _offset, _ingest_time, symbol, price, size, event_time,
      source, trade_id FROM bronze.ticks ORDER BY _partition, _offset`;
    const [theirs, ours] = [await this.from.query(sql), await this.into.query(sql)];
    // One engine leaves out zeros at the end of a second.
    const plain = (row: Result["rows"][number] = []) =>
      row.map((cell) =>
        typeof cell === "string" && /:\d\d\.\d+$/.test(cell) ? cell.replace(/\.?0*$/, "") : cell
      );
    for (const [i, row] of theirs.rows.entries()) assertEquals(plain(ours.rows[i]), plain(row));
    assertEquals(ours.rows.length, theirs.rows.length);
    return ours.rows.length;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing.disposeAsync();
  }
}

for (const by of ["unload", "rows"] as const) {
  Deno.test(`mirror() by ${by} brings each row of bronze once, and later only what is new`, async () => {
    await using bench = await Bench.open();
    await bench.from.run("INSERT INTO bronze._logs VALUES ('ticks', 'log-1')");
    await bench.fill(0, 0, 250);
    await bench.fill(3, 0, 40);
    const pulled = await bench.pull({ by, stride: 100 });
    assertEquals(pulled, [{ relation: "bronze.ticks", action: "loaded", rows: 261 }]);
    assertEquals(await bench.assertEqualRows(), 261);
    assertEquals(await bench.into.position("ticks", 0), 250);
    assertEquals((await bench.pull({ by }))[0]?.action, "current");
    await bench.fill(0, 250, 303);
    assertEquals((await bench.pull({ by }))[0]?.rows, 48);
    assertEquals(await bench.assertEqualRows(), 309);
    await assertRejects(() => bench.into.claim("ticks", "log-2"), TickhouseError, "ticks");
    const stage = await bench.from.query("LIST @~/tickhouse_mirror/");
    assertEquals(stage.rows, []);
  });
}

Deno.test("mirror() of a table that has not got a nullable column yet leaves it empty", async () => {
  await using bench = await Bench.open();
  const dataset = earlier(bars, { volume: undefined, adj_close: undefined });
  await bench.from.run(`DROP TABLE bronze.bars; ${bronzeDdl(dataset, "snowflake")};
    INSERT INTO bronze._positions VALUES ('bars', 0, 1)`);
  const values = ["bars", "0", "0", "2026-03-02 14:30:00", "A", "1m", "2026-03-02 14:30:00"];
  // Those behind may be null.
  const names = bronzeColumns(dataset).slice(0, values.length + 5);
  await bench.from.insert(
    `INSERT INTO bronze.bars (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    [[...values, "1", "2", "0.5", "1.5", "csv"]],
  );
  for (const by of ["unload", "rows"] as const) {
    await bench.into.query("DELETE FROM bronze._positions");
    await bench.into.query("DELETE FROM bronze._loads");
    await bench.pull({ datasets: [bars], by });
  }
  const found = await bench.into.query("SELECT source, close, volume, adj_close FROM bronze.bars");
  assertEquals(found.rows, [
    ["csv", "1.500000000000000000", null, null],
    ["csv", "1.500000000000000000", null, null],
  ]);
});

Deno.test("mirror() takes rows that were streamed without a position", async () => {
  await using bench = await Bench.open();
  await bench.fill(1, 0, 25);
  await bench.from.run("DELETE FROM bronze._positions");
  assertEquals((await bench.pull())[0]?.rows, 23);
  assertEquals(await bench.into.position("ticks", 1), 25);
});

Deno.test("mirror() refuses a DuckDB that is ahead, and one of another log", async () => {
  await using bench = await Bench.open();
  await bench.fill(0, 0, 30);
  await bench.pull();
  await bench.from.run("DELETE FROM bronze.ticks; UPDATE bronze._positions SET next_offset = 7");
  const ahead = await assertRejects(() => bench.pull(), TickhouseError);
  assertEquals(ahead.code, "MIRROR_AHEAD");
  await bench.into.claim("ticks", "mine");
  await bench.from.run("INSERT INTO bronze._logs VALUES ('ticks', 'theirs')");
  const other = await assertRejects(() => bench.pull(), TickhouseError);
  assertEquals(other.code, "LOG_REPLACED");
});

Deno.test("mirror() takes rows bound to no log only into a DuckDB that is bound to none", async () => {
  await using bench = await Bench.open();
  await bench.fill(0, 0, 30);
  await bench.pull();
  await bench.fill(0, 30, 40);
  await bench.into.claim("ticks", "mine");
  const error = await assertRejects(() => bench.pull(), TickhouseError, "Snowflake");
  assertEquals([error.code, await bench.into.position("ticks", 0)], ["LOG_UNKNOWN", 30]);
});

Deno.test("mirror() replaces the tables and views of other schemas, whatever their types", async () => {
  await using bench = await Bench.open();
  await bench.from.run(`CREATE SCHEMA IF NOT EXISTS gold;
    CREATE TABLE gold.kinds (i NUMBER(10,0), big NUMBER(38,2), d NUMBER(28,8), f FLOAT, s VARCHAR,
      b BOOLEAN, day DATE, moment TIMESTAMP_NTZ(6));
    INSERT INTO gold.kinds VALUES (1, 12345678901234567890123456789.01, 0.12345678, 0.1, 'O''H "x"',
      true, '2026-03-02', '2026-03-02 14:30:00.123456'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    CREATE VIEW gold.few AS SELECT i, f / 3 AS third FROM gold.kinds WHERE i = 1;
    CREATE TABLE gold.nothing (i NUMBER(10,0))`);
  await bench.into.query("CREATE VIEW gold.kinds AS SELECT 1 AS old");
  for (const by of ["unload", "rows"] as const) {
    const pulled = await bench.pull({ schemas: ["gold"], by });
    assertEquals(pulled.map(({ relation, rows }) => [relation, rows]), [
      ["gold.few", 1],
      ["gold.kinds", 2],
      ["gold.nothing", 0],
    ]);
    const found = await bench.into.query("SELECT * FROM gold.kinds ORDER BY i");
    assertEquals(found.columns.map(({ type }) => type), [
      ...["BIGINT", "DECIMAL(38,2)", "DECIMAL(28,8)", "DOUBLE", "VARCHAR"],
      ...["BOOLEAN", "DATE", "TIMESTAMP"],
    ]);
    assertEquals(found.rows, [
      [
        ...[1, "12345678901234567890123456789.01", "0.12345678", 0.1, 'O\'H "x"', true],
        ...["2026-03-02", "2026-03-02 14:30:00.123456"],
      ],
      [2, null, null, null, null, null, null, null],
    ]);
    const third = await bench.into.query("SELECT third = 0.1::DOUBLE / 3 FROM gold.few");
    assertEquals(third.rows, [[true]]);
  }
});

Deno.test("mirror() names a schema that is not there, and a column it can't hold", async () => {
  await using bench = await Bench.open();
  const unknown = await assertRejects(() => bench.pull({ schemas: ["nowhere"] }), TickhouseError);
  assertEquals([unknown.code, unknown.field], ["SCHEMA_UNKNOWN", "schemas"]);
  await bench.from.run("CREATE SCHEMA IF NOT EXISTS gold; CREATE TABLE gold.v (x VARIANT)");
  const type = await assertRejects(() => bench.pull({ schemas: ["gold"] }), TickhouseError);
  assertEquals([type.code, type.field], ["TYPE_UNSUPPORTED", "gold.v.x"]);
});
