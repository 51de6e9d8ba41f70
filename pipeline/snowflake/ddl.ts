/**
 * The migrations of Snowflake that derive from the datasets: bronze tables, landing tables, pipes.
 * @module
 */
import { type Dataset, type StoredColumn, storedColumns } from "../datasets/dataset.ts";
import { DATASETS } from "../datasets/datasets.ts";
import { bronzeDdl, bronzeTable, columnDdl } from "../datasets/tables.ts";
import { identifier } from "../sql/names.ts";

const HEADER =
  `-- Made from pipeline/datasets by \`deno task generate\`; edit the declarations, not this.
`;

/** Of the lake's format: lake_parquet or lake_ndjson. */
const FORMAT_VARIABLE = "-- variable: lake_format identifier = lake_parquet\n";

/** Where Snowpipe puts the rows of files until they are settled into bronze. */
export function landingTable(dataset: Dataset): string {
  return `bronze._landing_${identifier(dataset.name)}`;
}

/** The pipe that files are named to by `insertFiles`. */
export function snowpipe(dataset: Dataset): string {
  return `bronze._pipe_${identifier(dataset.name)}`;
}

/** The pipe that rows are streamed to. */
export function streamingPipe(dataset: Dataset): string {
  return `bronze._stream_${identifier(dataset.name)}`;
}

/** The pipe that takes new files of a store by itself. */
export function autoPipe(dataset: Dataset): string {
  return `bronze._auto_${identifier(dataset.name)}`;
}

/** The columns of a landing table that are those of bronze: nothing is demanded of them. */
export function landingColumns(dataset: Dataset): StoredColumn[] {
  return storedColumns(dataset).map((column) => ({ ...column, nullable: true }));
}

/**
 * The landing table: as bronze, but nothing is demanded of a row, and each says its file and row.
 * A file may land twice, or half; `settle` takes from here what is whole, once.
 */
export function landingDdl(dataset: Dataset): string {
  const lines = [
    "_file VARCHAR(1024)",
    "_file_row NUMBER(19,0)",
    "_landed_at TIMESTAMP_LTZ(9)",
    ...landingColumns(dataset).map((column) => columnDdl(column, "snowflake")),
  ];
  return `CREATE TABLE IF NOT EXISTS ${landingTable(dataset)} (\n  ${lines.join(",\n  ")}\n)`;
}

/** The COPY of a pipe into the landing table; `stage` may be a place for a variable. */
function copyIntoLanding(dataset: Dataset, stage: string): string {
  return `COPY INTO ${landingTable(dataset)}
  FROM @bronze.${stage}
  FILE_FORMAT = (FORMAT_NAME = 'bronze.{{ lake_format }}')
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
  INCLUDE_METADATA = (
    _file = METADATA$FILENAME,
    _file_row = METADATA$FILE_ROW_NUMBER,
    _landed_at = METADATA$START_SCAN_TIME
  )
  ON_ERROR = SKIP_FILE`;
}

/** File name → text of the migrations that derive. */
export function snowflakeFiles(): Map<string, string> {
  const each = (statement: (dataset: Dataset) => string) =>
    DATASETS.map((d) => `\n-- ${d.meaning}\n${statement(d)};\n`).join("");
  const auto = (stage: string, option: string) => (d: Dataset) =>
    `CREATE PIPE IF NOT EXISTS ${autoPipe(d)}\n  AUTO_INGEST = TRUE${option}\n` +
    `  COMMENT = 'New objects of the lake, by themselves'\n` +
    `  AS ${copyIntoLanding(d, `${stage}/${d.topic}/`)}`;
  return new Map([
    ["0012_bronze_tables.sql", head("database") + each((d) => bronzeDdl(d, "snowflake"))],
    ["0013_landing_tables.sql", head("database") + each(landingDdl)],
    [
      "0016_pipes.sql",
      head("database", `${FORMAT_VARIABLE}-- variable: lake_stage identifier = lake\n`) +
      each((d) =>
        // Replaced when format or stage change; what it forgets by that is settled once all the same.
        `CREATE OR REPLACE PIPE ${snowpipe(d)}\n` +
        `  COMMENT = 'Files of the lake, named by insertFiles'\n  AS ${
          copyIntoLanding(d, "{{ lake_stage }}")
        }`
      ),
    ],
    [
      "0017_streaming_pipes.sql",
      head("database", "-- For Snowpipe Streaming: one channel a partition.\n") +
      each((d) =>
        `CREATE PIPE IF NOT EXISTS ${streamingPipe(d)}
  COMMENT = 'Rows by Snowpipe Streaming'
  AS COPY INTO ${bronzeTable(d)}
  FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING'))
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE`
      ),
    ],
    ["0041_s3_pipes.sql", head("s3", FORMAT_VARIABLE) + each(auto("lake_s3", ""))],
    [
      "0052_azure_pipes.sql",
      head(
        "azure",
        `${FORMAT_VARIABLE}-- variable: azure_notification identifier = TICKHOUSE_AZURE_EVENTS\n`,
      ) +
      each(auto("lake_azure", "\n  INTEGRATION = '{{ azure_notification }}'")),
    ],
  ]);
}

function head(group: string, more = ""): string {
  return `-- group: ${group}\n-- role: tickhouse_owner\n-- repeatable\n${more}${HEADER}`;
}
