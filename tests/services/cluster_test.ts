import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { Kafka as KafkaClient, logLevel } from "kafkajs";
import { type Kafka, startKafka } from "services/mod.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { until } from "./cli.ts";

Deno.test("three brokers: records are taken while one is dead, and it comes back in sync", async () => {
  await using kafka = await startKafka({ brokers: 3 });
  const client = new KafkaClient({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: "t", numPartitions: 3 }] });
  const inSync = async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: ["t"] });
    return topics.flatMap(({ partitions }) => partitions.map(({ isr }) => isr.length));
  };
  assertEquals(await inSync(), [3, 3, 3]);
  const pid = pidOf(kafka, 2);
  await kafka.kill(2);
  assertEquals(pidOf(kafka, 2), undefined);
  await until(async () => (await inSync()).join() === "2,2,2");
  const producer = client.producer();
  await producer.connect();
  const messages = Array.from({ length: 30 }, (_, i) => ({ key: `${i}`, value: "v" }));
  await producer.send({ topic: "t", acks: -1, messages });
  await producer.disconnect();
  await kafka.start(2);
  assertNotEquals(pidOf(kafka, 2), pid);
  assert(pidOf(kafka, 2));
  await until(async () => (await inSync()).join() === "3,3,3");
  const offsets = await admin.fetchTopicOffsets("t");
  assertEquals(offsets.reduce((sum, { offset }) => sum + Number(offset), 0), 30);
  await admin.disconnect();
  assertThrows(() => kafka.pause(4), TickhouseError, "the nodes are 1, 2, 3");
});

function pidOf(kafka: Kafka, node: number): number | undefined {
  return kafka.nodes.find((one) => one.node === node)?.pid;
}
