/** A feed into Kafka: with the source's position in each commit, without, and Java's tool. @module */
import { cpuUsage } from "node:process";
import { join } from "node:path";
import { KafkaBroker } from "tickhouse/broker/kafka/kafka.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { createTopics, ingest } from "tickhouse/stream/ingest.ts";
import { type Bed, feed, openBed, PARTITIONS, serverSeconds } from "./kafka_rig.ts";
import { javaProduce } from "./peers/java.ts";
import type { Figures } from "./rig.ts";

/** Lines that Java's tool takes its values from. */
const PAYLOADS = 20_000;

/** Records before measuring. */
const WARM_UP = 300_000;

/** Records a second, and processor microseconds a record, of each. */
export async function kafkaProduce(records: number): Promise<Figures> {
  await using bed = await openBed();
  await using broker = await KafkaBroker.open({ brokers: bed.kafka.brokers });
  const topics = ["transactions", "plain", "java"] as const;
  for (const topic of topics) {
    await createTopics(broker, { ...ticks, topic, partitions: PARTITIONS });
  }
  const payloads = join(bed.folder, "payloads");
  for await (const { records } of feed({ limit: PAYLOADS }).read(undefined, never())) {
    for (const { values } of records) Deno.writeFileSync(payloads, values.bytes, { append: true });
  }
  // A new broker compiles its own code first, which would count for whoever comes first.
  for await (const batch of feed({ limit: WARM_UP }).read(undefined, never())) {
    await broker.produce("plain", batch.records);
  }
  const cursor = await measure(bed, records, async () => {
    const dataset = { ...ticks, topic: "transactions", partitions: PARTITIONS };
    await ingest({ source: feed({ limit: records }), dataset, broker, signal: never() });
  });
  const plain = await measure(bed, records, async () => {
    for await (const batch of feed({ limit: records }).read(undefined, never())) {
      await broker.produce("plain", batch.records);
    }
  });
  const java = await javaProduce(bed, "java", records, payloads);
  const named = (name: string, values: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`${name}_${key}`, value]));
  return {
    records,
    ...named("cursor", cursor),
    ...named("plain", plain),
    java_rate: java.rate,
    java_cpuUs: java.cpuUs,
  };
}

async function measure(bed: Bed, records: number, work: () => Promise<void>) {
  const before = { own: cpuUsage(), servers: await serverSeconds(bed) };
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  const { user, system } = cpuUsage(before.own);
  const { broker } = await serverSeconds(bed);
  return {
    rate: records / ms * 1000,
    cpuUs: (user + system) / records,
    brokerUs: (broker - before.servers.broker) * 1e6 / records,
  };
}

function never(): AbortSignal {
  return new AbortController().signal;
}
