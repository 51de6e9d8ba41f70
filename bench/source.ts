/** The simulator alone, and into the log alone. @module */
import { ticks } from "tickhouse/datasets/datasets.ts";
import { Simulator } from "tickhouse/source/simulator/simulator.ts";
import { createTopics, ingest } from "tickhouse/stream/ingest.ts";
import { type Figures, openRig } from "./rig.ts";

/** Both as fast as they go. */
export async function source(records: number): Promise<Figures> {
  const never = new AbortController().signal;
  const make = () => new Simulator({ rate: Infinity, limit: records });
  const startedAt = performance.now();
  let bytes = 0;
  for await (const batch of make().read(undefined, never)) {
    for (const { values } of batch.records) bytes += values.bytes.length;
  }
  const alone = performance.now() - startedAt;
  await using rig = await openRig();
  await createTopics(rig.broker, ticks);
  const loggedAt = performance.now();
  await ingest({ source: make(), broker: rig.broker, signal: never });
  const logged = performance.now() - loggedAt;
  return {
    bytes_a_tick: bytes / records,
    alone: records / alone * 1000,
    logged: records / logged * 1000,
  };
}
