/** The first messages of a topic of others. Nothing is stored, no group takes part. @module */
import { countOf, type RecordBatch } from "../../batch.ts";
import type { TopicAccess } from "../entry.ts";
import { infoOf } from "./info.ts";

/** What is there. */
export interface Sample {
  readonly partitions: number;
  /** Offsets that the topic holds. */
  readonly offsets: number;
  /** The first messages of each partition, one batch a partition. */
  readonly batches: readonly RecordBatch[];
  /** Hash-like name of the topic: see `TopicInfo`. */
  readonly id: string;
}

/** Reads about so many messages, spread over the partitions. Throws `TOPIC_UNKNOWN`. */
export async function sampleOf(
  { open }: TopicAccess,
  topic: string,
  count: number,
): Promise<Sample> {
  await using log = await open();
  const info = await infoOf(log, topic);
  const each = Math.max(1, Math.ceil(count / info.partitions));
  const batches: RecordBatch[] = [];
  let offsets = 0;
  for (let p = 0; p < info.partitions; p++) {
    const { earliest, next } = await log.offsets(topic, p);
    offsets += next - earliest;
    if (next <= earliest) continue;
    const batch = await log.read(topic, p, earliest, each);
    if (batch && countOf(batch) > 0) batches.push(batch);
  }
  return { partitions: info.partitions, offsets, batches, id: info.id };
}
