/** librdkafka where it differs from the default client: what C gives has to be brought into shape. */
import { delay } from "@std/async";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { Admin, Producer } from "@platformatic/kafka";
import { installLibrdkafka } from "services/librdkafka.ts";
import { startKafka } from "services/mod.ts";
import {
  concatBatches,
  countOf,
  offsetAt,
  Packed,
  type RecordBatch,
  runAt,
} from "tickhouse/batch.ts";
import type { Broker, Consumer } from "tickhouse/broker/broker.ts";
import { KafkaBroker, type KafkaBrokerOptions } from "tickhouse/broker/kafka.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { TempFolder, texts } from "tickhouse/testing.ts";
import { freshBroker, freshPrefix, sharedKafka } from "./rig.ts";

const kafka = sharedKafka(() => startKafka({ secure: true }));
const fromStart = () => Promise.resolve(0);
const COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

function numbers(from: number, to: number): Packed {
  return Packed.from(Array.from({ length: to - from }, (_, i) => String(from + i)));
}

async function fresh(options: Partial<KafkaBrokerOptions> = {}) {
  const prefix = options.prefix ?? freshPrefix();
  const libraryPath = await installLibrdkafka();
  const all = { client: "librdkafka", libraryPath, prefix, ...options } as const;
  return { prefix, under: await freshBroker(await kafka(), all) };
}

/** A client of the default library, for what the broker never does. */
async function rawClient() {
  return { clientId: "raw", bootstrapBrokers: [...(await kafka()).brokers] };
}

/** Reads up to `end`; checks that batches follow without gap. */
async function drain(consumer: Consumer, end: number, maxRecords = 1000): Promise<RecordBatch> {
  const batches: RecordBatch[] = [];
  for (let tries = 0; tries < 60 && (batches.at(-1)?.nextOffset ?? 0) < end; tries++) {
    batches.push(...await consumer.poll({ maxRecords, waitMs: 500 }));
  }
  assertEquals(batches.at(-1)?.nextOffset, end);
  assert(batches.every((batch) => countOf(batch) <= maxRecords));
  return concatBatches(batches); // Throws if one does not follow the other.
}

async function consumeAll(broker: Broker, end: number, group = "g"): Promise<RecordBatch> {
  await using consumer = await broker.consumer({ group, topic: "t", position: fromStart });
  return await drain(consumer, end);
}

Deno.test("RdkafkaFetcher: markers and records given up leave gaps, which batches cover", async () => {
  const { prefix, under } = await fresh();
  await using _ = under;
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  const raw = new Producer({
    ...await rawClient(),
    transactionalId: `${prefix}x`,
    idempotent: true,
    acks: -1,
  });
  const message = (value: string) => ({
    topic: `${prefix}t`,
    partition: 0,
    key: Buffer.from("k"),
    value: Buffer.from(value),
  });
  const inTransaction = async (values: string[], end: "commit" | "abort") => {
    const transaction = await raw.beginTransaction({ producerId: -1n, producerEpoch: -1 });
    await transaction.send({ messages: values.map(message) });
    await transaction[end]();
  };
  await inTransaction(["0", "1"], "commit"); // A marker at 2.
  await inTransaction(["3", "4"], "abort"); // A marker at 5, which the broker writes a little later.
  while ((await broker.offsets("t", 0)).next < 6) await delay(10);
  await broker.produce("t", [{ key: "k", values: Packed.from(["6"]) }]);
  await inTransaction(["7"], "commit"); // A marker at 8, the end.
  await raw.close();
  const batch = await consumeAll(broker, 9);
  assertEquals(texts(batch.values), ["0", "1", "6", "7"]);
  assertEquals([0, 1, 2, 3].map((i) => offsetAt(batch, i)), [0, 1, 6, 7]);
});

Deno.test("RdkafkaFetcher: null keys, null values, empty ones, headers and times", async () => {
  const { prefix, under } = await fresh();
  await using _ = under;
  const { broker } = under;
  const admin = new Admin(await rawClient());
  const topic = `${prefix}t`;
  const configs = [{ name: "message.timestamp.type", value: "CreateTime" }];
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1, configs });
  await admin.close();
  const raw = new Producer(await rawClient());
  const value = Buffer.from("v");
  const key = Buffer.from("ключ");
  const now = Date.now(); // Retention takes what is old.
  const time = (ms: number) => BigInt(now + ms);
  const headers = new Map([[Buffer.from("why"), Buffer.from("ünï")], [
    Buffer.from("e"),
    Buffer.alloc(0),
  ]]);
  await raw.send({
    messages: [
      { topic, partition: 0, value, timestamp: time(5) },
      { topic, partition: 0, key, timestamp: time(7) } as never,
      { topic, partition: 0, key: Buffer.alloc(0), value: Buffer.alloc(0), timestamp: time(6) },
      { topic, partition: 0, key, value, headers, timestamp: time(6) },
      { topic, partition: 0, key, headers, timestamp: time(6) } as never,
      { topic, partition: 0, key, value, timestamp: time(6) },
    ],
  });
  await raw.close();
  const ours = await consumeAll(broker, 6);
  const theirs = await broker.read("t", 0, 0, 10);
  assert(theirs);
  assertEquals(texts(ours.values), ["v", "", "", "v", "", "v"]);
  const runs = (batch: RecordBatch) =>
    Array.from({ length: 6 }, (_, i) => ({ ...runAt(batch, i), count: 0 }));
  assertEquals(runs(ours), runs(theirs));
  assertEquals(runs(ours)[3], {
    key: "ключ",
    count: 0,
    timestampMs: Number(time(6)),
    headers: { why: "ünï", e: "" },
  });
});

Deno.test("RdkafkaFetcher: times of the broker are those that a fetch of the default client tells", async () => {
  const { under } = await fresh();
  await using _ = under;
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  for (let i = 0; i < 20; i++) {
    await broker.produce("t", [{ key: `k${i % 3}`, values: numbers(0, 7) }]);
  }
  const ours = await consumeAll(broker, 140);
  const theirs = await broker.read("t", 0, 0, 1000);
  assert(theirs);
  assertEquals(ours.runs, theirs.runs);
  assertEquals([...ours.values.bytes], [...theirs.values.bytes]);
});

Deno.test("RdkafkaFetcher: reads what the default client wrote in each compression", async () => {
  for (const compression of COMPRESSIONS) {
    const { prefix, under } = await fresh();
    await using _ = under;
    await using other = await freshBroker(await kafka(), { prefix, compression });
    await other.broker.createTopic({ name: "t", partitions: 1 });
    const values = Array.from(
      { length: 3_000 },
      (_, i) => `${compression} ${i} ${"x".repeat(i % 300)}`,
    );
    await other.broker.produce("t", [{ key: "k", values: Packed.from(values) }]);
    assertEquals(texts((await consumeAll(under.broker, 3_000)).values), values);
  }
});

Deno.test("RdkafkaProducer: the default client reads what it wrote in each compression", async () => {
  for (const compression of COMPRESSIONS) {
    const { under } = await fresh({ compression });
    await using _ = under;
    const { broker } = under;
    await broker.createTopic({ name: "t", partitions: 1 });
    const values = Array.from(
      { length: 3_000 },
      (_, i) => `${compression} ${i} ${"x".repeat(i % 300)}`,
    );
    await broker.produce("t", [{ key: "k", values: Packed.from(values) }]);
    const seen: string[] = [];
    for (let at = 0; at < 3_000;) {
      const batch = await broker.read("t", 0, at, 700);
      assert(batch, `nothing at ${at}`);
      seen.push(...texts(batch.values));
      at = batch.nextOffset;
    }
    assertEquals(seen, values);
  }
});

Deno.test("RdkafkaFetcher: a seek drops what was read ahead, however often", async () => {
  const { under } = await fresh();
  await using _ = under;
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  await broker.produce("t", [{ key: "k", values: numbers(0, 50_000) }]);
  await using consumer = await broker.consumer({ group: "g", topic: "t", position: fromStart });
  await drain(consumer, 1_000, 500);
  for (let i = 0; i < 40; i++) {
    const offset = (i * 7_919) % 49_000;
    consumer.seek(0, offset);
    const [batch] = await consumer.poll({ maxRecords: 300, waitMs: 20_000 });
    assertEquals([batch?.startOffset, batch && texts(batch.values)[0]], [offset, `${offset}`]);
  }
});

Deno.test("RdkafkaFetcher: poll() says when the log no longer holds the position, until a seek", async () => {
  const { prefix, under } = await fresh();
  await using _ = under;
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  await broker.produce("t", [{ key: "k", values: numbers(0, 100) }]);
  const admin = new Admin(await rawClient());
  const partitions = [{ partition: 0, offset: 60n }];
  await admin.deleteRecords({ topics: [{ name: `${prefix}t`, partitions }] });
  await admin.close();
  for (const offset of [10, 101]) {
    const position = () => Promise.resolve(offset);
    await using consumer = await broker.consumer({ group: `g${offset}`, topic: "t", position });
    for (let i = 0; i < 2; i++) {
      const polled = consumer.poll({ maxRecords: 10, waitMs: 20_000 });
      const error = await assertRejects(() => polled, TickhouseError);
      assertEquals(error.code, "OFFSET_OUT_OF_RANGE");
    }
    consumer.seek(0, 60);
    const [batch] = await consumer.poll({ maxRecords: 10, waitMs: 20_000 });
    assertEquals(batch && texts(batch.values)[0], "60");
  }
});

Deno.test("RdkafkaFetcher: poll() refuses a topic that was made anew while it was read", async () => {
  const { prefix, under } = await fresh();
  await using _ = under;
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  await broker.produce("t", [{ key: "k", values: numbers(0, 10) }]);
  await using consumer = await broker.consumer({ group: "g", topic: "t", position: fromStart });
  await drain(consumer, 10);
  const admin = new Admin(await rawClient());
  await admin.deleteTopics({ topics: [`${prefix}t`] });
  await admin.close();
  // The name is free again only when the old topic is gone everywhere.
  for (let tries = 0; tries < 50 && (await broker.topics()).length > 0; tries++);
  await broker.createTopic({ name: "t", partitions: 1 });
  const error = await assertRejects(async () => {
    for (let tries = 0; tries < 40; tries++) await consumer.poll({ maxRecords: 9, waitMs: 500 });
  }, TickhouseError);
  // Whatever it meets first: no topic, a shorter one, or one of another id.
  const codes = ["LOG_REPLACED", "TOPIC_UNKNOWN", "OFFSET_OUT_OF_RANGE"];
  assert(codes.includes(error.code), error.message);
  assertEquals(error.kind, "terminal");
});

Deno.test("RdkafkaProducer: more at once than the library's queue takes, in order", async () => {
  const { under } = await fresh();
  await using _ = under;
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 2 });
  const half = 150_000;
  await Promise.all([
    broker.produce("t", [{ key: "a", values: numbers(0, half) }]),
    broker.produce("t", [{ key: "a", values: numbers(half, 2 * half) }]),
  ]);
  assertEquals(broker.deliveries.records, 2 * half);
  let count = 0;
  for (const partition of [0, 1]) {
    for (let at = 0;;) {
      const batch = await broker.read("t", partition, at, 100_000);
      if (!batch) break;
      at = batch.nextOffset;
      for (const text of texts(batch.values)) assertEquals(text, `${count++}`);
    }
  }
  assertEquals(count, 2 * half);
});

Deno.test("RdkafkaProducer: a record that the broker refuses fails its call only", async () => {
  const { under } = await fresh();
  await using _ = under;
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 1 });
  const huge = new Uint8Array(3 * 2 ** 20);
  for (let at = 0; at < huge.length; at += 65_536) {
    crypto.getRandomValues(huge.subarray(at, at + 65_536));
  }
  const call = () => broker.produce("t", [{ key: "k", values: Packed.from([huge]) }]);
  const error = await assertRejects(call, TickhouseError);
  assertEquals([error.code, error.kind], ["RECORD_TOO_LARGE", "terminal"]);
  await broker.produce("t", [{ key: "k", values: numbers(0, 3) }]);
  const batch = await broker.read("t", 0, 0, 10);
  assertEquals(batch && texts(batch.values), ["0", "1", "2"]);
  assertEquals([broker.deliveries.records, broker.deliveries.failed], [3, 1]);
});

for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
  Deno.test(`KafkaBroker (librdkafka): all calls over SASL_SSL with ${mechanism}`, async () => {
    const { saslBrokers, variables } = await kafka();
    const lines: string[] = [];
    const { under } = await fresh({
      brokers: saslBrokers,
      security: "SASL_SSL",
      mechanism,
      username: variables["TICKHOUSE_KAFKA_USERNAME"] ?? "",
      password: variables["TICKHOUSE_KAFKA_PASSWORD"] ?? "",
      caPath: variables["TICKHOUSE_KAFKA_CA"] ?? "",
      log: (_, line) => lines.push(line),
    });
    await using _ = under;
    const { broker } = under;
    await broker.createTopic({ name: "t", partitions: 1 });
    await broker.produce("t", [{ key: "k", values: Packed.from(["1"]) }]);
    const letter = { key: "k", values: Packed.from(["2"]), headers: { reason: "" } };
    await broker.produce("t", [letter]);
    await broker.produce("t", [{ key: "k", values: Packed.from(["3"]) }], {
      source: "s",
      state: "3",
    });
    assertEquals(await broker.cursor("s"), "3");
    const batch = await consumeAll(broker, 4); // The marker of the cursor's commit is one.
    assertEquals(texts(batch.values), ["1", "2", "3"]);
    assertEquals(runAt(batch, 1).headers, { reason: "" });
    assert(!lines.join("\n").includes(variables["TICKHOUSE_KAFKA_PASSWORD"] ?? ""));
  });
}

Deno.test("KafkaBroker (librdkafka): open() says how to get the library", async () => {
  using folder = new TempFolder();
  const libraryPath = `${folder.path}/librdkafka.so.1`;
  const { brokers } = await kafka();
  const open = () => KafkaBroker.open({ brokers, client: "librdkafka", libraryPath });
  const error = await assertRejects(open, TickhouseError);
  assertEquals([error.code, error.kind], ["LIBRDKAFKA_MISSING", "terminal"]);
  assert(
    error.message.includes(libraryPath) && error.message.includes("librdkafka1"),
    error.message,
  );
});
