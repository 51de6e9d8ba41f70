/** What the tests of the lake share. @module */
import { jsonCodec } from "../codec/json.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { Workbench } from "../decode/workbench.ts";
import type { ObjectStore } from "../store/store.ts";
import type { DeadLetterTrap } from "../testing.ts";
import type { SinkUnderTest } from "../sink/conformance.ts";
import { LakeSink, type LakeSinkOptions } from "./lake.ts";
import { chainOf } from "./chain.ts";
import { type LakeFormat, objectRows } from "./layout.ts";
import { LakeReader } from "./reader.ts";
import { discard } from "../decode/spool.ts";

/** All formats. */
export const FORMATS: readonly LakeFormat[] = ["parquet", "ndjson", "ndjson-zstd", "json"];

/** Offsets that the lake holds of a partition, in no order, repeats included. */
export async function offsetsOf(
  store: ObjectStore,
  dataset: Dataset,
  partition: number,
): Promise<number[]> {
  await using workbench = await Workbench.open();
  const reader = new LakeReader(store, dataset, workbench.spool, workbench.session);
  const offsets: number[] = [];
  for await (const link of chainOf(store, dataset.topic)) {
    if (link.partition !== partition) continue;
    const path = await reader.fetch(link);
    const rows = await objectRows(workbench.session, dataset, path);
    const found = await workbench.session.query(`SELECT _offset FROM (${rows})`);
    offsets.push(...found.rows.map(([offset]) => Number(offset)));
    discard(path);
  }
  return offsets;
}

/** A lake in the store, which is disposed of with it, for the conformance suite of sinks. */
export async function lakeUnderTest(
  store: ObjectStore,
  dataset: Dataset,
  trap: DeadLetterTrap,
  more: Partial<LakeSinkOptions>,
): Promise<SinkUnderTest> {
  const deadLetters = trap.queue;
  const open = () => LakeSink.open({ store, dataset, codec: jsonCodec, deadLetters, ...more });
  const sink = await open();
  return {
    sink,
    reopen: open,
    offsets: (partition) => offsetsOf(store, dataset, partition),
    [Symbol.asyncDispose]: async () => {
      await sink[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
