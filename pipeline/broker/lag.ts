import type { Broker } from "./broker.ts";

/**
 * Records that a group has yet to commit, over all partitions of the topic; of a partition without
 * any commit, all that it holds. Throws `TOPIC_UNKNOWN`.
 */
export async function lag(broker: Broker, group: string, topic: string): Promise<number> {
  const found = (await broker.topics()).find(({ name }) => name === topic);
  let total = 0;
  for (let partition = 0; partition < Math.max(1, found?.partitions ?? 0); partition++) {
    const { earliest, next } = await broker.offsets(topic, partition);
    const committed = await broker.committed(group, topic, partition) ?? earliest;
    total += Math.max(0, next - Math.max(earliest, committed));
  }
  return total;
}
