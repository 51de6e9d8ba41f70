import type { Config } from "../config.ts";
import { loadLake, type LoadReport } from "../stream/load.ts";
import type { Dialect } from "../datasets/sql.ts";
import { openDatasets, openStore } from "./adapters.ts";
import { number, print, printJson, table } from "./console.ts";
import { openTarget } from "./snowflake.ts";

/** Loads what the lake holds beyond the warehouse's position. */
export async function runLoad(
  config: Config,
  flags: { dataset?: string | undefined; target: Dialect; json: boolean },
): Promise<number> {
  const datasets = openDatasets(config, flags.dataset === undefined ? [] : [flags.dataset]);
  await using warehouse = await openTarget(config, flags.target);
  await using store = await openStore(config);
  const reports: (LoadReport & { dataset: string })[] = [];
  for (const dataset of datasets) {
    const report = await loadLake(store, warehouse, dataset);
    reports.push({ dataset: dataset.name, ...report });
  }
  if (flags.json) printJson(reports);
  else {
    const rows = reports.map((
      r,
    ) => [r.dataset, number(r.objects), number(r.skipped), number(r.rows)]);
    print(table(["dataset", "objects loaded", "loaded before", "rows"], rows));
  }
  return 0;
}
