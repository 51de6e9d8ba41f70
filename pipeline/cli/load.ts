import type { Config } from "../config/config.ts";
import { loadLake, type LoadReport } from "../lake/load.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { Dialect } from "../sql/names.ts";
import type { ObjectStore } from "../store/store.ts";
import { openDatasets, openStore, openWarehouse } from "./adapters.ts";
import { number, print, printJson, table } from "./console.ts";
import { loadIntoSnowflake } from "../ends/snowflake.ts";

/** Loads what the lake holds beyond the warehouse's position. */
export async function runLoad(
  config: Config,
  flags: { dataset?: string | undefined; target: Dialect; json: boolean },
): Promise<number> {
  const datasets = openDatasets(config, flags.dataset === undefined ? [] : [flags.dataset]);
  await using store = await openStore(config);
  const loaded = flags.target === "snowflake"
    ? await loadIntoSnowflake(config, store, datasets)
    : await loadIntoDuckDb(config, store, datasets);
  const reports = loaded.map((report, i) => ({ dataset: datasets[i]?.name ?? "", ...report }));
  if (flags.json) printJson(reports);
  else {
    const rows = reports.map((
      r,
    ) => [r.dataset, number(r.objects), number(r.skipped), number(r.rows)]);
    print(table(["dataset", "objects loaded", "loaded before", "rows"], rows));
  }
  return 0;
}

async function loadIntoDuckDb(
  config: Config,
  store: ObjectStore,
  datasets: readonly Dataset[],
): Promise<LoadReport[]> {
  await using warehouse = await openWarehouse(config, undefined, "batch");
  const reports: LoadReport[] = [];
  for (const dataset of datasets) reports.push(await loadLake(store, warehouse, dataset));
  return reports;
}
