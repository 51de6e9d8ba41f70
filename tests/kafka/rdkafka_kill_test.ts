/**
 * A broker of three is killed while librdkafka appends and reads, and comes back.
 * @module
 */
import { assertEquals } from "@std/assert";
import { delay } from "@std/async";
import { installLibrdkafka } from "services/librdkafka.ts";
import { startKafka } from "services/mod.ts";
import { Packed } from "tickhouse/batch.ts";
import type { Broker, KeyedValues } from "tickhouse/broker/broker.ts";
import { isTransient } from "tickhouse/errors.ts";
import { texts } from "tickhouse/testing.ts";
import { freshBroker, sharedKafka } from "./rig.ts";

const kafka = sharedKafka(() => startKafka({ brokers: 3 }));
const KEYS = 60;
const ROUNDS = 1000;
const RECORDS_PER_CALL = 10;
const PARTITIONS = 6;
const RECORDS = KEYS * ROUNDS;
/** Milliseconds after which reading counts as stuck. */
const STUCK_MS = 600_000;

/** The numbers from `round` on, under each key. */
function recordsOf(round: number): KeyedValues[] {
  return Array.from({ length: KEYS }, (_, key) => ({
    key: `key-${key}`,
    values: Packed.from(
      Array.from({ length: RECORDS_PER_CALL }, (_, i) => `${key} ${round + i}`),
    ),
  }));
}

/** The numbers of each key in the order read. Throws if batches leave a gap. */
async function readAll(broker: Broker): Promise<Map<string, number[]>> {
  const position = () => Promise.resolve(0);
  await using consumer = await broker.consumer({ group: "g", topic: "t", position });
  const next = new Map<number, number>();
  const seen = new Map<string, number[]>();
  const stop = AbortSignal.timeout(STUCK_MS);
  for (let count = 0; count < RECORDS && !stop.aborted;) {
    try {
      for (const batch of await consumer.poll({ maxRecords: 10_000, waitMs: 500 })) {
        assertEquals(batch.startOffset, next.get(batch.partition) ?? 0);
        next.set(batch.partition, batch.nextOffset);
        count += batch.values.length;
        for (const text of texts(batch.values)) {
          const [key = "", number] = text.split(" ");
          seen.set(key, [...seen.get(key) ?? [], Number(number)]);
        }
      }
    } catch (error) {
      if (!isTransient(error)) throw error;
      await delay(500);
    }
  }
  return seen;
}

Deno.test("KafkaBroker (librdkafka): 60,000 records while a broker is killed: none lost, twice or out of order", async () => {
  const libraryPath = await installLibrdkafka();
  const service = await kafka();
  await using under = await freshBroker(service, { client: "librdkafka", libraryPath });
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: PARTITIONS });
  const read = readAll(broker);
  let killed: Promise<void> | undefined;
  for (let round = 0; round < ROUNDS; round += RECORDS_PER_CALL) {
    killed ??= round < ROUNDS / 4 ? undefined : (async () => {
      await service.kill(2);
      await delay(3_000);
      await service.start(2);
    })();
    await broker.produce("t", recordsOf(round));
  }
  await killed;
  const seen = await read;
  const expected = Array.from({ length: ROUNDS }, (_, i) => i);
  for (let key = 0; key < KEYS; key++) assertEquals(seen.get(`${key}`), expected, `key ${key}`);
  assertEquals(broker.deliveries, {
    records: RECORDS,
    bytes: broker.deliveries.bytes,
    failed: 0,
    retried: 0,
  });
});
