/**
 * The proof: the log and the ends compared per partition, record by record where they overlap.
 * @module
 */
import type { Broker, OffsetRange } from "../broker/broker.ts";
import type { Codec } from "../codec/codec.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { TickhouseError } from "../errors.ts";
import {
  checkRemoved,
  checkWhole,
  compareBefore,
  compareCommon,
  countBelow,
  type Counted,
  type Stand,
  type Taken,
} from "./compare.ts";
import { takenBefore } from "../stream/standing.ts";
import { readDeadLetters } from "./dead.ts";
import { addContents, type Contents } from "./contents.ts";
import { BrokerSide } from "./broker_side.ts";
import type { Side, SideOf } from "./side.ts";
import { Workbench } from "../decode/workbench.ts";

/** What to compare. */
export interface ReconcileOptions {
  readonly broker: Broker;
  readonly codec: Codec;
  readonly datasets: readonly Dataset[];
  /** The ends that the log is compared with. */
  readonly ends: readonly SideOf[];
  /** First offset of a partition to compare. Default: 0, all that there is. */
  readonly from?: (topic: string, partition: number) => number;
}

/** One side of one partition. */
export interface SideProof extends Contents {
  /** `broker` for the log, else the name of the end. */
  readonly side: string;
  /** Over the rows that were compared with the log: the same on all sides, if nothing differs. */
  readonly hash: string;
  /** Next offset: the log's end, or where the sink stands. */
  readonly position: number;
  /** Records of the log that the sink has yet to take; 0 for the broker. */
  readonly lag: number;
  /** Dead letters with offsets below the position. */
  readonly dead: number;
}

/** One partition of one dataset. */
export interface PartitionProof {
  /** Name of the dataset. */
  readonly dataset: string;
  /** The topic that it travels on. */
  readonly topic: string;
  /** From 0. */
  readonly partition: number;
  /** The log first, then each end. */
  readonly sides: readonly SideProof[];
  /** Records of the log up to where every sink stands: what was compared. */
  readonly compared: number;
  /** What does not agree; empty if all does. */
  readonly differences: readonly string[];
}

/** The whole comparison. */
export interface Proof {
  /** A line each, of all datasets. */
  readonly partitions: readonly PartitionProof[];
  /** True if there is an end, and nothing differs in what it has taken. */
  readonly proven: boolean;
}

/** Attempts at a partition whose beginning retention cuts meanwhile. */
const TRIES_MAX = 3;

/**
 * Compares what each side holds below its position. It may run while a stream does: positions are
 * read first, dead letters after them, and nothing below a position ever changes.
 */
export async function reconcile(options: ReconcileOptions): Promise<Proof> {
  await using workbench = await Workbench.open();
  const partitions: PartitionProof[] = [];
  for (const dataset of options.datasets) {
    const topic = await options.broker.topic(dataset.topic);
    // Without the topic sinks may still hold its rows: then the log is what is missing.
    const log = new BrokerSide(options.broker, options.codec, workbench, dataset, Boolean(topic));
    const sides = [log, ...options.ends.map((sideOf) => sideOf(dataset, workbench))];
    const count = topic?.partitions ?? dataset.partitions;
    const proofs = await proveDataset(options, dataset, count, sides, log);
    const used = proofs.some((p) => p.sides.some((side) => side.position > 0));
    if (topic || used) partitions.push(...proofs);
  }
  const hasEnd = options.ends.length > 0;
  return { partitions, proven: hasEnd && partitions.every((p) => p.differences.length === 0) };
}

async function proveDataset(
  { broker, from }: ReconcileOptions,
  dataset: Dataset,
  partitions: number,
  sides: readonly Side[],
  log: BrokerSide,
): Promise<PartitionProof[]> {
  const rows = await standsOf(broker, dataset, partitions, sides);
  const dead = await readDeadLetters(broker, dataset.topic);
  const proofs: PartitionProof[] = [];
  for (const [partition, row] of rows.entries()) {
    const taken: Taken[] = [];
    for (const stand of row) {
      taken.push({ ...stand, dead: await stand.side.dead(partition, dead) });
    }
    const start = from?.(dataset.topic, partition) ?? 0;
    proofs.push(await proveSteadily(dataset, partition, taken, log, start));
  }
  return proofs;
}

/** How far each side is, of each partition. */
async function standsOf(
  broker: Broker,
  { topic }: Dataset,
  partitions: number,
  sides: readonly Side[],
): Promise<Stand[][]> {
  // What was noted before any position is asked for: the lake lists its objects once, for all.
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const noted = await Promise.all(
    all.map((partition) =>
      Promise.all(
        sides.map(({ name }) =>
          name === "broker" ? 0 : takenBefore(broker, name, topic, partition)
        ),
      )
    ),
  );
  const rows: Stand[][] = [];
  for (const partition of all) {
    // Sinks before the log: one that moves on meanwhile must not seem to be ahead of it.
    const row: Stand[] = [];
    for (const [i, side] of [...sides.entries()].reverse()) {
      const position = await side.position(partition);
      row.unshift({ side, position, noted: noted[partition]?.[i] ?? 0 });
    }
    rows.push(row);
  }
  return rows;
}

/** Tries again when retention cuts the log's beginning while its records are counted. */
async function proveSteadily(
  dataset: Dataset,
  partition: number,
  taken: readonly Taken[],
  log: BrokerSide,
  start: number,
): Promise<PartitionProof> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const range = await log.range(partition);
    const isCut = async () => (await log.range(partition)).earliest !== range.earliest;
    try {
      const proof = await provePartition(dataset, partition, taken, range, start);
      if (!await isCut()) return proof;
    } catch (error) {
      if (!await isCut()) throw error;
    }
  }
  throw new TickhouseError("LOG_CUT", "retention drops records faster than they are compared", {
    field: "topic",
    value: `${dataset.topic}/${partition}`,
    kind: "transient",
    fix: "compare again, or lengthen the retention",
  });
}

async function provePartition(
  dataset: Dataset,
  partition: number,
  taken: readonly Taken[],
  range: OffsetRange,
  start: number,
): Promise<PartitionProof> {
  const earliest = Math.max(start, range.earliest);
  const until = Math.max(earliest, Math.min(...taken.map((t) => t.position)));
  const counted: Counted[] = [];
  for (const one of taken) {
    const { side, position } = one;
    const before = await side.contents(partition, start, Math.min(earliest, position));
    const common = await side.contents(partition, earliest, until);
    const after = await side.contents(partition, until, position);
    const whole = addContents(addContents(before, common), after);
    counted.push({ ...one, before, common, whole });
  }
  const [log, ...sinks] = counted;
  const differences: string[] = [];
  for (const sink of sinks) {
    if (!log) break;
    const found = [
      ...sink.side.problems(partition),
      ...checkRemoved(sink, { topic: dataset.topic, partition, earliest: range.earliest }),
      ...await compareCommon(log, sink, { partition, from: earliest, until }),
      ...checkWhole(log, sink, { start, earliest, next: range.next }),
    ];
    differences.push(...found.map((text) => `${sink.side.name}: ${text}`));
  }
  differences.push(...await compareBefore(partition, sinks, earliest));
  const sides = counted.map(({ side, position, dead, whole, common }) => ({
    side: side.name,
    position,
    lag: side.name === "broker" ? 0 : Math.max(0, range.next - position),
    dead: countBelow(dead, start, position),
    ...whole,
    hash: common.hash,
  }));
  const compared = log?.common.rows ?? 0;
  return { dataset: dataset.name, topic: dataset.topic, partition, sides, compared, differences };
}
