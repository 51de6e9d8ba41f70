/**
 * From a source through Kafka into lake and warehouse, and the proof.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { ticks } from "tickhouse/datasets/ticks.ts";
import { reconcile } from "tickhouse/reconcile/reconcile.ts";
import { deadLetterQueue } from "tickhouse/sink/dead_letters.ts";
import { LakeSink } from "tickhouse/lake/lake.ts";
import { WarehouseSink } from "tickhouse/warehouse/sink.ts";
import { DEFAULT_INSTRUMENTS, Simulator } from "tickhouse/source/simulator/simulator.ts";
import { DirectoryStore } from "tickhouse/store/directory.ts";
import { createTopics, ingest } from "tickhouse/stream/ingest.ts";
import { groupOf, LIVE, stream } from "tickhouse/stream/stream.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { DuckDbWarehouse } from "tickhouse/duckdb/warehouse.ts";
import { freshBroker, sharedKafka } from "./rig.ts";
import { lakeSide } from "tickhouse/lake/side.ts";
import { warehouseSide } from "tickhouse/warehouse/side.ts";

const kafka = sharedKafka();
const COUNT = 20_000;

Deno.test("Kafka: ticks reach lake and warehouse once, in a log full of markers", async () => {
  using folder = new TempFolder();
  await using under = await freshBroker(await kafka());
  const { broker } = under;
  const source = () =>
    new Simulator({
      instruments: DEFAULT_INSTRUMENTS,
      rate: 1_000_000,
      seed: 7,
      session: "always",
      limit: COUNT,
    });
  await createTopics(broker, ticks);
  const forever = new AbortController();
  const report = await ingest({ source: source(), broker, signal: forever.signal });
  assertEquals(report.accepted, COUNT);

  const store = new DirectoryStore(join(folder.path, "lake"));
  const codec = jsonCodec;
  const deadLetters = deadLetterQueue(broker, "lake");
  await using lake = await LakeSink.open({ store, dataset: ticks, codec, deadLetters });
  await using warehouse = await DuckDbWarehouse.open({
    path: join(folder.path, "w.duckdb"),
    codec,
    deadLetters: deadLetterQueue(broker, "warehouse"),
  });
  await warehouse.migrate();
  for (const sink of [lake, new WarehouseSink(warehouse, ticks)]) {
    const stop = new AbortController();
    let rows = 0;
    await stream({
      broker,
      topic: ticks.topic,
      sink,
      policy: LIVE,
      signal: stop.signal,
      onWrite: (written) => {
        rows += written.rows;
        if (rows === COUNT) stop.abort();
      },
    });
    assertEquals(rows, COUNT);
    let left = 0;
    for (let partition = 0; partition < ticks.partitions; partition++) {
      const { next } = await broker.offsets(ticks.topic, partition);
      const group = groupOf(sink.name, ticks.topic);
      left += next - (await broker.committed(group, ticks.topic, partition) ?? 0);
    }
    assert(left < 10, `${left} behind: more than markers`);
  }
  const proof = await reconcile({
    broker,
    codec,
    datasets: [ticks],
    ends: [lakeSide(store), warehouseSide(warehouse)],
  });
  assertEquals(proof.partitions.flatMap(({ differences }) => differences), []);
  assertEquals(proof.proven, true);
});
