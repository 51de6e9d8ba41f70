/**
 * The bulk way into the warehouse: objects of the lake, each in one transaction.
 * @module
 */
import type { Dataset } from "../datasets/dataset.ts";
import { TickhouseError } from "../errors.ts";
import { chainOf } from "../sink/lake.ts";
import type { Link } from "../sink/lake_layout.ts";
import { discard, Spool } from "../sink/spool.ts";
import type { ObjectStore } from "../store/store.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";
import { sha256OfFile } from "../sha256.ts";

/** What a load did. */
export interface LoadReport {
  readonly objects: number;
  /** Objects whose records the warehouse had already. */
  readonly skipped: number;
  readonly rows: number;
}

/**
 * Loads the chain of each partition from where the warehouse stands. An object is fetched once,
 * compared with its checksum, and loaded whole or not at all; killed at any moment and started
 * again, it goes on. Throws `OBJECT_DAMAGED`, and `PositionConflict` if the chain has a gap.
 */
export async function loadLake(
  store: ObjectStore,
  warehouse: Warehouse,
  dataset: Dataset,
): Promise<LoadReport> {
  using spool = new Spool();
  const report = { objects: 0, skipped: 0, rows: 0 };
  const links = await Array.fromAsync(chainOf(store, dataset.topic));
  links.sort((a, b) => a.partition - b.partition || a.startOffset - b.startOffset);
  const positions = new Map<number, number>();
  for (const link of links) {
    const known = positions.get(link.partition);
    const position = known ?? await warehouse.position(dataset.topic, link.partition);
    if (position >= link.nextOffset) {
      report.skipped++;
      positions.set(link.partition, position);
      continue;
    }
    report.rows += await loadObject(store, warehouse, dataset, link, spool);
    report.objects++;
    positions.set(link.partition, link.nextOffset);
  }
  return report;
}

async function loadObject(
  store: ObjectStore,
  warehouse: Warehouse,
  dataset: Dataset,
  link: Link,
  spool: Spool,
): Promise<number> {
  const path = spool.path(link.key.split("/").at(-1) ?? "object");
  try {
    await store.download(link.key, path);
    if (await sha256OfFile(path) !== link.sha256) {
      throw new TickhouseError("OBJECT_DAMAGED", "the object is not what was written", {
        field: "object",
        value: link.key,
        mend: "restore it from a copy; nothing of it was loaded",
      });
    }
    return await warehouse.load(dataset, { ...link, topic: dataset.topic, path });
  } finally {
    discard(path);
  }
}
