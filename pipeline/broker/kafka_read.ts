/**
 * Reads a partition outside any group.
 * @module
 */
import { delay } from "@std/async";
import { concatBatches, countOf, type RecordBatch } from "../batch.ts";
import type { KafkaCluster } from "./kafka_cluster.ts";
import { unknownTopic } from "./kafka_cluster.ts";
import { answerError, errorName } from "./kafka_errors.ts";
import { type FetchAnswer, fetchRecords } from "./kafka_fetch.ts";
import { outOfRange } from "./kafka_fetcher.ts";
import type { KafkaConnection } from "./kafka_options.ts";
import { RETRY_MS } from "./kafka_options.ts";
import { RecordReader } from "./kafka_records.ts";

/** Bytes asked for at once, as they come. */
const BYTES_MAX = 4 * 2 ** 20;
/** Attempts while leaders move. */
const ATTEMPTS_MAX = 40;

/**
 * Records of the partition from `offset` on, as many as one fetch brings, `maxRecords` at the most.
 * Undefined if there is none up to the log's end. Throws `TOPIC_UNKNOWN`, `OFFSET_OUT_OF_RANGE`.
 */
export async function readRecords(
  cluster: KafkaCluster,
  connection: KafkaConnection,
  at: { readonly topic: string; readonly partition: number; readonly offset: number },
  maxRecords: number,
): Promise<RecordBatch | undefined> {
  const parts: RecordBatch[] = [];
  for (let offset = at.offset;;) {
    const { bytes, aborted } = await fetchOne(cluster, connection, { ...at, offset });
    const { topic, partition } = at;
    const reader = new RecordReader({ topic, partition, from: offset, bytes, aborted });
    const part = reader.take(maxRecords);
    if (!part) return undefined;
    parts.push(part);
    if (countOf(part) > 0) return concatBatches(parts);
    offset = part.nextOffset;
  }
}

/** One fetch that does not wait; again while leaders move. */
async function fetchOne(
  cluster: KafkaCluster,
  connection: KafkaConnection,
  { topic, partition, offset }: { topic: string; partition: number; offset: number },
): Promise<FetchAnswer> {
  const where = `${topic}/${partition}`;
  for (let attempt = 1;; attempt++) {
    const { id, leaders } = await cluster.describe(topic, attempt > 1);
    const leader = leaders[partition];
    if (leader === undefined) throw unknownTopic(where);
    const [answer] = await cluster.attempt(
      "read",
      where,
      async () =>
        fetchRecords(await cluster.connect(leader), {
          topic,
          topicId: id,
          byId: await cluster.fetchesById(),
          partitions: [{ partition, offset }],
          waitMs: 0,
          partitionBytesMax: BYTES_MAX,
          bytesMax: BYTES_MAX,
        }),
    );
    if (answer?.error === 0) return answer;
    const name = errorName(answer?.error ?? -1);
    if (name === "OFFSET_OUT_OF_RANGE") throw outOfRange(where, offset, answer?.startOffset ?? -1);
    const failure = answerError(answer?.error ?? -1, { what: "read", topic: where, connection });
    const isStale = name.startsWith("UNKNOWN_TOPIC") || failure.kind === "transient";
    if (!isStale || attempt === ATTEMPTS_MAX) throw failure;
    await delay(RETRY_MS / 5);
  }
}
