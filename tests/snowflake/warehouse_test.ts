import { assertEquals, assertRejects } from "@std/assert";
import { basename, dirname, join } from "node:path";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { startSnowflake } from "services/mod.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { PositionConflict, TickhouseError } from "tickhouse/errors.ts";
import { LakeSink } from "tickhouse/lake/lake.ts";
import { type LakeFormat } from "tickhouse/lake/layout.ts";
import { DirectoryStore } from "tickhouse/store/directory.ts";
import { loadLake } from "tickhouse/lake/load.ts";
import { batchOf, TempFolder, validBatch, validMessage } from "tickhouse/testing.ts";
import { SnowflakeWarehouse } from "tickhouse/snowflake/warehouse.ts";
import type { SnowflakeOptions } from "tickhouse/snowflake/options.ts";
import { optionsOf, standIn, type TestDatabase, testDatabase } from "./rig.ts";

/** A warehouse with its tables made. */
async function withWarehouse(
  work: (warehouse: SnowflakeWarehouse, database: TestDatabase) => Promise<void>,
  more: { readonly stage?: string; readonly server?: SnowflakeOptions } = {},
): Promise<void> {
  const { server = standIn, ...rest } = more;
  await using database = await testDatabase(server);
  await using warehouse = await SnowflakeWarehouse.open({
    ...database.options,
    codec: jsonCodec,
    deadLetters: () => Promise.resolve(),
    ...rest,
  });
  await warehouse.migrate();
  await work(warehouse, database);
}

/** What was sent since, by first words. */
async function sent(database: TestDatabase, since: number): Promise<string[]> {
  const found = await database.statements();
  return found.filter(({ id }) => id > since).map(({ sql }) =>
    sql.split(/\s+/).slice(0, 3).join(" ")
  );
}

const last = async (database: TestDatabase) => (await database.statements()).at(-1)?.id ?? 0;

Deno.test("SnowflakeWarehouse.migrate() defines nothing where all is there", async () => {
  await withWarehouse(async (warehouse, database) => {
    const before = await last(database);
    await warehouse.migrate();
    assertEquals(await sent(database, before), ["SELECT table_name, column_name,"]);
    await warehouse.query("DROP TABLE bronze.bars");
    await warehouse.migrate();
    assertEquals((await warehouse.query("SELECT count(*) FROM bronze.bars")).rows, [[0]]);
  });
});

Deno.test("SnowflakeWarehouse.write() sends rows and position in one transaction", async () => {
  await withWarehouse(async (warehouse, database) => {
    const before = await last(database);
    await warehouse.write(ticks, [validBatch(ticks, 0, 0, 3), validBatch(ticks, 1, 0, 2)]);
    assertEquals(await sent(database, before), [
      "BEGIN",
      "MERGE INTO bronze._positions",
      "INSERT INTO bronze.ticks",
      "COMMIT",
    ]);
    const between = await last(database);
    await assertRejects(
      () => warehouse.write(ticks, [validBatch(ticks, 0, 0, 3)]),
      PositionConflict,
    );
    assertEquals((await sent(database, between)).slice(0, 3), [
      "BEGIN",
      "MERGE INTO bronze._positions",
      "ROLLBACK",
    ]);
  });
});

Deno.test("SnowflakeWarehouse.write() sends no statement of more than 65,000 binds", async () => {
  await withWarehouse(async (warehouse, database) => {
    const before = await last(database);
    await warehouse.write(ticks, [validBatch(ticks, 0, 0, 14_000)]);
    const inserts = (await sent(database, before)).filter((sql) => sql.startsWith("INSERT"));
    // Four columns of the system stand before the dataset's.
    const rowsEach = Math.floor(65_000 / (4 + ticks.columns.length));
    assertEquals(inserts.length, Math.ceil(14_000 / rowsEach));
    const found = await warehouse.query(
      "SELECT count(*), count(DISTINCT _offset), max(_offset) FROM bronze.ticks",
    );
    assertEquals(found.rows, [[14_000, 14_000, 13_999]]);
  });
});

Deno.test("SnowflakeWarehouse.write() keeps nothing when a statement fails", async () => {
  await withWarehouse(async (warehouse, database) => {
    await warehouse.write(ticks, [validBatch(ticks, 0, 0, 3)]);
    await warehouse.query("ALTER TABLE bronze.ticks RENAME TO bronze.elsewhere");
    const before = await last(database);
    const error = await assertRejects(
      () => warehouse.write(ticks, [validBatch(ticks, 0, 3, 3)]),
      TickhouseError,
    );
    assertEquals([error.code, error.kind], ["SNOWFLAKE_OBJECT", "terminal"], error.message);
    assertEquals((await sent(database, before)).at(-1), "ROLLBACK");
    assertEquals(await warehouse.position("ticks", 0), 3);
    await warehouse.query("ALTER TABLE bronze.elsewhere RENAME TO bronze.ticks");
    await warehouse.write(ticks, [validBatch(ticks, 0, 3, 3)]);
    assertEquals((await warehouse.query("SELECT count(*) FROM bronze.ticks")).rows, [[6]]);
  });
});

Deno.test("SnowflakeWarehouse: two of them at once, one of each round wins", async () => {
  await withWarehouse(async (one, database) => {
    const deadLetters = () => Promise.resolve();
    const options = { ...database.options, codec: jsonCodec, deadLetters };
    await using other = await SnowflakeWarehouse.open(options);
    for (let round = 0; round < 10; round++) {
      const at = await one.position("ticks", 0);
      const results = await Promise.allSettled([
        one.write(ticks, [validBatch(ticks, 0, at, 4)]),
        other.write(ticks, [validBatch(ticks, 0, at, 6)]),
        one.claim("ticks", "log-1"),
        other.claim("ticks", "log-1"),
      ]);
      const lost = results.filter((result) => result.status === "rejected");
      assertEquals(lost.map(({ reason }) => reason instanceof PositionConflict), [true]);
    }
    const position = await one.position("ticks", 0);
    const found = await one.query("SELECT count(*), count(DISTINCT _offset) FROM bronze.ticks");
    assertEquals(found.rows, [[position, position]]);
    assertEquals((await one.query("SELECT count(*) FROM bronze._logs")).rows, [[1]]);
  });
});

for (const format of ["parquet", "ndjson", "ndjson-zstd"] as const satisfies LakeFormat[]) {
  Deno.test(`SnowflakeWarehouse.load() of ${format} keeps every digit, and leaves no file`, async () => {
    using folder = new TempFolder();
    await withWarehouse(async (warehouse, database) => {
      const store = await lake(folder, format);
      const before = await last(database);
      assertEquals(await loadLake(store, warehouse, ticks), { objects: 1, skipped: 0, rows: 2 });
      const statements = await sent(database, before);
      const begin = statements.indexOf("BEGIN");
      assertEquals(statements.slice(begin - 1).map((sql) => sql.split(" ")[0]), [
        "PUT",
        "BEGIN",
        "MERGE",
        "INSERT",
        "COPY",
        "COMMIT",
        "REMOVE",
      ]);
      const found = await warehouse.query(
        "SELECT symbol, price, size, event_time, _offset FROM bronze.ticks ORDER BY _offset",
      );
      assertEquals(found.rows[0], [
        "NULL, or 'not\"",
        "612345.12345678",
        "0.00000001",
        "2025-11-21 04:40:00.123456",
        0,
      ]);
      assertEquals((await warehouse.query("LIST @bronze.lake")).rows, []);
    });
  });
}

Deno.test("SnowflakeWarehouse.load() names objects on an external stage", async () => {
  using folder = new TempFolder();
  // In place of a bucket: a folder, which only this one may read.
  await using server = await startSnowflake({ reads: [folder.path] });
  await withWarehouse(async (warehouse, database) => {
    const store = await lake(folder, "parquet");
    await warehouse.query(
      `CREATE STAGE bronze.lake_files URL = 'file://${join(folder.path, "lake")}/'`,
    );
    const before = await last(database);
    assertEquals((await loadLake(store, warehouse, ticks)).rows, 2);
    const statements = (await database.statements()).filter(({ id }) => id > before);
    const copy = statements.find(({ sql }) => sql.startsWith("COPY"))?.sql ?? "";
    assertEquals(/FROM @bronze.lake_files\/ FILES = \('ticks\/date=\S+'\)/.test(copy), true, copy);
    assertEquals(statements.some(({ sql }) => /^(PUT|REMOVE)/.test(sql)), false);
  }, { stage: "bronze.lake_files", server: optionsOf(server.variables) });
});

Deno.test("SnowflakeWarehouse.load() refuses a file with other rows than told, and removes it", async () => {
  using folder = new TempFolder();
  await withWarehouse(async (warehouse) => {
    await lake(folder, "parquet");
    const [path = ""] = [...files(join(folder.path, "lake"))];
    const object = {
      key: `ticks/${basename(dirname(path))}/${basename(path)}`,
      topic: "ticks",
      partition: 0,
      startOffset: 0,
      nextOffset: 3,
      rows: 3,
      sha256: "00",
      path,
    };
    const error = await assertRejects(() => warehouse.load(ticks, object), TickhouseError);
    assertEquals(error.code, "SNOWFLAKE_MISCOUNT");
    assertEquals(await warehouse.position("ticks", 0), 0);
    assertEquals((await warehouse.query("SELECT count(*) FROM bronze.ticks")).rows, [[0]]);
    assertEquals((await warehouse.query("SELECT count(*) FROM bronze._loads")).rows, [[0]]);
    assertEquals((await warehouse.query("LIST @bronze.lake")).rows, []);
    const odd = { ...object, path: `${path}.xml`, rows: 2, nextOffset: 2 };
    Deno.copyFileSync(path, odd.path);
    assertEquals(
      (await assertRejects(() => warehouse.load(ticks, odd), TickhouseError)).code,
      "LOAD_FORMAT",
    );
  });
});

/** A lake with one object of two records, the first of them hard to keep. */
async function lake(folder: TempFolder, format: LakeFormat): Promise<DirectoryStore> {
  const store = new DirectoryStore(join(folder.path, "lake"));
  await using sink = await LakeSink.open({
    store,
    dataset: ticks,
    codec: jsonCodec,
    deadLetters: () => Promise.resolve(),
    format,
  });
  const hard = {
    ...validMessage(ticks, 0),
    symbol: `NULL, or 'not"`,
    price: "612345.12345678",
    size: "0.00000001",
    event_time: 1_763_700_000_123_456,
  };
  await sink.write([batchOf("ticks", 0, 0, [hard, validMessage(ticks, 1)])]);
  return store;
}

function* files(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* files(path);
    else if (entry.name.endsWith(".parquet")) yield path;
  }
}
