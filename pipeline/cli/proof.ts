import type { Broker } from "../broker/broker.ts";
import { datasetNamed, DATASETS } from "../datasets/datasets.ts";
import type { Config } from "../config.ts";
import { type Proof, reconcile } from "../reconcile/reconcile.ts";
import { lakePosition } from "../sink/lake.ts";
import type { ObjectStore } from "../store/store.ts";
import type { Bind, Result, Warehouse } from "../warehouse/warehouse.ts";
import { openCodec, openStore } from "./adapters.ts";
import { number, table } from "./console.ts";

/** An offset of each partition. */
export type Offsets = (topic: string, partition: number) => number;

/**
 * Where a run begins: the least position of the two sinks. Proving from there takes as long as the
 * run was, not as the log is.
 */
export async function beginning(
  broker: Broker,
  store: ObjectStore,
  warehouse: Warehouse,
): Promise<Offsets> {
  const offsets = new Map<string, number>();
  for (const { name: topic, partitions } of await broker.topics()) {
    for (let partition = 0; partition < partitions; partition++) {
      const [lake, rows] = await Promise.all([
        lakePosition(store, topic, partition),
        warehouse.position(topic, partition),
      ]);
      offsets.set(`${topic}/${partition}`, Math.min(lake, rows));
    }
  }
  return (topic, partition) => offsets.get(`${topic}/${partition}`) ?? 0;
}

/** Compares log, lake and warehouse; `names` limits the datasets, `from` what is compared. */
export function prove(
  config: Config,
  broker: Broker,
  query: (sql: string, binds?: readonly Bind[]) => Promise<Result>,
  names: readonly string[] = [],
  from?: Offsets,
): Promise<Proof> {
  return reconcile({
    broker,
    codec: openCodec(),
    datasets: names.length === 0 ? DATASETS : names.map(datasetNamed),
    store: openStore(config),
    query,
    ...(from ? { from } : {}),
  });
}

/** The comparison as a table, and what differs. Partitions that never held a record are left out. */
export function showProof(proof: Proof): string {
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
      Object.entries(side.sums).map(([name, sum]) => `${name} ${sum}`).join(", "),
    ])
  );
  const head = ["partition", "side", "first", "last", "rows", "distinct", "dead", "lag", "sums"];
  const differences = used.flatMap(({ topic, partition, differences }) =>
    differences.map((text) => `${topic}/${partition} ${text}`)
  );
  const verdict = proof.proven
    ? `proven: ${number(records(proof))} records, each exactly once, no gap`
    : `NOT proven:\n  ${differences.join("\n  ")}`;
  return rows.length === 0 ? "nothing to compare yet" : `${table(head, rows)}\n${verdict}`;
}

/** Records in the log, over all partitions. */
export function records(proof: Proof): number {
  return proof.partitions.reduce((sum, partition) => {
    const broker = partition.sides.find((side) => side.side === "broker");
    return sum + (broker?.rows ?? 0);
  }, 0);
}
