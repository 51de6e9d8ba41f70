/**
 * The bulk way into the warehouse: objects of the lake, each in one transaction.
 * @module
 */
import type { Dataset } from "../datasets/dataset.ts";
import { Workbench } from "../decode/workbench.ts";
import { chainOf } from "./chain.ts";
import { beginningsOf, lakeLog } from "./log.ts";
import { LakeReader } from "./reader.ts";
import { discard } from "../decode/spool.ts";
import type { ObjectStore } from "../store/store.ts";
import { adoptLog } from "../warehouse/logs.ts";
import type { LoadReport, Warehouse } from "../warehouse/warehouse.ts";

/**
 * Loads the chain of each partition from where the warehouse stands. An object is fetched once,
 * compared with its checksum, and loaded whole or not at all; killed at any moment and started
 * again, it goes on. The warehouse is bound to the lake's log first. Throws `LOG_REPLACED` if it holds
 * another's, `LOG_UNKNOWN` if only the lake is bound to none, `OBJECT_DAMAGED`, and `PositionConflict` if the chain has a gap.
 */
export async function loadLake(
  store: ObjectStore,
  warehouse: Warehouse,
  dataset: Dataset,
): Promise<LoadReport> {
  await using workbench = await Workbench.open();
  const reader = new LakeReader(store, dataset, workbench.spool, workbench.session);
  const report = { objects: 0, skipped: 0, rows: 0 };
  const links = await Array.fromAsync(chainOf(store, dataset.topic));
  links.sort((a, b) => a.partition - b.partition || a.startOffset - b.startOffset);
  if (links.length > 0) {
    const log = beginningsOf(await lakeLog(store, dataset.topic), links);
    await adoptLog(warehouse, dataset.topic, log, "the lake");
  }
  const positions = new Map<number, number>();
  for (const link of links) {
    const known = positions.get(link.partition);
    const position = known ?? await warehouse.position(dataset.topic, link.partition);
    if (position >= link.nextOffset) {
      report.skipped++;
      positions.set(link.partition, position);
      continue;
    }
    const path = await reader.fetch(link);
    try {
      report.rows += await warehouse.load(dataset, { ...link, topic: dataset.topic, path });
    } finally {
      discard(path);
    }
    report.objects++;
    positions.set(link.partition, link.nextOffset);
  }
  return report;
}
