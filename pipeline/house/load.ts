/** The lake into a warehouse. @module */
import { number } from "../console.ts";
import type { EndContext } from "../ends/end.ts";
import type { Target } from "../ends/target.ts";
import type { LoadReport } from "../warehouse/warehouse.ts";
import { drawn } from "../notebook/drawn.ts";
import type { Dialect } from "../sql/names.ts";

/** What to load, and where. */
export interface LoadOptions {
  /** Only this dataset. Default: all that are carried. */
  readonly dataset?: string;
  /** Default: duckdb. */
  readonly target?: Dialect;
}

/** What was loaded of a dataset. */
export interface Loaded extends LoadReport {
  /** Name of the dataset. */
  readonly dataset: string;
}

/** Loads the datasets of the context. */
export async function load(context: EndContext, target: Target): Promise<Loaded[]> {
  const { datasets, openStore } = context;
  await using store = await openStore();
  const found = await target.load(context, store, datasets);
  const loaded = found.map((report, i) => ({ dataset: datasets[i]?.name ?? "", ...report }));
  const head = ["dataset", "objects loaded", "loaded before", "rows"];
  return drawn(loaded, () => [{
    head,
    rows: loaded.map((r) => [r.dataset, number(r.objects), number(r.skipped), number(r.rows)]),
  }]);
}
