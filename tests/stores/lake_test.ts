/** The lake on real stores: writers that race, what it costs, and reading it back. */
import { assert, assertEquals } from "@std/assert";
import type { RecordBatch } from "tickhouse/batch.ts";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { PositionConflict } from "tickhouse/errors.ts";
import { reconcile } from "tickhouse/reconcile/reconcile.ts";
import { deadLetterQueue } from "tickhouse/sink/dead_letters.ts";
import { FORMATS, offsetsOf } from "tickhouse/lake/fixture.ts";
import { chainOf, LakeSink } from "tickhouse/lake/lake.ts";
import type { LakeFormat } from "tickhouse/lake/layout.ts";
import type { ObjectStore } from "tickhouse/store/store.ts";
import { TestHouse } from "tickhouse/stream/fixture.ts";
import { loadLake } from "tickhouse/lake/load.ts";
import { batchOf, DeadLetterTrap, validMessage } from "tickhouse/testing.ts";
import { FaultProxy } from "./fault_proxy.ts";
import { PLACES } from "./servers.ts";
import { lakeSide } from "tickhouse/lake/side.ts";
import { warehouseSide } from "tickhouse/warehouse/side.ts";

const RECORDS = 400;
/** The log's days change twice while the writers race. */
const MIDNIGHT = Date.UTC(2025, 10, 21);

function lake(store: ObjectStore, format: LakeFormat): Promise<LakeSink> {
  const deadLetters = new DeadLetterTrap().queue;
  return LakeSink.open({ store, dataset: ticks, codec: jsonCodec, deadLetters, format });
}

/** The log's records from `start` on; each has its own time, whoever reads it. */
function read(start: number, count: number): RecordBatch {
  const messages = Array.from({ length: count }, (_, i) => validMessage(ticks, start + i));
  const batch = batchOf(ticks.topic, 0, start, messages);
  const times = Array.from({ length: count }, (_, i) => MIDNIGHT + (start + i) * 400_000);
  return { ...batch, runs: times.map((timestampMs) => ({ key: "k", count: 1, timestampMs })) };
}

/** Writes what its own clock and size say until the log is at its end; returns its objects. */
async function work(sink: LakeSink, sizeMax: number, waitMs: number): Promise<number> {
  let written = 0;
  for (;;) {
    const at = await sink.position(ticks.topic, 0);
    if (at >= RECORDS) return written;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * waitMs));
    const size = 1 + Math.floor(Math.random() * sizeMax);
    try {
      await sink.write([read(at, Math.min(size, RECORDS - at))]);
      written++;
    } catch (error) {
      if (!(error instanceof PositionConflict)) throw error;
    }
  }
}

for (const place of PLACES) {
  for (const format of ["parquet", "json"] as const) {
    Deno.test(`${place.name}: writers that flush at other sizes and times leave one ${format} chain`, async () => {
      const fresh = await place.fresh();
      await using store = await fresh.open();
      await using other = await fresh.open();
      await using small = await lake(store, format);
      await using large = await lake(other, format);
      const written = await Promise.all([work(small, 20, 10), work(large, 60, 30)]);
      const links = await Array.fromAsync(chainOf(store, ticks.topic));
      assertEquals(links.length, written.reduce((sum, n) => sum + n));
      let next = 0;
      for (const link of links.sort((a, b) => a.startOffset - b.startOffset)) {
        assertEquals(link.startOffset, next);
        next = link.nextOffset;
      }
      assertEquals(next, RECORDS);
      assert(new Set(links.map((link) => link.date)).size > 1);
      const offsets = (await offsetsOf(store, ticks, 0)).sort((a, b) => a - b);
      assertEquals(offsets, Array.from({ length: RECORDS }, (_, i) => i));
    });
  }

  Deno.test(`${place.name}: position() takes three requests`, async () => {
    const fresh = await place.fresh();
    await using proxy = await FaultProxy.start(place.url);
    await using store = await fresh.open({ url: proxy.url });
    await using sink = await lake(store, "parquet");
    for (const at of [0, 5, 10]) await sink.write([read(at, 5)]);
    proxy.seen.length = 0;
    assertEquals(await sink.position(ticks.topic, 0), 15);
    assertEquals(proxy.seen.map(({ method }) => method).sort(), ["GET", "GET", "HEAD"]);
  });

  for (const format of FORMATS) {
    Deno.test(`${place.name}: a lake in ${format} is loaded and proven`, async () => {
      await using store = await (await place.fresh()).open({ prefix: "market" });
      await using house = await TestHouse.open();
      const { broker, warehouse } = house;
      const deadLetters = deadLetterQueue(broker, "lake");
      const options = { store, dataset: ticks, codec: jsonCodec, deadLetters, format };
      await using sink = await LakeSink.open(options);
      for (let i = 0; i < 3; i++) {
        await house.send(60, 20);
        await house.drain(sink);
      }
      assertEquals((await loadLake(store, warehouse, ticks)).rows, 171);
      const query = warehouse.query.bind(warehouse);
      const proof = await reconcile({
        broker,
        codec: jsonCodec,
        datasets: [ticks],
        ends: [lakeSide(store), warehouseSide({ query })],
      });
      assertEquals(proof.partitions.flatMap((partition) => partition.differences), []);
      assertEquals((await loadLake(store, warehouse, ticks)).objects, 0);
    });
  }
}
