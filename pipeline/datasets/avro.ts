/** The Avro schema of a dataset. @module */
import { type Column, type Dataset, wireName } from "./dataset.ts";

/** A piece of an Avro schema, as JSON. */
export type AvroType = string | { readonly [key: string]: unknown } | readonly AvroType[];

/** An Avro record schema, as JSON. */
export interface AvroRecord {
  readonly type: "record";
  readonly name: string;
  readonly namespace: string;
  readonly doc: string;
  readonly fields: readonly {
    readonly name: string;
    readonly type: AvroType;
    readonly doc: string;
    readonly default?: null;
    readonly aliases?: readonly string[];
  }[];
}

/**
 * The record `tickhouse.<dataset>`. Fields bear the wire names; every time is `timestamp-micros`,
 * also where the JSON message counts seconds, since Avro's logical types know no seconds.
 */
export function avroSchema(dataset: Dataset): AvroRecord {
  return {
    type: "record",
    name: dataset.name,
    namespace: "tickhouse",
    doc: dataset.meaning,
    fields: dataset.columns.map((column) => ({
      name: wireName(column),
      type: column.nullable ? ["null", avroType(column)] : avroType(column),
      doc: column.meaning,
      ...(column.nullable ? { default: null } : {}),
      ...(column.aliases ? { aliases: column.aliases } : {}),
    })),
  };
}

function avroType({ type }: Column): AvroType {
  switch (type.kind) {
    case "text":
      return "string";
    case "decimal":
      return {
        type: "bytes",
        logicalType: "decimal",
        precision: type.precision,
        scale: type.scale,
      };
    case "timestamp":
      return { type: "long", logicalType: "timestamp-micros" };
    case "date":
      return { type: "int", logicalType: "date" };
  }
}
