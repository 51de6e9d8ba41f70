/**
 * Every compression of every client is read; Java's framing differs from that of others.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import kafkajs from "kafkajs";
import { install } from "services/kit/install.ts";
import { kafkaJava, kafkaRecipe } from "services/kafka/recipe.ts";
import { Packed } from "tickhouse/batch.ts";
import { partitionOf } from "tickhouse/broker/partitioner.ts";
import { texts } from "tickhouse/testing.ts";
import { freshBroker, freshPrefix, sharedKafka } from "./rig.ts";

const kafka = sharedKafka();
const COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
const COUNT = 3_000;
const BYTES = 200;

for (const client of ["platformatic", "kafkajs"] as const) {
  Deno.test(`KafkaBroker (${client}): read() gives back what it wrote in each compression`, async () => {
    for (const compression of COMPRESSIONS) {
      await using under = await freshBroker(await kafka(), { client, compression });
      const { broker } = under;
      await broker.createTopic({ name: "t", partitions: 1 });
      const values = Array.from(
        { length: COUNT },
        (_, i) => `${compression} ${i} ${"x".repeat(i % 300)}`,
      );
      await broker.produce("t", [{ key: "k", values: Packed.from(values) }]);
      const seen: string[] = [];
      for (let at = 0; at < COUNT;) {
        const batch = await broker.read("t", 0, at, 700);
        assert(batch, `nothing at ${at}`);
        seen.push(...texts(batch.values));
        at = batch.nextOffset;
      }
      assertEquals(seen, values);
    }
  });
}

Deno.test("KafkaBroker: read() gives back what Java's client wrote in each compression", async () => {
  const service = await kafka();
  const { classPath, options } = await kafkaJava(await install(kafkaRecipe));
  for (const compression of COMPRESSIONS) {
    const prefix = freshPrefix();
    await using under = await freshBroker(service, { prefix });
    const { broker } = under;
    await broker.createTopic({ name: "t", partitions: 1 });
    const { success, stderr } = await new Deno.Command("java", {
      args: [
        ...options,
        "-cp",
        classPath,
        "org.apache.kafka.tools.ProducerPerformance",
        ...["--topic", `${prefix}t`, "--num-records", `${COUNT}`, "--record-size", `${BYTES}`],
        ...["--throughput", "-1", "--producer-props"],
        ...[`bootstrap.servers=${service.brokers.join(",")}`, `compression.type=${compression}`],
      ],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    let count = 0;
    for (let at = 0; at < COUNT;) {
      const batch = await broker.read("t", 0, at, COUNT);
      assert(batch, `nothing at ${at}`);
      assert(texts(batch.values).every((text) => /^[A-Z]+$/.test(text) && text.length === BYTES));
      count += batch.values.length;
      at = batch.nextOffset;
    }
    assertEquals(count, COUNT, compression);
  }
});

Deno.test("partitionOf() agrees with kafkajs's default partitioner, which is Java's", () => {
  const partitioner = kafkajs.Partitioners.DefaultPartitioner();
  const keys = Array.from({ length: 3_000 }, (_, i) => `${"ключ€K".slice(0, i % 7)}${i}`);
  for (const count of [1, 2, 6, 7, 12, 100]) {
    const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 1,
      replicas: [1],
      isr: [1],
    }));
    for (const key of keys) {
      const message = { key, value: "" };
      const theirs = partitioner({ topic: "t", partitionMetadata, message });
      assertEquals(partitionOf(key, count), theirs, key);
    }
  }
});
