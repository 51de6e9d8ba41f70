import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { Admin, Producer } from "@platformatic/kafka";
import {
  concatBatches,
  countOf,
  offsetAt,
  Packed,
  type RecordBatch,
  runAt,
} from "tickhouse/batch.ts";
import type { Broker, Consumer } from "tickhouse/broker/broker.ts";
import { KafkaCluster } from "tickhouse/broker/kafka/cluster.ts";
import { fetchRecords } from "tickhouse/broker/kafka/fetch.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { TestHouse } from "tickhouse/stream/fixture.ts";
import { LIVE } from "tickhouse/stream/stream.ts";
import { texts, validMessage } from "tickhouse/testing.ts";
import { freshBroker, freshPrefix, sharedKafka } from "./rig.ts";

const kafka = sharedKafka();
const fromStart = () => Promise.resolve(0);

function numbers(from: number, to: number): Packed {
  return Packed.from(Array.from({ length: to - from }, (_, i) => String(from + i)));
}

/** Polls until the partition was read up to `end`; checks that batches follow without gap. */
async function drain(consumer: Consumer, end: number, maxRecords = 1000): Promise<RecordBatch> {
  const batches: RecordBatch[] = [];
  for (let tries = 0; tries < 60 && (batches.at(-1)?.nextOffset ?? 0) < end; tries++) {
    batches.push(...await consumer.poll({ maxRecords, waitMs: 500 }));
  }
  assertEquals(batches.at(-1)?.nextOffset, end);
  assert(batches.every((batch) => countOf(batch) <= maxRecords));
  return concatBatches(batches); // Throws if one does not follow the other.
}

function offsetsOf(batch: RecordBatch): number[] {
  return Array.from({ length: countOf(batch) }, (_, i) => offsetAt(batch, i));
}

/** Bytes that no compression makes smaller. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(length, at + 65_536)));
  }
  return bytes;
}

/**
 * A raw client, for what the broker never writes. Its transactions stay open for two minutes: after
 * the 5 s of the client's own default Kafka aborts them under the test.
 */
async function raw(prefix: string, transactionalId?: string) {
  const { brokers } = await kafka();
  const id = transactionalId === undefined ? {} : { transactionalId: prefix + transactionalId };
  const client = { clientId: "raw", bootstrapBrokers: [...brokers], retryDelay: 20, ...id };
  return new Producer({ ...client, idempotent: true, acks: -1, retries: 100, timeout: 120_000 });
}

Deno.test("KafkaBroker: an end that hides what was appended is none, and ends no stream", async () => {
  const prefix = freshPrefix();
  await using under = await freshBroker(await kafka(), { prefix });
  await using house = await TestHouse.open();
  const { broker } = under;
  const { topic } = ticks;
  await broker.createTopic({ name: topic, partitions: 1 });
  const producer = await raw(prefix, "slow");
  const transaction = await producer.beginTransaction({ producerId: -1n, producerEpoch: -1 });
  const value = Buffer.from("of another producer");
  await transaction.send({ messages: [{ topic: prefix + topic, partition: 0, value }] });
  const values = Packed.from(
    Array.from({ length: 10 }, (_, i) => JSON.stringify(validMessage(ticks, i))),
  );
  await broker.produce(topic, [{ key: "k", values }], { source: "s", state: "1" });

  const drain = (attemptsMax: number) => house.drain(house.rows(), LIVE, { broker, attemptsMax });
  for (const look of [() => broker.offsets(topic, 0), () => drain(1), () => drain(2)]) {
    const error = await assertRejects(look, TickhouseError);
    assertEquals([error.code, error.kind], ["APPENDED_HIDDEN", "transient"]);
  }
  await transaction.abort();
  await producer.close();
  assertEquals((await drain(10)).rows, 10);
  // The record of the other and its marker, ten of this one and theirs.
  assertEquals(await broker.offsets(topic, 0), { earliest: 0, next: 13 });
});

Deno.test("KafkaBroker: markers and records given up leave gaps, which batches cover", async () => {
  const prefix = freshPrefix();
  await using under = await freshBroker(await kafka(), { prefix });
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  await using cluster = new KafkaCluster({ brokers: (await kafka()).brokers });
  const producer = await raw(prefix, "x");
  const message = (value: string) => ({
    topic: `${prefix}t`,
    partition: 0,
    key: Buffer.from("k"),
    value: Buffer.from(value),
  });
  const transact = async (values: string[], keep: boolean) => {
    const transaction = await producer.beginTransaction({ producerId: -1n, producerEpoch: -1 });
    await transaction.send({ messages: values.map(message) });
    await (keep ? transaction.commit() : transaction.abort());
    // Either is acknowledged before its marker is written.
    assert(await cluster.settle(`${prefix}t`, 0, 60_000));
  };
  await transact(["a", "b"], true); // 0, 1 and the marker 2
  await transact(["lost"], false); // 3 and the marker 4
  await transact(["c"], true); // 5 and the marker 6
  await broker.produce("t", [{ key: "k", values: Packed.from(["d"]) }]); // 7
  await transact(["lost too"], false); // 8 and the marker 9
  await producer.close();

  assertEquals(await broker.offsets("t", 0), { earliest: 0, next: 10 });
  for (const limit of [1, 2, 100]) {
    const parts: RecordBatch[] = [];
    for (let at = 0;;) {
      const batch = await broker.read("t", 0, at, limit);
      if (!batch) break;
      parts.push(batch);
      at = batch.nextOffset;
    }
    const all = concatBatches(parts);
    assertEquals(texts(all.values), ["a", "b", "c", "d"]);
    assertEquals(offsetsOf(all), [0, 1, 5, 7]);
    await using consumer = await broker.consumer({
      group: `g${limit}`,
      topic: "t",
      position: fromStart,
    });
    const drained = await drain(consumer, 10, limit);
    assertEquals(texts(drained.values), ["a", "b", "c", "d"]);
    assertEquals([offsetsOf(drained), drained.startOffset], [[0, 1, 5, 7], 0]);
  }
  for (const [from, first] of [[2, 5], [3, 5], [4, 5], [6, 7]] as const) {
    const batch = await broker.read("t", 0, from, 1);
    assert(batch, `nothing from ${from}`);
    assertEquals([batch.startOffset, offsetAt(batch, 0)], [from, first]);
  }
  assertEquals(await broker.read("t", 0, 8, 1), undefined);
});

Deno.test("KafkaBroker: records of an open transaction are not read, nor what follows", async () => {
  const prefix = freshPrefix();
  await using under = await freshBroker(await kafka(), { prefix });
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  await broker.produce("t", [{ key: "k", values: numbers(0, 3) }]);
  const producer = await raw(prefix, "x");
  const transaction = await producer.beginTransaction({ producerId: -1n, producerEpoch: -1 });
  const value = Buffer.from("open");
  await transaction.send({ messages: [{ topic: `${prefix}t`, partition: 0, value }] });
  await broker.produce("t", [{ key: "k", values: numbers(4, 5) }]);
  assertEquals(await broker.offsets("t", 0), { earliest: 0, next: 3 });
  assertEquals((await broker.read("t", 0, 0, 10))?.nextOffset, 3);
  assertEquals(await broker.read("t", 0, 3, 10), undefined);
  await transaction.commit();
  await producer.close();
  // A commit is acknowledged before its marker is written.
  let rest = await broker.read("t", 0, 3, 10);
  for (let tries = 0; !rest && tries < 1000; tries++) rest = await broker.read("t", 0, 3, 10);
  assertEquals(rest && texts(rest.values), ["open", "4"]);
});

Deno.test("KafkaBroker: an ingest is fenced by a second one of the same source", async () => {
  await using under = await freshBroker(await kafka());
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  const produce = (of: Broker, state: string) =>
    of.produce("t", [{ key: "k", values: Packed.from([state]) }], { source: "s", state });
  await produce(broker, "1");
  await using second = await under.open();
  await produce(second, "2");
  for (const state of ["3", "4"]) {
    const error = await assertRejects(() => produce(broker, state), TickhouseError);
    assertEquals([error.code, error.kind], ["SOURCE_FENCED", "terminal"]);
  }
  await produce(second, "5");
  assertEquals(await second.cursor("s"), "5");
  const batch = await second.read("t", 0, 0, 10);
  assertEquals(batch && texts(batch.values), ["1", "2", "5"]);
});

Deno.test("KafkaBroker: cursor() ends what a dead ingest left open, and fences a living one", async () => {
  const prefix = freshPrefix();
  await using under = await freshBroker(await kafka(), { prefix });
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  const keep = (of: Broker, state: string) =>
    of.produce("t", [{ key: "k", values: Packed.from([state]) }], { source: "s", state });
  await keep(broker, "1");
  // As a killed ingest leaves it: appended, neither committed nor given up.
  const dead = await raw(prefix, "tickhouse-s");
  const transaction = await dead.beginTransaction({ producerId: -1n, producerEpoch: -1 });
  const value = Buffer.from("2");
  for (const topic of ["t", "_tickhouse.cursors"]) {
    const message = { topic: prefix + topic, partition: 0, key: Buffer.from("s"), value };
    await transaction.send({ messages: [message] });
  }
  await using second = await under.open();
  assertEquals(await second.cursor("s"), "1");
  await keep(second, "3");
  assertEquals((await second.offsets("t", 0)).next, 6); // Two records, one lost, their markers.
  const batch = await second.read("t", 0, 0, 10);
  assertEquals(batch && texts(batch.values), ["1", "3"]);
  const error = await assertRejects(() => keep(broker, "4"), TickhouseError);
  assertEquals(error.code, "SOURCE_FENCED");
  await dead.close();
});

Deno.test("KafkaBroker: nothing of a call with a cursor is there when a record is refused", async () => {
  await using under = await freshBroker(await kafka());
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 2 });
  const produce = (values: Packed, state: string) =>
    broker.produce("t", [{ key: "a", values: numbers(0, 5) }, { key: "b", values }], {
      source: "s",
      state,
    });
  await produce(numbers(0, 1), "1");
  const huge = Packed.from([noise(2 ** 21)]);
  const error = await assertRejects(() => produce(huge, "2"), TickhouseError);
  assertEquals(error.code, "RECORD_TOO_LARGE");
  assertEquals(await broker.cursor("s"), "1");
  const seen: string[] = [];
  for (const partition of [0, 1]) {
    const batch = await broker.read("t", partition, 0, 100);
    seen.push(...batch ? texts(batch.values) : []);
  }
  assertEquals(seen.length, 6);
  await produce(numbers(7, 8), "3"); // And it goes on.
  assertEquals(await broker.cursor("s"), "3");
  assertEquals(broker.deliveries.failed, 7);
});

Deno.test("KafkaConsumer: poll() says when the log no longer holds the position, until a seek", async () => {
  const prefix = freshPrefix();
  await using under = await freshBroker(await kafka(), { prefix });
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  await broker.produce("t", [{ key: "k", values: numbers(0, 100) }]);
  const { brokers } = await kafka();
  const admin = new Admin({ clientId: "raw", bootstrapBrokers: [...brokers] });
  const partitions = [{ partition: 0, offset: 60n }];
  await admin.deleteRecords({ topics: [{ name: `${prefix}t`, partitions }] });
  await admin.close();
  assertEquals(await broker.offsets("t", 0), { earliest: 60, next: 100 });
  const readError = await assertRejects(() => broker.read("t", 0, 59, 1), TickhouseError);
  assertEquals(readError.code, "OFFSET_OUT_OF_RANGE");
  for (const position of [10, 101]) {
    const group = `g${position}`;
    await using consumer = await broker.consumer({
      group,
      topic: "t",
      position: () => Promise.resolve(position),
    });
    for (let i = 0; i < 2; i++) {
      const error = await assertRejects(
        () => consumer.poll({ maxRecords: 10, waitMs: 20_000 }),
        TickhouseError,
      );
      assertEquals(error.code, "OFFSET_OUT_OF_RANGE");
    }
    consumer.seek(0, 60);
    const [batch] = await consumer.poll({ maxRecords: 10, waitMs: 20_000 });
    assertEquals(batch && texts(batch.values)[0], "60");
  }
});

Deno.test("KafkaConsumer: poll() refuses a topic that was recreated while it was read", async () => {
  const prefix = freshPrefix();
  await using under = await freshBroker(await kafka(), { prefix });
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  await broker.produce("t", [{ key: "k", values: numbers(0, 10) }]);
  await using consumer = await broker.consumer({ group: "g", topic: "t", position: fromStart });
  await drain(consumer, 10);
  const [before] = await broker.topics();
  const { brokers } = await kafka();
  const admin = new Admin({ clientId: "raw", bootstrapBrokers: [...brokers] });
  await admin.deleteTopics({ topics: [`${prefix}t`] });
  await admin.close();
  // The name is free again only when the old topic is gone everywhere.
  for (let tries = 0; tries < 50 && (await broker.topics()).length > 0; tries++);
  await broker.createTopic({ name: "t", partitions: 1 });
  const [after] = await broker.topics();
  assert(before && after && before.id !== after.id);
  await broker.produce("t", [{ key: "k", values: numbers(0, 20) }]);
  const error = await assertRejects(async () => {
    for (let tries = 0; tries < 40; tries++) await consumer.poll({ maxRecords: 9, waitMs: 500 });
  }, TickhouseError);
  // It may look while the old topic is gone and the new one is not there yet.
  assert(["LOG_REPLACED", "TOPIC_UNKNOWN"].includes(error.code), error.message);
  assertEquals(error.kind, "terminal");
});

Deno.test("KafkaConsumer: partitions added while it runs are read, by all of the group", async () => {
  const prefix = freshPrefix();
  await using under = await freshBroker(await kafka(), { prefix });
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  const join = () => broker.consumer({ group: "g", topic: "t", position: fromStart });
  await using one = await join();
  await using other = await join();
  const admin = new Admin({
    clientId: "raw",
    bootstrapBrokers: [...(await kafka()).brokers],
  });
  const grown = { name: `${prefix}t`, count: 4, assignments: null } as never; // Where to, the cluster chooses.
  await admin.createPartitions({ topics: [grown] });
  await admin.close();
  const assigned = () => [...one.assigned(), ...other.assigned()];
  for (let tries = 0; tries < 100 && assigned().length < 4; tries++) {
    for (const consumer of [one, other]) await consumer.poll({ maxRecords: 1, waitMs: 100 });
  }
  assertEquals(assigned().sort(), [0, 1, 2, 3]);
});

Deno.test("KafkaBroker: null keys, null values and times are read as they were written", async () => {
  const prefix = freshPrefix();
  await using under = await freshBroker(await kafka(), { prefix });
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  const producer = await raw(prefix);
  const topic = `${prefix}t`;
  const before = Date.now();
  const noValue = { topic, partition: 0, key: Buffer.from("ключ") } as never;
  await producer.send({
    messages: [{ topic, partition: 0, value: Buffer.from("v"), timestamp: 5n }, noValue],
  });
  await producer.close();
  const batch = await broker.read("t", 0, 0, 10);
  assert(batch);
  assertEquals(texts(batch.values), ["v", ""]);
  assertEquals([runAt(batch, 0).key, runAt(batch, 1).key], [null, "ключ"]);
  // The broker's clock, whatever the producer said.
  assert(runAt(batch, 0).timestampMs >= before);
});

Deno.test("fetchRecords() asks brokers before Kafka 3.1 by the topic's name", async () => {
  const prefix = freshPrefix();
  await using under = await freshBroker(await kafka(), { prefix });
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 2 });
  await broker.produce("t", ["a", "b", "c"].map((key) => ({ key, values: numbers(0, 4) })));
  for (const partition of [0, 1]) await broker.read("t", partition, 0, 1); // Its leaders are there.
  await using cluster = new KafkaCluster({ brokers: (await kafka()).brokers });
  const topic = `${prefix}t`;
  const { id: topicId, leaders: [leader = -1] } = await cluster.describe(topic);
  const connection = await cluster.connect(leader);
  const ask = (byId: boolean) =>
    fetchRecords(connection, {
      topic,
      topicId,
      byId,
      partitions: [0, 1].map((partition) => ({ partition, offset: 0 })),
      waitMs: 0,
      partitionBytesMax: 2 ** 20,
      bytesMax: 2 ** 20,
    });
  const [byName, byId] = [await ask(false), await ask(true)];
  assertEquals(byName, byId);
  assertEquals(byName.answers.map(({ error }) => error), [0, 0]);
  assert(byName.answers.some(({ bytes }) => bytes.length > 0));
});

Deno.test("KafkaConsumer: a member that fell silent joins again and goes on", async () => {
  const prefix = freshPrefix();
  await using under = await freshBroker(await kafka(), { prefix, sessionTimeoutMs: 6_000 });
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 2 });
  await using consumer = await broker.consumer({ group: "g", topic: "t", position: fromStart });
  await consumer.poll({ maxRecords: 1, waitMs: 0 });
  // As after a sleep of the machine: the group has long gone on without the member.
  const admin = new Admin({ clientId: "raw", bootstrapBrokers: [...(await kafka()).brokers] });
  const group = `${prefix}g`;
  const [description] = (await admin.describeGroups({ groups: [group] })).values();
  const members = [...description?.members.keys() ?? []].map((memberId) => ({ memberId }));
  assertEquals(members.length, 1);
  await admin.removeMembersFromConsumerGroup({ groupId: group, members });
  await admin.close();
  await broker.produce("t", ["a", "b", "c"].map((key) => ({ key, values: numbers(0, 4) })));
  let count = 0;
  for (let tries = 0; tries < 60 && count < 12; tries++) {
    const batches = await consumer.poll({ maxRecords: 100, waitMs: 500 });
    count += batches.reduce((sum, batch) => sum + countOf(batch), 0);
  }
  assertEquals(count, 12);
  await consumer.commit(0, 1); // Only a member may.
  assertEquals(await broker.committed("g", "t", 0), 1);
});
