/**
 * Reads a partition outside any group.
 * @module
 */
import { delay } from "@std/async";
import { concatBatches, countOf, type RecordBatch } from "../../batch.ts";
import type { KafkaCluster } from "./cluster.ts";
import { unknownTopic } from "./cluster.ts";
import { answerError, errorName } from "./errors.ts";
import { type FetchAnswer, fetchRecords } from "./fetch.ts";
import { outOfRange } from "./fetcher.ts";
import type { KafkaConnection } from "./options.ts";
import { READ_BYTES } from "../broker.ts";
import { RETRY_MS } from "./options.ts";
import { RecordReader } from "./records.ts";

/** Bytes asked for at once, as they come. */
const BYTES_MAX = 4 * 2 ** 20;
/** Attempts while leaders move. */
const ATTEMPTS_MAX = 40;

/** The number of the error that Kafka has for a leader that does not know of an offset yet. */
const OFFSET_NOT_AVAILABLE = 78;

/** The same for one that has to be left alone for a while. */
const THROTTLED = 89;

/** What reading needs of the cluster. */
export type ReadCluster = Pick<
  KafkaCluster,
  "attempt" | "connect" | "describe" | "fetchesById" | "offsets"
>;

/** How much to read. */
export interface ReadLimits {
  readonly maxRecords: number;
  /** Of values. Default: 8 MiB. */
  readonly maxBytes?: number | undefined;
}

/**
 * Records of the partition from `offset` on, as many as one fetch brings, within the limits.
 * Undefined if there is none up to the log's end. Throws `TOPIC_UNKNOWN`, `OFFSET_OUT_OF_RANGE`.
 */
export async function readRecords(
  cluster: ReadCluster,
  connection: KafkaConnection,
  at: { readonly topic: string; readonly partition: number; readonly offset: number },
  { maxRecords, maxBytes = READ_BYTES }: ReadLimits,
): Promise<RecordBatch | undefined> {
  const { topic, partition } = at;
  const parts: RecordBatch[] = [];
  let until = 0;
  for (let offset = at.offset;;) {
    const place = { topic, partition, offset, until };
    const { bytes, aborted, stableOffset } = await fetchOne(cluster, connection, place);
    const reader = new RecordReader({ topic, partition, from: offset, bytes, aborted });
    const part = reader.take(maxRecords, maxBytes);
    if (!part) {
      // A leader that was just elected may know of less than what it holds.
      until = (await cluster.offsets(topic, partition)).next;
      if (stableOffset >= until) return undefined;
      continue;
    }
    parts.push(part);
    if (countOf(part) > 0) return concatBatches(parts);
    offset = part.nextOffset;
  }
}

/** One fetch that does not wait; again while leaders move or throttle. */
async function fetchOne(
  cluster: ReadCluster,
  connection: KafkaConnection,
  { topic, partition, offset, until }: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly until: number;
  },
): Promise<FetchAnswer> {
  const where = `${topic}/${partition}`;
  for (let attempt = 1;; attempt++) {
    const { id, leaders } = await cluster.describe(topic, attempt > 1);
    const leader = leaders[partition];
    if (leader === undefined) throw unknownTopic(where);
    const { answers: [answer], throttleMs } = await cluster.attempt(
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
    const error = errorOf(answer, until);
    if (answer && error === 0) return answer;
    const name = errorName(error);
    if (name === "OFFSET_OUT_OF_RANGE") throw outOfRange(where, offset, answer?.startOffset ?? -1);
    const failure = answerError(error, { what: "read", topic: where, connection });
    const isStale = name.startsWith("UNKNOWN_TOPIC") || failure.kind === "transient";
    if (!isStale || attempt === ATTEMPTS_MAX) throw failure;
    await delay(Math.max(throttleMs, RETRY_MS / 5));
  }
}

/** A broker that throttles answers nothing, and may be asked again, as may one that is behind. */
function errorOf(answer: FetchAnswer | undefined, until: number): number {
  if (!answer) return THROTTLED;
  const isBehind = answer.bytes.length === 0 && answer.stableOffset < until;
  return answer.error === 0 && isBehind ? OFFSET_NOT_AVAILABLE : answer.error;
}
