/** CSV files by their name, and as notebooks open them. @module */
import { datasetNamed } from "../../datasets/datasets.ts";
import { TickhouseError } from "../../errors.ts";
import type { SourceEntry, SourceOptions, SourceSpec } from "../entry.ts";

/** A CSV file, plain or gzip; for the options see `SourceOptions`. */
export function csv(file: string, options: Omit<SourceOptions, "file" | "limit"> = {}): SourceSpec {
  return async ({ datasets, onNote }) => {
    const { csvSource } = await import("./csv.ts");
    const { dataset, pace, set = {}, dateOrder, separator } = options;
    return await csvSource({
      path: file,
      datasets,
      defaults: set,
      onNotice: (text) => onNote(`note       ${text}`),
      ...(separator === undefined ? {} : { separator }),
      ...(dataset === undefined ? {} : { dataset: datasetNamed(dataset, datasets) }),
      ...(pace === undefined ? {} : { pace: { speed: pace } }),
      ...(dateOrder === undefined ? {} : { dateOrder }),
    });
  };
}

/** `--source csv`. */
export const csvEntry: SourceEntry = {
  name: "csv",
  meaning: "a CSV file",
  readsFile: true,
  open: ({ file, ...options }) => {
    if (file !== undefined) return csv(file, options);
    throw new TickhouseError("OPTION_INVALID", "csv needs a file", {
      field: "--file",
      fix: "name a CSV file, plain or gzip",
    });
  },
};
