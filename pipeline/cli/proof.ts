import type { Broker } from "../broker/broker.ts";
import { datasetNamed, DATASETS } from "../datasets/datasets.ts";
import type { Config } from "../config.ts";
import { type Proof, reconcile } from "../reconcile/reconcile.ts";
import type { Bind, Result } from "../warehouse/warehouse.ts";
import { openCodec, openStore } from "./adapters.ts";
import { number, table } from "./console.ts";

/** Compares log, lake and warehouse; `names` limits the datasets. */
export function prove(
  config: Config,
  broker: Broker,
  query: (sql: string, binds?: readonly Bind[]) => Promise<Result>,
  names: readonly string[] = [],
): Promise<Proof> {
  return reconcile({
    broker,
    codec: openCodec(),
    datasets: names.length === 0 ? DATASETS : names.map(datasetNamed),
    store: openStore(config),
    query,
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
