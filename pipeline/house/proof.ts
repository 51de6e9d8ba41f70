/** Where a proof begins, and what it says. @module */
import type { Broker } from "../broker/broker.ts";
import { number } from "../console.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { OpenEnd } from "../ends/end.ts";
import type { Block } from "../notebook/drawn.ts";
import type { Proof } from "../reconcile/reconcile.ts";
import { NO_HASH } from "../reconcile/row_hash.ts";

/** Digits of a hash in a table; JSON has all. */
const HASH_SHOWN = 8;

/** An offset of each partition. */
export type Offsets = (topic: string, partition: number) => number;

/**
 * Where a run begins: the least position of the ends. Proving from there takes as long as the run
 * was, not as the log is.
 */
export async function beginning(
  broker: Broker,
  datasets: readonly Dataset[],
  ends: readonly Pick<OpenEnd, "position">[],
): Promise<Offsets> {
  const offsets = new Map<string, number>();
  for (const { topic } of datasets) {
    const { partitions = 0 } = await broker.topic(topic) ?? {};
    for (let partition = 0; partition < partitions; partition++) {
      const positions = await Promise.all(ends.map((end) => end.position(topic, partition)));
      offsets.set(`${topic}/${partition}`, Math.min(...positions));
    }
  }
  return (topic, partition) => offsets.get(`${topic}/${partition}`) ?? 0;
}

/** The comparison as a table, and what differs. Partitions that never held a record are left out. */
export function proofBlocks(proof: Proof): Block[] {
  const used = proof.partitions.filter((p) => p.sides.some((side) => side.position > 0));
  const rows = used.flatMap(({ topic, partition, sides }) =>
    sides.map((side) => [
      `${topic}/${partition}`,
      side.side,
      side.first,
      side.last,
      number(side.rows),
      number(side.distinct),
      number(side.dead),
      number(side.lag),
      side.hash.slice(0, HASH_SHOWN),
      sumsOf(side.sums),
    ])
  );
  const counts = ["first", "last", "rows", "distinct", "dead", "lag"];
  const head = ["partition", "side", ...counts, "hash", "sums"];
  const differences = used.flatMap(({ topic, partition, differences }) =>
    differences.map((text) => `${topic}/${partition} ${text}`)
  );
  const verdict = proof.proven
    ? praise(proof)
    : `NOT proven:\n  ${differences.join("\n  ") || "there is no sink to compare the log with"}`;
  return rows.length === 0 ? [verdict] : [{ head, rows }, verdict];
}

/** Only what was read and taken is proven. */
function praise(proof: Proof): string {
  const compared = records(proof);
  if (compared > 0) {
    const dead = deadIn(proof);
    const apart = dead === 0
      ? ""
      : `: ${number(compared - dead)} rows, ${number(dead)} dead letters`;
    return `proven: ${number(compared)} records, each exactly once, no gap${apart}${toCome(proof)}`;
  }
  const left = waiting(proof);
  return `nothing was compared: ${
    left > 0 ? `the sinks have not all taken any of ${number(left)} records` : "the log is empty"
  }`;
}

/** The comparison by day of event time, UTC: a line for each side of each day. */
export function dayBlocks(proof: Proof): Block[] {
  const rows = proof.partitions.flatMap(({ topic, partition, sides }) => {
    const days = [...new Set(sides.flatMap((side) => Object.keys(side.days)))].sort();
    return days.flatMap((day) =>
      sides.map(({ side, days }) => [
        `${topic}/${partition}`,
        day,
        side,
        number(days[day]?.rows ?? 0),
        (days[day]?.hash ?? NO_HASH).slice(0, HASH_SHOWN),
        sumsOf(days[day]?.sums ?? {}),
      ])
    );
  });
  return [{ head: ["partition", "day", "side", "rows", "hash", "sums"], rows }];
}

function sumsOf(sums: Readonly<Record<string, string>>): string {
  return Object.entries(sums).map(([name, sum]) => `${name} ${sum}`).join(", ");
}

function toCome(proof: Proof): string {
  const count = waiting(proof);
  return count === 0 ? "" : `; ${number(count)} in the log are yet to be taken`;
}

/** Records that were compared, over all partitions. */
export function records(proof: Proof): number {
  return proof.partitions.reduce((sum, { compared }) => sum + compared, 0);
}

/** Of the records that were compared, those that are dead letters at the end that has come least far. */
export function deadIn(proof: Proof): number {
  return proof.partitions.reduce((sum, { sides, compared }) => {
    const ends = sides.filter(({ side }) => side !== "broker").map(({ dead }) => dead);
    return sum + (ends.length === 0 ? 0 : Math.min(compared, ...ends));
  }, 0);
}

/** Offsets of the log that some sink has yet to take. */
export function waiting(proof: Proof): number {
  return proof.partitions.reduce(
    (sum, { sides }) => sum + Math.max(0, ...sides.map((side) => side.lag)),
    0,
  );
}
