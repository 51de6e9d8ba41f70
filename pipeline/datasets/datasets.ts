/** The registry of datasets. @module */
import { TickhouseError } from "../errors.ts";
import { bars } from "./bars.ts";
import type { Dataset } from "./dataset.ts";
import { corporateActions } from "./corporate_actions.ts";
import { indexBars } from "./index_bars.ts";
import { quotes } from "./quotes.ts";
import { ticks } from "./ticks.ts";

export { bars, corporateActions, indexBars, quotes, ticks };
export type { Column, ColumnType, Dataset } from "./dataset.ts";

/** Every dataset, in the order they are shown. */
export const DATASETS: readonly Dataset[] = [ticks, quotes, bars, indexBars, corporateActions];

/** The dataset of that name; throws `DATASET_UNKNOWN`. */
export function datasetNamed(name: string, known: readonly Dataset[] = DATASETS): Dataset {
  const found = known.find((d) => d.name === name);
  if (found) return found;
  throw new TickhouseError("DATASET_UNKNOWN", "there is no such dataset", {
    field: "dataset",
    value: name,
    fix: `use one of ${known.map((d) => d.name).join(", ")}`,
  });
}
