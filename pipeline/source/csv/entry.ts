/** CSV files by their name, and as notebooks open them. @module */
import { datasetNamed } from "../../datasets/datasets.ts";
import { TickhouseError } from "../../errors.ts";
import { ANSWERS, type FileAnswers } from "../answers.ts";
import type { SourceEntry, SourceOptions, SourceSpec } from "../entry.ts";

/** A CSV file, plain or packed; for the options see `SourceOptions`. */
export function csv(file: string, options: Omit<SourceOptions, "file" | "limit"> = {}): SourceSpec {
  return async ({ datasets, onNote }) => {
    const { csvSource } = await import("./csv.ts");
    const { dataset, pace, again = false } = options;
    return await csvSource({
      ...answersIn(options),
      again,
      path: file,
      datasets,
      onNotice: (text) => onNote(`note       ${text}`),
      ...(dataset === undefined ? {} : { dataset: datasetNamed(dataset, datasets) }),
      ...(pace === undefined ? {} : { pace: { speed: pace } }),
    });
  };
}

/** Of what a run is asked, the answers: other options do not change what a file is read as. */
function answersIn(options: FileAnswers): FileAnswers {
  const given = ANSWERS.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
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
      fix: "name a CSV file, plain or packed",
    });
  },
};
