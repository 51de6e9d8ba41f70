import { ticks } from "tickhouse/datasets/datasets.ts";
import { checkAll } from "../check.ts";
import type { Run } from "../run.ts";
import type { Job } from "../work.ts";
import { reached } from "../world.ts";

/** Milliseconds until all commits must show. */
const SETTLE_MAX_MS = 300_000;

/**
 * Waits until readers see all that was produced. A commit is acknowledged before it shows, and while
 * the leader that must hear of it is away, it shows much later.
 */
export async function settled(run: Run): Promise<void> {
  await reached("seen by readers", SETTLE_MAX_MS, async () => {
    const { length } = await run.read(ticks.topic);
    return length >= run.produced.size || `${length} of ${run.produced.size} records`;
  });
}

/**
 * A worker that nothing happens to, in the group of those before or another, and then the checks:
 * whatever a fault left behind, this must be enough.
 */
export async function finish(run: Run, ends: Partial<Job>): Promise<void> {
  await settled(run);
  const group = run.random.next() < 0.3 ? "" : "clean-";
  const { store, warehouse } = ends;
  const clean = {
    ...(store ? { store: run.lake() } : {}),
    ...(warehouse ? { warehouse } : {}),
    ...(run.registryUrl ? { registryUrl: run.registryUrl } : {}),
  };
  await run.complete(run.job({ ...clean, group, rollRecords: run.between(50, 500) }));
  await checkAll(run, clean);
}
