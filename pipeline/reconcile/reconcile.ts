/**
 * The proof: broker, lake and warehouse compared per partition, record by record where they overlap.
 * @module
 */
import type { Broker, OffsetRange } from "../broker/broker.ts";
import type { Codec } from "../codec/codec.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { Bind, Result } from "../warehouse/warehouse.ts";
import type { ObjectStore } from "../store/store.ts";
import { readDeadLetters } from "./dead.ts";
import { addContents, type Contents, equalDecimals } from "./contents.ts";
import { BrokerSide, LakeSide, type Side, WarehouseSide } from "./sides.ts";
import { Workbench } from "./workbench.ts";

/** What to compare. */
export interface ReconcileOptions {
  readonly broker: Broker;
  readonly codec: Codec;
  readonly datasets: readonly Dataset[];
  /** Left out if there is no lake. */
  readonly store?: ObjectStore;
  /** Queries on the warehouse; left out if there is none. */
  readonly query?: (sql: string, binds?: readonly Bind[]) => Promise<Result>;
}

/** One side of one partition. */
export interface SideProof extends Contents {
  readonly side: "broker" | "lake" | "warehouse";
  /** Next offset: the log's end, or where the sink stands. */
  readonly position: number;
  /** Records of the log that the sink has yet to take; 0 for the broker. */
  readonly lag: number;
  /** Dead letters with offsets below the position. */
  readonly dead: number;
}

/** One partition of one dataset. */
export interface PartitionProof {
  readonly dataset: string;
  readonly topic: string;
  readonly partition: number;
  readonly sides: readonly SideProof[];
  /** What does not agree; empty if all does. */
  readonly differences: readonly string[];
}

/** The whole comparison. */
export interface Proof {
  readonly partitions: readonly PartitionProof[];
  /** True if nothing differs. */
  readonly proven: boolean;
}

/**
 * Compares what each side holds below its position. It may run while a stream does: positions are
 * read first, dead letters after them, and nothing below a position ever changes.
 */
export async function reconcile(options: ReconcileOptions): Promise<Proof> {
  await using workbench = await Workbench.open();
  const known = await options.broker.topics();
  const partitions: PartitionProof[] = [];
  for (const dataset of options.datasets) {
    const topic = known.find((t) => t.name === dataset.topic);
    if (!topic) continue;
    const sides = sidesOf(options, workbench, dataset);
    partitions.push(...await proveDataset(options.broker, dataset, topic.partitions, sides));
  }
  return { partitions, proven: partitions.every((p) => p.differences.length === 0) };
}

function sidesOf(options: ReconcileOptions, workbench: Workbench, dataset: Dataset): Side[] {
  const { broker, codec, store, query } = options;
  const sides: Side[] = [new BrokerSide(broker, codec, workbench, dataset)];
  if (store) sides.push(new LakeSide(store, workbench, dataset));
  if (query) sides.push(new WarehouseSide(query, dataset));
  return sides;
}

async function proveDataset(
  broker: Broker,
  dataset: Dataset,
  partitions: number,
  sides: readonly Side[],
): Promise<PartitionProof[]> {
  const positions: number[][] = [];
  for (let partition = 0; partition < partitions; partition++) {
    // Sinks before the log: one that moves on meanwhile must not seem to be ahead of it.
    const row: number[] = [];
    for (const side of [...sides].reverse()) row.unshift(await side.position(partition));
    positions.push(row);
  }
  const dead = await readDeadLetters(broker, dataset.topic);
  const proofs: PartitionProof[] = [];
  for (const [partition, row] of positions.entries()) {
    const range = await broker.offsets(dataset.topic, partition);
    const taken = sides.map((side, i) => ({
      side,
      position: row[i] ?? 0,
      dead: dead(side.name, partition),
    }));
    proofs.push(await provePartition(dataset, partition, taken, range));
  }
  return proofs;
}

/** A side, how far it is, and the offsets it gave up as dead letters. */
interface Taken {
  readonly side: Side;
  readonly position: number;
  readonly dead: ReadonlySet<number>;
}

/** What a side holds: in the range that all sides have in common, and in all. */
interface Counted extends Taken {
  readonly common: Contents;
  readonly whole: Contents;
}

async function provePartition(
  dataset: Dataset,
  partition: number,
  taken: readonly Taken[],
  { earliest, next }: OffsetRange,
): Promise<PartitionProof> {
  const until = Math.max(earliest, Math.min(...taken.map((t) => t.position)));
  const counted: Counted[] = [];
  for (const { side, position, dead } of taken) {
    const before = await side.contents(partition, 0, Math.min(earliest, position));
    const common = await side.contents(partition, earliest, until);
    const after = await side.contents(partition, until, position);
    const whole = addContents(addContents(before, common), after);
    counted.push({ side, position, dead, common, whole });
  }
  const [log, ...sinks] = counted;
  const differences = log
    ? sinks.flatMap((sink) =>
      [
        ...sink.side.problems(partition),
        ...compareCommon(log, sink, earliest, until),
        ...checkWhole(log, sink, earliest, next),
      ].map((text) => `${sink.side.name}: ${text}`)
    )
    : [];
  const sides = counted.map(({ side, position, dead, whole }) => ({
    side: side.name,
    position,
    lag: side.name === "broker" ? 0 : next - position,
    dead: countBelow(dead, 0, position),
    ...whole,
  }));
  return { dataset: dataset.name, topic: dataset.topic, partition, sides, differences };
}

/** Each offset at most once; and where the log still holds its first record, none missing. */
function checkWhole(log: Counted, sink: Counted, earliest: number, next: number): string[] {
  const { position, whole, dead } = sink;
  const found: string[] = [];
  if (position > next) found.push(`stands at ${position}, beyond the log's end ${next}`);
  if (whole.rows !== whole.distinct) found.push(`${whole.rows - whole.distinct} rows twice`);
  const logHasNoGaps = earliest === 0 && log.whole.rows === log.position;
  const missing = position - whole.rows - countBelow(dead, 0, position);
  if (logHasNoGaps && missing > 0) found.push(`${missing} of ${position} records missing`);
  return found;
}

/** The same valid rows as in the log, wherever both hold them. */
function compareCommon(log: Counted, sink: Counted, from: number, until: number): string[] {
  if (until <= from) return [];
  const found: string[] = [];
  const valid = log.common.rows - countBelow(sink.dead, from, until);
  if (sink.common.rows !== valid) {
    const range = `offsets ${from} up to ${until}`;
    found.push(`${sink.common.rows} rows in ${range}, the log has ${valid} that are valid`);
  }
  for (const [name, sum] of Object.entries(log.common.sums)) {
    const other = sink.common.sums[name] ?? "nothing";
    if (!equalDecimals(other, sum)) found.push(`sum of ${name} is ${other}, in the log ${sum}`);
  }
  return found;
}

function countBelow(offsets: ReadonlySet<number>, from: number, to: number): number {
  return [...offsets].filter((offset) => offset >= from && offset < to).length;
}
