import { checkAll } from "../check.ts";
import type { Run } from "../run.ts";
import type { Job } from "../work.ts";

/**
 * A worker that nothing happens to, in the group of those before or another, and then the checks:
 * whatever a fault left behind, this must be enough.
 */
export async function finish(run: Run, ends: Partial<Job>): Promise<void> {
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
