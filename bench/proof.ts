/** What the proof costs: log, lake and warehouse of one backlog, compared. @module */
import { cpuUsage } from "node:process";
import { openCodec, streamContextOf } from "tickhouse/house/adapters.ts";
import { lakeOver } from "tickhouse/lake/end.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { reconcile } from "tickhouse/reconcile/reconcile.ts";
import { WarehouseSink } from "tickhouse/warehouse/sink.ts";
import { Simulator } from "tickhouse/source/simulator/simulator.ts";
import { createTopics, ingest } from "tickhouse/stream/ingest.ts";
import { LIVE, stream } from "tickhouse/stream/stream.ts";
import { type Figures, openRig } from "./rig.ts";
import { lakeSide } from "tickhouse/lake/side.ts";
import { warehouseSide } from "tickhouse/warehouse/side.ts";

/** Fills log, lake and warehouse, and proves them: the best of three runs. */
export async function proof(records: number): Promise<Figures> {
  await using rig = await openRig();
  const { broker, config, store, warehouse } = rig;
  await createTopics(broker, ticks);
  await ingest({
    source: new Simulator({ rate: Infinity, limit: records }),
    broker,
    signal: new AbortController().signal,
  });
  await using lake = await lakeOver(store, streamContextOf(config, [ticks], broker, "lake")).sink(
    ticks,
  );
  const policy = { ...LIVE, maxRecords: 75_000 };
  for (const sink of [lake, new WarehouseSink(warehouse, ticks)]) {
    await stream({ broker, topic: ticks.topic, sink, policy, signal: AbortSignal.abort() });
  }
  const query = warehouse.query.bind(warehouse);
  const codec = openCodec(config);
  const runs: { ms: number; cpuUs: number }[] = [];
  for (let i = 0; i < 3; i++) {
    const [startedAt, before] = [performance.now(), cpuUsage()];
    const { proven } = await reconcile({
      broker,
      codec,
      datasets: [ticks],
      ends: [lakeSide(store), warehouseSide({ query })],
    });
    if (!proven) throw new Error("what was streamed is not proven");
    const { user, system } = cpuUsage(before);
    runs.push({ ms: performance.now() - startedAt, cpuUs: (user + system) / records });
  }
  const ms = Math.min(...runs.map((run) => run.ms));
  const cpuUs = Math.min(...runs.map((run) => run.cpuUs));
  return { records, ms, rate: records / ms * 1000, cpuUs };
}
