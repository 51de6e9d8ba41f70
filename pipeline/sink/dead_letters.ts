import { Packed } from "../batch.ts";
import type { Broker } from "../broker/broker.ts";
import { deadLetterTopic } from "../datasets/dataset.ts";
import type { DeadLetterQueue } from "./sink.ts";

/** Header names of a dead letter. */
export const DEAD_LETTER_HEADERS = {
  topic: "topic",
  partition: "partition",
  offset: "offset",
  reason: "reason",
  sink: "sink",
} as const;

/**
 * A queue that appends to the dead-letter topic of the letters' topic: the payload byte for byte,
 * with topic, partition, offset, reason and sink as headers. A crash between here and the move of
 * the position repeats letters; (topic, partition, offset, sink) tells repeats apart.
 */
export function deadLetterQueue(broker: Broker, sink: string): DeadLetterQueue {
  return async (letters) => {
    for (const topic of new Set(letters.map((letter) => letter.topic))) {
      await broker.produce(
        deadLetterTopic(topic),
        letters.filter((letter) => letter.topic === topic).map((letter) => ({
          key: letter.key ?? "",
          values: Packed.from([letter.value]),
          headers: {
            [DEAD_LETTER_HEADERS.topic]: letter.topic,
            [DEAD_LETTER_HEADERS.partition]: String(letter.partition),
            [DEAD_LETTER_HEADERS.offset]: String(letter.offset),
            [DEAD_LETTER_HEADERS.reason]: letter.reason,
            [DEAD_LETTER_HEADERS.sink]: sink,
          },
        })),
      );
    }
  };
}
