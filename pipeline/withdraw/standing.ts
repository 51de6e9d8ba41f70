/** Whether the warehouse holds what the log does: what is not there can't be taken back. @module */
import { countOf } from "../batch.ts";
import type { Broker } from "../broker/broker.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { TickhouseError } from "../errors.ts";
import type { Reader } from "../read/reader.ts";

/**
 * Throws `WAREHOUSE_BEHIND` if the log has records that the warehouse has yet to take; else the next
 * offset of each partition.
 */
export async function assertTaken(
  broker: Broker,
  reader: Pick<Reader, "query">,
  { topic, name }: Dataset,
): Promise<number[]> {
  const { partitions = 0 } = await broker.topic(topic) ?? {};
  const { rows } = await reader.query(
    'SELECT "partition", next_offset FROM bronze._positions WHERE topic = ?',
    [topic],
  );
  const positions = new Map(rows.map(([partition, next]) => [Number(partition), Number(next)]));
  const ends: number[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const { earliest, next } = await broker.offsets(topic, partition);
    const at = Math.max(earliest, positions.get(partition) ?? 0);
    ends.push(next);
    if (at >= next) continue;
    // Behind the last record may be offsets without one.
    const batch = await broker.read(topic, partition, at, 1);
    if (!batch || countOf(batch) === 0) continue;
    throw new TickhouseError(
      "WAREHOUSE_BEHIND",
      `the warehouse has yet to take offset ${at} and what follows it`,
      {
        field: name,
        value: `${topic}/${partition}`,
        fix: "let it: `deno task stream --source none --seconds 5`, or `deno task load`",
      },
    );
  }
  return ends;
}
