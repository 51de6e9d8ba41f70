import type { Broker } from "../broker/broker.ts";
import { deadLetterTopic } from "../datasets/dataset.ts";
import { DEAD_LETTER_HEADERS } from "../sink/dead_letters.ts";

const READ_RECORDS = 10_000;

/** The offsets that a sink gave up in a partition; repeats count once. */
export type DeadOffsets = (sink: string, partition: number) => ReadonlySet<number>;

/** Reads the dead letters of a topic. */
export async function readDeadLetters(broker: Broker, topic: string): Promise<DeadOffsets> {
  const found = new Map<string, Set<number>>();
  const name = deadLetterTopic(topic);
  const known = await broker.topic(name);
  for (let partition = 0; partition < (known?.partitions ?? 0); partition++) {
    let { earliest: at } = await broker.offsets(name, partition);
    for (;;) {
      const batch = await broker.read(name, partition, at, READ_RECORDS);
      if (!batch) break;
      for (const { headers = {} } of batch.runs) {
        const sink = headers[DEAD_LETTER_HEADERS.sink];
        const key = `${sink}/${headers[DEAD_LETTER_HEADERS.partition]}`;
        const offsets = found.get(key) ?? new Set();
        found.set(key, offsets.add(Number(headers[DEAD_LETTER_HEADERS.offset])));
      }
      at = batch.nextOffset;
    }
  }
  return (sink, partition) => found.get(`${sink}/${partition}`) ?? new Set();
}
