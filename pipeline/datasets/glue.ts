/** The columns of a dataset as AWS Glue and Athena name their types. @module */
import { type ColumnType, type Dataset, SYSTEM_COLUMNS } from "./dataset.ts";

/** A column of a Glue table. */
export interface GlueColumn {
  readonly Name: string;
  readonly Type: string;
  readonly Comment: string;
}

const SYSTEM_TYPES: Readonly<Record<string, string>> = {
  _topic: "string",
  _partition: "int",
  _offset: "bigint",
  _ingest_time: "timestamp",
};

/** The columns of the dataset's Parquet files in the lake: the system columns, then its own. */
export function glueColumns(dataset: Dataset): GlueColumn[] {
  return [
    ...SYSTEM_COLUMNS.map((c) => ({
      Name: c.name,
      Type: SYSTEM_TYPES[c.name] ?? "string",
      Comment: c.meaning,
    })),
    ...dataset.columns.map((c) => ({ Name: c.name, Type: glueType(c.type), Comment: c.meaning })),
  ];
}

function glueType(type: ColumnType): string {
  switch (type.kind) {
    case "text":
      return "string";
    case "decimal":
      return `decimal(${type.precision},${type.scale})`;
    case "timestamp":
      return "timestamp";
    case "date":
      return "date";
  }
}
