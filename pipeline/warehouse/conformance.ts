/**
 * What every warehouse must do, beyond being a sink. Each adapter's test calls
 * `warehouseConformance`.
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { jsonCodec } from "../codec/json.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { DATASETS, ticks } from "../datasets/datasets.ts";
import { bronzeTable } from "../datasets/tables.ts";
import { PositionConflict } from "../errors.ts";
import { sinkConformance } from "../sink/conformance.ts";
import { chainOf, LakeSink } from "../lake/lake.ts";
import type { DeadLetterQueue, Sink } from "../sink/sink.ts";
import { WarehouseSink } from "./sink.ts";
import { DirectoryStore } from "../store/directory.ts";
import { loadLake } from "../lake/load.ts";
import { batchOf, DeadLetterTrap, TempFolder, validBatch, validMessage } from "../testing.ts";
import type { Warehouse } from "./warehouse.ts";

/** A fresh warehouse with its tables made. */
export interface WarehouseUnderTest extends AsyncDisposable {
  readonly warehouse: Warehouse;
  /** Another writer of the same warehouse, with sessions of its own. */
  another(): Promise<Warehouse>;
}

/** Makes one. */
export type MakeWarehouse = (deadLetters: DeadLetterQueue) => Promise<WarehouseUnderTest>;

/** Registers the suite, and the sinks' suite, under the adapter's name. */
export function warehouseConformance(name: string, make: MakeWarehouse): void {
  sinkConformance(name, async (dataset, trap) => {
    const under = await make(trap.queue);
    return {
      sink: new WarehouseSink(under.warehouse, dataset),
      reopen: async () => owning(await under.another(), dataset),
      offsets: async (partition) => {
        const found = await under.warehouse.query(
          `SELECT _offset FROM ${bronzeTable(dataset)} WHERE _partition = ?`,
          [partition],
        );
        return found.rows.map(([offset]) => Number(offset));
      },
      [Symbol.asyncDispose]: () => under[Symbol.asyncDispose](),
    };
  });

  const test = (
    behaviour: string,
    run: (warehouse: Warehouse, trap: DeadLetterTrap) => Promise<void>,
  ) =>
    Deno.test(`${name}: ${behaviour}`, async () => {
      const trap = new DeadLetterTrap();
      await using under = await make(trap.queue);
      await run(under.warehouse, trap);
    });

  test("migrate() is idempotent and makes every bronze table", async (warehouse) => {
    await warehouse.migrate();
    for (const dataset of DATASETS) {
      const found = await warehouse.query(`SELECT count(*) FROM ${bronzeTable(dataset)}`);
      assertEquals(found.rows, [[0]]);
    }
  });

  test("values arrive exactly: decimals, times, text", async (warehouse) => {
    const message = {
      ...validMessage(ticks, 0),
      symbol: "BRK.A",
      price: "612345.12345678",
      size: 0.00000001,
      event_time: 1_763_700_000_123_456,
    };
    await warehouse.write(ticks, [batchOf("ticks", 0, 0, [message])]);
    const found = await warehouse.query(
      "SELECT symbol, price, size, event_time, _topic, _partition, _offset FROM bronze.ticks",
    );
    assertEquals(found.rows, [
      ["BRK.A", "612345.12345678", "0.00000001", "2025-11-21 04:40:00.123456", "ticks", 0, 0],
    ]);
  });

  test("a write of several partitions is all or nothing", async (warehouse) => {
    await warehouse.write(ticks, [validBatch(ticks, 0, 0, 5)]);
    const batches = [validBatch(ticks, 1, 0, 5), validBatch(ticks, 0, 99, 5)];
    await assertRejects(() => warehouse.write(ticks, batches), PositionConflict);
    assertEquals(await warehouse.position("ticks", 1), 0);
    assertEquals((await warehouse.query("SELECT count(*) FROM bronze.ticks")).rows, [[5]]);
  });

  test("query() binds values and gives names and types", async (warehouse) => {
    const hostile = "'; DROP TABLE bronze.ticks; --";
    const found = await warehouse.query("SELECT ? AS a, ? AS b, NULL AS c", [hostile, 7]);
    assertEquals(found.rows, [[hostile, 7, null]]);
    assertEquals(found.columns.map((c) => c.name.toLowerCase()), ["a", "b", "c"]);
  });

  test(
    "load() takes each lake object once, in order, from where it stands",
    async (warehouse, trap) => {
      using folder = new TempFolder();
      const store = new DirectoryStore(join(folder.path, "lake"));
      await using lake = await LakeSink.open({
        store,
        dataset: ticks,
        codec: jsonCodec,
        deadLetters: trap.queue,
      });
      await lake.write([validBatch(ticks, 0, 0, 10), validBatch(ticks, 1, 0, 4)]);
      await lake.write([batchOf("ticks", 0, 10, [validMessage(ticks, 10), "bad"])]);
      assertEquals(await loadLake(store, warehouse, ticks), { objects: 3, skipped: 0, rows: 15 });
      assertEquals(await loadLake(store, warehouse, ticks), { objects: 0, skipped: 3, rows: 0 });
      await lake.write([validBatch(ticks, 0, 12, 3)]);
      assertEquals(await loadLake(store, warehouse, ticks), { objects: 1, skipped: 3, rows: 3 });
      assertEquals(await warehouse.position("ticks", 0), 15);
      const loads = await warehouse.query(
        "SELECT start_offset, next_offset, row_count FROM bronze._loads ORDER BY object",
      );
      assertEquals(loads.rows, [[0, 10, 10], [10, 12, 1], [12, 15, 3], [0, 4, 4]]);
    },
  );

  test("load() and write() share one position", async (warehouse, trap) => {
    using folder = new TempFolder();
    const store = new DirectoryStore(join(folder.path, "lake"));
    await using lake = await LakeSink.open({
      store,
      dataset: ticks,
      codec: jsonCodec,
      deadLetters: trap.queue,
    });
    await lake.write([validBatch(ticks, 0, 0, 10)]);
    await warehouse.write(ticks, [validBatch(ticks, 0, 0, 4)]);
    assertEquals((await loadLake(store, warehouse, ticks)).rows, 6);
    await assertRejects(
      () => warehouse.write(ticks, [validBatch(ticks, 0, 4, 4)]),
      PositionConflict,
    );
    await warehouse.write(ticks, [validBatch(ticks, 0, 10, 1)]);
    const found = await warehouse.query(
      "SELECT count(*), count(DISTINCT _offset), max(_offset) FROM bronze.ticks",
    );
    assertEquals(found.rows, [[11, 11, 10]]);
  });

  test("load() of an object that is there already changes nothing", async (warehouse, trap) => {
    using folder = new TempFolder();
    const store = new DirectoryStore(join(folder.path, "lake"));
    const { queue: deadLetters } = trap;
    await using lake = await LakeSink.open({
      store,
      dataset: ticks,
      codec: jsonCodec,
      deadLetters,
    });
    await lake.write([validBatch(ticks, 0, 0, 3)]);
    await lake.write([validBatch(ticks, 0, 3, 3)]);
    for await (const link of chainOf(store, "ticks")) {
      const path = join(folder.path, `${link.startOffset}.parquet`);
      await store.download(link.key, path);
      const object = { ...link, topic: "ticks", path };
      assertEquals(await warehouse.load(ticks, object), 3);
      assertEquals(await warehouse.load(ticks, object), 0);
      assertEquals(await warehouse.position("ticks", 0), link.nextOffset);
    }
    const found = await warehouse.query("SELECT count(*) FROM bronze.ticks");
    assertEquals(found.rows, [[6]]);
  });

  test(
    "load() refuses an object beyond the position, and a changed one",
    async (warehouse, trap) => {
      using folder = new TempFolder();
      const root = join(folder.path, "lake");
      const store = new DirectoryStore(root);
      await using lake = await LakeSink.open({
        store,
        dataset: ticks,
        codec: jsonCodec,
        deadLetters: trap.queue,
      });
      await lake.write([validBatch(ticks, 0, 0, 3)]);
      await lake.write([validBatch(ticks, 0, 3, 3)]);
      const [first, second] = await Array.fromAsync(chainOf(store, "ticks"));
      if (!first || !second) throw new Error("two objects expected");
      const object = (link: typeof first) => ({
        ...link,
        topic: "ticks",
        path: join(root, link.key),
      });
      await assertRejects(() => warehouse.load(ticks, object(second)), PositionConflict);
      Deno.writeTextFileSync(join(root, first.key), "not what was written");
      await assertRejects(() => loadLake(store, warehouse, ticks), Error, first.key);
      assertEquals(await warehouse.position("ticks", 0), 0);
    },
  );
}

/** A sink that closes its warehouse. */
function owning(warehouse: Warehouse, dataset: Dataset): Sink {
  const sink = new WarehouseSink(warehouse, dataset);
  sink[Symbol.asyncDispose] = async () => await warehouse[Symbol.asyncDispose]();
  return sink;
}
