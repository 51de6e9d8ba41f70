/**
 * What a dataset declaration is made of. Everything else (zod, Avro, DDL, Parquet, dbt) derives from it.
 * @module
 */

/** The logical type of a column. Timestamps are microseconds since 1970 UTC on the wire. */
export type ColumnType =
  | { readonly kind: "text"; readonly maxLength: number }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "timestamp"; readonly wireUnit: "us" | "s" }
  | { readonly kind: "date" };

/** One column: its warehouse name, its name on the wire, type, limits, unit and meaning. */
export interface Column {
  /** Name in the warehouse, in Parquet and in the models. */
  readonly name: string;
  /** Name in the message, where it differs. */
  readonly wire?: string;
  /** Names that it bore in earlier Avro schemas. */
  readonly aliases?: readonly string[];
  /** Logical type. */
  readonly type: ColumnType;
  /** Default: false. */
  readonly nullable?: boolean;
  /** The least value allowed; for timestamps in microseconds. */
  readonly min?: number;
  /** As `min`, but the value itself is refused too. */
  readonly moreThan?: number;
  /** Column that, where the record has it, lifts `moreThan`: then the value is at least `-max`. */
  readonly signedBy?: string;
  /** The greatest value allowed; for timestamps in microseconds. */
  readonly max?: number;
  /** The only values allowed, for text. */
  readonly oneOf?: readonly string[];
  /** Whether the text is codes, separated by one space: a list in a message or a cell becomes that. */
  readonly isList?: boolean;
  /** Unit of the value, such as "shares". */
  readonly unit?: string;
  /** What it says, as a sentence. */
  readonly meaning: string;
}

/** A dataset: one kind of record, with one topic, one bronze table and one folder in the lake. */
export interface Dataset {
  /** Name of the bronze table and of the folder in the lake. */
  readonly name: string;
  /** What a record is, as a sentence. */
  readonly meaning: string;
  /** Topic the records travel on. */
  readonly topic: string;
  /** Partitions the topic is made with. */
  readonly partitions: number;
  /** Column whose value keys the message: records of one key keep their order. */
  readonly key: string;
  /** Columns that make two records the same fact. */
  readonly naturalKey: readonly string[];
  /** In the order of the tables. */
  readonly columns: readonly Column[];
  /** Pairs of columns of which the first is never greater than the second. */
  readonly ordered?: readonly (readonly [string, string])[];
  /** Column that says when the fact happened. */
  readonly eventTime: string;
  /** Decimal columns whose sums `reconcile` compares. */
  readonly sums: readonly string[];
}

/** The type of a column as tables and files keep it. */
export type StoredType = ColumnType | { readonly kind: "integer"; readonly bits: 32 | 64 };

/** A column of a bronze row: one of the dataset's, or one of those that every row has. */
export type StoredColumn = Pick<Column, "name" | "nullable" | "meaning"> & {
  readonly type: StoredType;
};

/** The identity and ingest columns that every bronze row carries beside the dataset's own. */
export const SYSTEM_COLUMNS: readonly StoredColumn[] = [
  {
    name: "_topic",
    type: { kind: "text", maxLength: 249 },
    meaning: "Topic the record came from; part of the row's identity.",
  },
  {
    name: "_partition",
    type: { kind: "integer", bits: 32 },
    meaning: "Partition of the topic; part of the row's identity.",
  },
  {
    name: "_offset",
    type: { kind: "integer", bits: 64 },
    meaning: "Offset in the partition; part of the row's identity.",
  },
  {
    name: "_ingest_time",
    type: { kind: "timestamp", wireUnit: "us" },
    meaning: "When the row was written, UTC.",
  },
];

/** The columns of a bronze row, in order: the system's, then the dataset's. */
export function storedColumns(dataset: Dataset): readonly StoredColumn[] {
  return [...SYSTEM_COLUMNS, ...dataset.columns];
}

/** Name of the column in the message. */
export function wireName(column: Column): string {
  return column.wire ?? column.name;
}

/** The column of that name; a TypeError if the declaration has none. */
export function column(dataset: Dataset, name: string): Column {
  const found = dataset.columns.find((c) => c.name === name);
  if (!found) throw new TypeError(`dataset ${dataset.name} has no column ${name}`);
  return found;
}

/** Topic for the records of `topic` that do not decode or validate. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dead`;
}

/** A longer message is no row. DuckDB reads in buffers of twice this size. */
export const MESSAGE_BYTES_MAX = 2 * 2 ** 20;
