/**
 * Where sources stand: the last record of each key in a compacted topic.
 * @module
 */
import { TickhouseError } from "../../errors.ts";
import type { KafkaCluster } from "./cluster.ts";
import type { KafkaConnection } from "./options.ts";
import { type ReadCluster, readRecords } from "./read.ts";

/** The topic of the cursors, of one partition. */
export const CURSOR_TOPIC = "_tickhouse.cursors";

/** Old states go soon: whoever starts reads the whole topic. */
export const CURSOR_CONFIG = [
  { name: "cleanup.policy", value: "compact" },
  { name: "segment.ms", value: String(3_600_000) },
  { name: "segment.bytes", value: String(16 * 2 ** 20) },
  { name: "min.cleanable.dirty.ratio", value: "0.1" },
];

const RECORDS_MAX = 100_000;
const decoder = new TextDecoder();

/** Milliseconds to wait for other sources' transactions; the broker ends them after 60 s. */
const SETTLE_MAX_MS = 90_000;

/**
 * The state last committed for the source; undefined if there is none. Whoever asks must have
 * claimed the source: then its own transactions have ended. Those of others hide what follows them
 * until they end too, which is waited for.
 */
export async function lastState(
  cluster: ReadCluster & Pick<KafkaCluster, "find" | "settle">,
  connection: KafkaConnection,
  topic: string,
  source: string,
): Promise<string | undefined> {
  return (await lastStates(cluster, connection, topic, [source])).get(source);
}

/** As `lastState`, of several sources. What belongs to none that was claimed may be older. */
export async function lastStates(
  cluster: ReadCluster & Pick<KafkaCluster, "find" | "settle">,
  connection: KafkaConnection,
  topic: string,
  sources: readonly string[],
): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  if (sources.length === 0 || !await cluster.find(topic, true)) return states;
  if (!await cluster.settle(topic, 0, SETTLE_MAX_MS)) throw pending(sources.join(", "));
  const wanted = new Set(sources);
  for (let { earliest: offset } = await cluster.offsets(topic, 0);;) {
    const at = { topic, partition: 0, offset };
    const batch = await readRecords(cluster, connection, at, { maxRecords: RECORDS_MAX });
    if (!batch) return states;
    let index = 0;
    for (const { key, count } of batch.runs) {
      index += count;
      if (key === null || !wanted.has(key)) continue;
      states.set(key, decoder.decode(batch.values.at(index - 1)));
    }
    offset = batch.nextOffset;
  }
}

function pending(source: string): TickhouseError {
  return new TickhouseError("CURSOR_PENDING", "a transaction of another source does not end", {
    field: "source",
    value: source,
    kind: "transient",
    fix: "try again in a minute; see the broker's log if that does not help",
  });
}
