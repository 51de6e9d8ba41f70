/**
 * A topic of others has no leader: what reads and writes elsewhere goes on.
 * @module
 */
import { Admin } from "@platformatic/kafka";
import { assert, assertEquals } from "@std/assert";
import { startKafka } from "services/mod.ts";
import { delay } from "@std/async";
import { countOf, Packed, type RecordBatch } from "tickhouse/batch.ts";
import { KafkaBroker } from "tickhouse/broker/kafka/kafka.ts";
import { isNamed } from "tickhouse/broker/kafka/errors.ts";
import type { Sink } from "tickhouse/sink/sink.ts";
import { LIVE, stream } from "tickhouse/stream/stream.ts";
import { freshBroker, sharedKafka } from "./rig.ts";

const kafka = sharedKafka(() => startKafka({ brokers: 3 }));
const RECORDS = 100;

/** Keeps nothing but where it stands, and ends the stream when it has taken all. */
class CountingSink implements Sink {
  readonly name = "counting";
  readonly stop = new AbortController();
  count = 0;
  claimed: string[] = [];
  readonly #positions = new Map<number, number>();

  claim(_topic: string, log: string): Promise<void> {
    this.claimed.push(log);
    return Promise.resolve();
  }

  position(_topic: string, partition: number): Promise<number> {
    return Promise.resolve(this.#positions.get(partition) ?? 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  write(batches: readonly RecordBatch[]) {
    for (const batch of batches) {
      this.#positions.set(batch.partition, batch.nextOffset);
      this.count += countOf(batch);
    }
    if (this.count >= RECORDS) this.stop.abort();
    return Promise.resolve({ rows: this.count, dead: 0 });
  }
}

Deno.test("stream() goes on while a topic of others has no leader", async () => {
  const service = await kafka();
  await using under = await freshBroker(service);
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: 2 });
  const foreign = `others-${crypto.randomUUID().slice(0, 8)}`;
  const admin = new Admin({ clientId: "raw", bootstrapBrokers: [...service.brokers], retries: 0 });
  await admin.createTopics({
    topics: [foreign],
    partitions: -1,
    replicas: -1,
    assignments: [{ partition: 0, brokers: [3] }],
  });
  const hasLeader = (has: boolean) =>
    waitFor(async () => {
      const look = admin.metadata({ topics: [foreign], forceUpdate: true });
      return await look.then(() => has, (error) => !has && isNamed(error, "LEADER_NOT_AVAILABLE"));
    });
  await hasLeader(true);
  await service.kill(3);
  try {
    await hasLeader(false);
    await using whole = await KafkaBroker.open({ brokers: service.brokers });
    const found = (await whole.topics()).find(({ name }) => name === foreign);
    assertEquals(found?.partitions, 1);
    assertEquals((await broker.topics()).map(({ name }) => name), ["t"]);
    const values = Packed.from(Array.from({ length: RECORDS }, (_, i) => `${i}`));
    await broker.produce("t", [{ key: "k", values }]);
    const sink = new CountingSink();
    await stream({ broker, topic: "t", sink, policy: LIVE, signal: sink.stop.signal });
    assertEquals(sink.count, RECORDS);
    assert(sink.claimed.every((id) => id === sink.claimed[0]) && sink.claimed[0]);
  } finally {
    await admin.close();
    await service.start(3);
  }
});

/** Looks until it is so: brokers tell each other, and notice a dead one, within seconds. */
async function waitFor(isSo: () => Promise<boolean>): Promise<void> {
  for (let look = 0; !await isSo(); look++) {
    assert(look < 300, "the cluster does not notice");
    await delay(100);
  }
}
