/** Records of the log that wait for a sink that takes nothing. @module */
import { delay } from "@std/async";
import type { Broker } from "../broker/broker.ts";
import { countOf, runAt } from "../batch.ts";
import { groupOf } from "../stream/stream.ts";
import { PATIENCE } from "../stream/watchdog.ts";

/** Where the sink of a topic stands, as the group was told; null where it never took anything. */
export interface Taken {
  readonly sink: string;
  readonly topic: string;
  /** Next offset, by partition. */
  readonly positions: readonly number[] | null;
}

/** A sink that takes nothing though records wait. */
export interface Waiting {
  /** Name of the end. */
  readonly sink: string;
  /** The topic that waits for it. */
  readonly topic: string;
  /** Offsets of the log that wait. */
  readonly records: number;
  /** Milliseconds since the oldest of them was appended. */
  readonly oldestMs: number;
}

/** Milliseconds after which a sink that works has taken something more. */
const AGAIN_MS = 2_000;

/** Reads how far the group is. */
export async function takenBy(
  broker: Broker,
  sink: string,
  topic: string,
  partitions: number,
): Promise<Taken> {
  const group = groupOf(sink, topic);
  const found = await Promise.all(
    Array.from({ length: partitions }, (_, p) => broker.committed(group, topic, p)),
  );
  const isKnown = found.some((offset) => offset !== undefined);
  return { sink, topic, positions: isKnown ? found.map((offset) => offset ?? 0) : null };
}

/**
 * Whether records wait for the sink for longer than it has to take them, `rollMs` and half a minute,
 * and it takes none of them while this looks.
 */
export async function waitingFor(
  broker: Broker,
  taken: Taken,
  rollMs: number,
  { nowMs = Date.now(), againMs = AGAIN_MS }: { nowMs?: number; againMs?: number } = {},
): Promise<Waiting | undefined> {
  const waiting = await oldest(broker, taken, nowMs);
  if (!waiting || waiting.oldestMs < PATIENCE.quietMs + rollMs) return undefined;
  await delay(againMs);
  const { sink, topic, positions } = taken;
  const again = await takenBy(broker, sink, topic, positions?.length ?? 0);
  const isSame = again.positions?.every((offset, p) => offset === positions?.[p]);
  return isSame ? waiting : undefined;
}

async function oldest(
  broker: Broker,
  { sink, topic, positions }: Taken,
  nowMs: number,
): Promise<Waiting | undefined> {
  let records = 0;
  let oldestMs = -Infinity;
  for (const [partition, position] of (positions ?? []).entries()) {
    const { earliest, next } = await broker.offsets(topic, partition);
    const at = Math.max(position, earliest);
    const batch = at < next ? await broker.read(topic, partition, at, 1) : undefined;
    // Behind the last record may be offsets without one.
    if (!batch || countOf(batch) === 0) continue;
    records += next - at;
    oldestMs = Math.max(oldestMs, nowMs - runAt(batch, 0).timestampMs);
  }
  return records === 0 ? undefined : { sink, topic, records, oldestMs };
}
