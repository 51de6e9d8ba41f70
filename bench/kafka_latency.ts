/** From the creation of a tick, through Kafka, until a query or a reader of objects sees it. @module */
import { Packed } from "tickhouse/batch.ts";
import { streamContextOf } from "tickhouse/house/adapters.ts";
import { lakeOver } from "tickhouse/lake/end.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { createTopics, ingest } from "tickhouse/stream/ingest.ts";
import { stream } from "tickhouse/stream/stream.ts";
import { feed, openBed, PARTITIONS } from "./kafka_rig.ts";
import { latency, quantiles, RATE, WARM_UP_S } from "./latency.ts";
import { type Figures, openRig } from "./rig.ts";

/** Into the warehouse: the whole journey on Kafka and MinIO, without models. */
export async function kafkaLatency(seconds: number): Promise<Figures> {
  await using bed = await openBed();
  return await latency(seconds, false, bed.variables);
}

/** Into objects that are written each `rollMs`. */
export async function kafkaLakeLatency(seconds: number, rollMs: number): Promise<Figures> {
  await using bed = await openBed();
  await using rig = await openRig(bed.variables);
  const { broker, config, store } = rig;
  await createTopics(broker, { ...ticks, partitions: PARTITIONS });
  await using lake = await lakeOver(store, streamContextOf(config, [ticks], broker, "lake")).sink(
    ticks,
  );
  const ages: number[] = [];
  const startedAt = performance.now();
  const stop = new AbortController();
  const drain = new AbortController();
  const streaming = stream({
    broker,
    topic: ticks.topic,
    sink: lake,
    policy: { minRecords: 75_000, maxWaitMs: rollMs, maxRecords: 75_000, staggered: true },
    signal: drain.signal,
    onWrite: (_, batches) => {
      if (performance.now() - startedAt < WARM_UP_S * 1000) return;
      const now = performance.timeOrigin + performance.now();
      for (const { values } of batches) {
        for (const created of creationsOf(values)) ages.push(now - created);
      }
    },
  });
  setTimeout(() => stop.abort(), (WARM_UP_S + seconds) * 1000);
  await ingest({ source: feed({ rate: RATE }), broker, signal: stop.signal });
  drain.abort();
  await streaming;
  return { rate: ages.length / seconds, roll: rollMs, ...quantiles(ages) };
}

/** When the ticks were made, milliseconds since 1970. */
function creationsOf(values: Packed): number[] {
  const text = new TextDecoder().decode(values.bytes);
  return [...text.matchAll(/"event_time":(\d+)/g)].map(([, us]) => Number(us) / 1000);
}
