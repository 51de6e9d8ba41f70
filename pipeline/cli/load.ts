import type { Config } from "../config.ts";
import { datasetNamed, DATASETS } from "../datasets/datasets.ts";
import { loadLake, type LoadReport } from "../stream/load.ts";
import { openBroker, openStore, openWarehouse } from "./adapters.ts";
import { number, print, printJson, table } from "./console.ts";

/** Loads what the lake holds beyond the warehouse's position. */
export async function runLoad(
  config: Config,
  flags: { dataset?: string | undefined; json: boolean },
): Promise<number> {
  const datasets = flags.dataset === undefined ? DATASETS : [datasetNamed(flags.dataset)];
  await using broker = openBroker(config);
  await using warehouse = await openWarehouse(config, broker, "batch");
  const reports: (LoadReport & { dataset: string })[] = [];
  for (const dataset of datasets) {
    const report = await loadLake(openStore(config), warehouse, dataset);
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
