/**
 * Many partitions that one broker leads: all of them come in one answer.
 * @module
 */
import { assertEquals } from "@std/assert";
import { Packed } from "tickhouse/batch.ts";
import { texts } from "tickhouse/testing.ts";
import { freshBroker, sharedKafka } from "./rig.ts";

const kafka = sharedKafka();
const PARTITIONS = 16;
const ROUNDS = 40;
/** Polls that bring nothing until reading counts as stuck. */
const EMPTY_MAX = 20;

Deno.test("KafkaConsumer: of 16 partitions on one broker every record arrives, while they are sent", async () => {
  await using under = await freshBroker(await kafka());
  const { broker } = under;
  await broker.createTopic({ name: "t", partitions: PARTITIONS });
  const position = () => Promise.resolve(0);
  await using consumer = await broker.consumer({ group: "g", topic: "t", position });
  const sent: string[] = [];
  const send = async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const values = Array.from({ length: 3 }, (_, i) => `${round} ${i}`);
      sent.push(...values);
      // One record a time, as a quiet feed sends them.
      await Promise.all(
        values.map((value) => broker.produce("t", [{ key: value, values: Packed.from([value]) }])),
      );
    }
  };
  const sending = send();
  const received: string[] = [];
  for (let empty = 0; received.length < 3 * ROUNDS && empty < EMPTY_MAX;) {
    const batches = await consumer.poll({ maxRecords: 1_000, waitMs: 500 });
    empty = batches.length === 0 ? empty + 1 : 0;
    for (const { values } of batches) received.push(...texts(values));
  }
  await sending;
  assertEquals(received.toSorted(), sent.toSorted());
});
