/** The proof over rows that an earlier declaration wrote: what they have not is null on every side. */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { Packed } from "../batch.ts";
import { EmbeddedBroker } from "../broker/embedded/embedded.ts";
import { jsonCodec } from "../codec/json.ts";
import { bars, type Dataset } from "../datasets/datasets.ts";
import { warehouseSide } from "../warehouse/side.ts";
import { DuckDbWarehouse } from "../duckdb/warehouse.ts";
import { LakeSink } from "../lake/lake.ts";
import type { LakeFormat } from "../lake/layout.ts";
import { lakeSide } from "../lake/side.ts";
import { loadLake } from "../lake/load.ts";
import { DirectoryStore } from "../store/directory.ts";
import { differencesOf } from "../stream/fixture.ts";
import { createTopics } from "../stream/ingest.ts";
import { stream } from "../stream/stream.ts";
import { TempFolder, validMessage } from "../testing.ts";
import { earlier } from "../warehouse/evolution_conformance.ts";
import { WarehouseSink } from "../warehouse/sink.ts";
import { reconcile } from "./reconcile.ts";

/** Bars as they may have been: the other way round, and without what may be null. */
const before: Dataset = {
  ...earlier(bars, { adj_close: undefined, volume: undefined }),
  columns: earlier(bars, { adj_close: undefined, volume: undefined }).columns.toReversed(),
};

const deadLetters = () => Promise.reject(new TypeError("no record is bad"));
const policy = { minRecords: 1, maxWaitMs: 0, maxRecords: 1000 };

/** Sends messages of the declaration, and streams them into lake and warehouse by it. */
async function fill(
  dataset: Dataset,
  { path, broker, store, format }: {
    path: string;
    broker: EmbeddedBroker;
    store: DirectoryStore;
    format: LakeFormat;
  },
): Promise<void> {
  const values = Array.from({ length: 30 }, (_, i) => JSON.stringify(validMessage(dataset, i)));
  await broker.produce(dataset.topic, [{ key: "k", values: Packed.from(values) }]);
  const codec = jsonCodec;
  await using lake = await LakeSink.open({ store, dataset, codec, deadLetters, format });
  await using warehouse = await DuckDbWarehouse.open({
    ...{ path, codec, deadLetters, datasets: [dataset] },
  });
  await warehouse.migrate();
  for (const sink of [lake, new WarehouseSink(warehouse, dataset)]) {
    await stream({ broker, topic: dataset.topic, sink, policy, signal: AbortSignal.abort() });
  }
}

for (const format of ["parquet", "ndjson", "json"] as const) {
  Deno.test(`reconcile() proves rows of before and after a column was added, in ${format}`, async () => {
    using folder = new TempFolder();
    const path = join(folder.path, "w.duckdb");
    const store = new DirectoryStore(join(folder.path, "lake"));
    await using broker = new EmbeddedBroker({ path: join(folder.path, "broker.sqlite") });
    await createTopics(broker, before);
    for (const dataset of [before, bars]) await fill(dataset, { path, broker, store, format });
    const codec = jsonCodec;
    for (const file of [path, join(folder.path, "loaded.duckdb")]) {
      await using warehouse = await DuckDbWarehouse.open({ path: file, codec, deadLetters });
      await warehouse.migrate();
      const rows = (await loadLake(store, warehouse, bars)).rows;
      assertEquals(rows, file === path ? 0 : 60);
      const query = warehouse.query.bind(warehouse);
      const proof = await reconcile({
        broker,
        codec,
        datasets: [bars],
        ends: [lakeSide(store), warehouseSide({ query })],
      });
      assertEquals([proof.proven, differencesOf(proof)], [true, []]);
      const hashes = proof.partitions.flatMap(({ sides }) => sides.map(({ hash }) => hash));
      assertEquals(new Set(hashes).size, 2); // One of all rows, one of none.
      const empty = await query(
        "SELECT count(*), count(volume), count(adj_close) FROM bronze.bars",
      );
      assertEquals(empty.rows, [[60, 30, 30]]);
    }
  });
}
