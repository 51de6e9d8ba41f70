/** The dbt sources that the datasets make. @module */
import type { Column, Dataset } from "../datasets/dataset.ts";
import { SYSTEM_COLUMNS } from "../datasets/dataset.ts";
import { DATASETS } from "../datasets/datasets.ts";

/** Where the generated file lies, from the root of the repository. */
export const DBT_SOURCES_FILE = "models/bronze/sources.yml";

/** The text of `models/bronze/sources.yml`: the bronze tables, their columns and what they mean. */
export function dbtSources(): string {
  const lines = [
    "# Made from pipeline/datasets by `deno task generate`; edit the declarations, not this.",
    "version: 2",
    "",
    "sources:",
    "  - name: bronze",
    "    description: Every record as it arrived, once, under its topic, partition and offset.",
    "    schema: bronze",
    "    tables:",
  ];
  for (const dataset of DATASETS) {
    lines.push(
      `      - name: ${dataset.name}`,
      `        description: ${quoted(dataset.meaning)}`,
      ...freshness(dataset),
      "        columns:",
    );
    for (const { name, meaning } of SYSTEM_COLUMNS) {
      lines.push(...described(name, meaning));
      // The models count on it: they tell records apart by partition and offset alone.
      if (name === "_topic") lines.push(...onlyValue(dataset.topic));
    }
    for (const column of dataset.columns) lines.push(...described(column.name, meaning(column)));
  }
  return `${lines.join("\n")}\n`;
}

/** What `dbt source freshness` expects: days may pass between daily bars, but not between ticks. */
function freshness({ eventTime, columns }: Dataset): string[] {
  const daily = columns.find(({ name }) => name === eventTime)?.type.kind === "date" ||
    columns.some(({ name }) => name === "bar_interval");
  const [warn, error] = daily
    ? ["4, period: day", "8, period: day"]
    : ["1, period: hour", "4, period: day"];
  return [
    "        config:",
    "          loaded_at_field: _ingest_time",
    "          freshness:",
    `            warn_after: {count: ${warn}}`,
    `            error_after: {count: ${error}}`,
  ];
}

function described(name: string, text: string): string[] {
  return [`          - name: ${name}`, `            description: ${quoted(text)}`];
}

function onlyValue(value: string): string[] {
  return [
    "            data_tests:",
    "              - accepted_values:",
    "                  arguments:",
    `                    values: [${quoted(value)}]`,
  ];
}

/** The unit on the wire says nothing in the warehouse, where a time is a timestamp. */
function meaning(column: Column): string {
  const unit = column.type.kind === "timestamp" ? "UTC" : column.unit;
  return unit === undefined ? column.meaning : `${column.meaning} (${unit})`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
