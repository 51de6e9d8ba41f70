/**
 * Avro messages in Confluent's wire format: a zero byte, the schema's id, the record.
 * @module
 */
import { Buffer } from "node:buffer";
import type avro from "avsc";
import { Packed } from "../batch.ts";
import { avroSchema } from "../datasets/avro.ts";
import { type Column, type Dataset, wireName } from "../datasets/dataset.ts";
import { Numeral, parseNumerals } from "../datasets/digits.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import {
  avroType,
  isDecimal,
  isTime,
  plainValue,
  shortestFloat,
  valueType,
  wholeNumber,
} from "./avro_types.ts";
import type { Codec, Decoded, Encoded } from "./codec.ts";
import type { SchemaRegistry } from "./registry.ts";

/** How messages are written. */
export interface AvroCodecOptions {
  readonly registry: SchemaRegistry;
  /**
   * Whether the dataset's schema is registered before the first write, or the subject's latest is
   * written with. Default: true.
   */
  readonly register?: boolean;
}

/** Bytes before the record: zero, and the id in big-endian order. */
const HEADER_BYTES = 5;
const NULL_LINE = "null";
/** A number of which a double may not hold all digits; event times, of 16 digits, it does. */
const LONG_NUMBER = /\d[\d.]{16}|9\d{15}|\d{16}[eE]/;

/** How the records of one schema meet the columns of a dataset. */
interface Mapping {
  readonly id: number;
  readonly type: avro.Type;
  readonly fields: readonly { readonly column: Column; readonly field: avro.types.Field }[];
  /** Values of fields that no column fills. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Why the schema can't hold the dataset; undefined if it can. */
  readonly refusal: string | undefined;
}

/**
 * A `Codec` whose schemas live in a registry under `<topic>-value`. A message is read by the schema
 * it was written with: fields are found by name or alias, unknown ones are passed over, missing
 * ones are null, numbers may be of any width. Schemas are fetched once.
 */
export class AvroCodec implements Codec {
  readonly name = "avro";
  readonly #options: AvroCodecOptions;
  readonly #types = new Map<number, Promise<avro.Type | undefined>>();
  readonly #mappings = new Map<string, Mapping>();
  readonly #writers = new Map<string, Promise<Mapping>>();

  constructor(options: AvroCodecOptions) {
    this.#options = options;
  }

  /** Throws `SCHEMA_MISSING` and `SCHEMA_INCOMPATIBLE`, and what the registry throws. */
  async fromLines(lines: Packed, dataset: Dataset): Promise<Encoded> {
    const failures = new Map<number, string>();
    const values: Uint8Array[] = [];
    if (lines.length === 0) return { values: Packed.from([]), failures };
    const writer = await this.#writer(dataset);
    const decoder = new TextDecoder("utf-8", { fatal: true });
    for (let i = 0; i < lines.length; i++) {
      try {
        const line = decoder.decode(lines.at(i));
        const row = LONG_NUMBER.test(line) ? parseNumerals(line) : JSON.parse(line);
        values.push(write(writer, row));
      } catch (error) {
        failures.set(i, messageOf(error));
      }
    }
    return { values: Packed.from(values), failures };
  }

  /** Throws what the registry throws; a message that names no known schema is a failure. */
  async toLines(values: Packed, dataset: Dataset): Promise<Decoded> {
    const failures = new Map<number, string>();
    const lines: string[] = [];
    for (let i = 0; i < values.length; i++) {
      const message = values.at(i);
      try {
        // No promise where the schema is known: they would cost more than the decoding.
        const mapping = this.#known(message, dataset) ?? await this.#fetched(message, dataset);
        lines.push(read(mapping, message));
      } catch (error) {
        if (error instanceof TickhouseError) throw error;
        failures.set(i, messageOf(error));
        lines.push(NULL_LINE);
      }
    }
    return { lines: Packed.from(lines), failures };
  }

  /**
   * Records of whatever schema, each as a line of JSON under the names of its fields. Throws what the
   * registry throws; a message that names no known schema is a failure.
   */
  async toJson(values: Packed): Promise<Decoded> {
    const failures = new Map<number, string>();
    const lines: string[] = [];
    for (let i = 0; i < values.length; i++) {
      const message = values.at(i);
      try {
        const id = idOf(message);
        const type = await this.#type(id);
        if (!type) throw new RangeError(`the registry has no schema ${id}`);
        lines.push(JSON.stringify(plainValue(type, type.fromBuffer(bodyIn(message)))));
      } catch (error) {
        if (error instanceof TickhouseError) throw error;
        failures.set(i, messageOf(error));
        lines.push(NULL_LINE);
      }
    }
    return { lines: Packed.from(lines), failures };
  }

  #known(message: Uint8Array, dataset: Dataset): Mapping | undefined {
    return this.#mappings.get(`${dataset.topic}/${idOf(message)}`);
  }

  async #fetched(message: Uint8Array, dataset: Dataset): Promise<Mapping> {
    const id = idOf(message);
    const type = await this.#type(id);
    if (!type) throw new RangeError(`the registry has no schema ${id}`);
    const mapping = map(id, type, dataset);
    this.#mappings.set(`${dataset.topic}/${id}`, mapping);
    return mapping;
  }

  #type(id: number): Promise<avro.Type | undefined> {
    const known = this.#types.get(id);
    if (known) return known;
    const fetched = this.#options.registry.byId(id).then((schema) => {
      // One that is missing may be there later.
      if (schema === undefined) this.#types.delete(id);
      return schema === undefined ? undefined : avroType(schema);
    });
    this.#types.set(id, fetched);
    fetched.catch(() => this.#types.delete(id));
    return fetched;
  }

  #writer(dataset: Dataset): Promise<Mapping> {
    const known = this.#writers.get(dataset.topic);
    if (known) return known;
    const opened = this.#openWriter(dataset);
    this.#writers.set(dataset.topic, opened);
    opened.catch(() => this.#writers.delete(dataset.topic));
    return opened;
  }

  async #openWriter(dataset: Dataset): Promise<Mapping> {
    const { registry, register = true } = this.#options;
    const subject = `${dataset.topic}-value`;
    if (register) {
      const schema = JSON.stringify(avroSchema(dataset));
      return map(await registry.register(subject, schema), avroType(schema), dataset);
    }
    const latest = await registry.latest(subject);
    if (!latest) {
      throw new TickhouseError("SCHEMA_MISSING", "the registry has no schema of it", {
        field: "subject",
        value: subject,
        fix: "register one, or set TICKHOUSE_REGISTRY_REGISTER=yes",
      });
    }
    const mapping = map(latest.id, avroType(latest.schema), dataset);
    const refusal = mapping.refusal ?? unfilled(mapping);
    if (refusal === undefined) return mapping;
    throw new TickhouseError("SCHEMA_INCOMPATIBLE", refusal, {
      field: "subject",
      value: subject,
      fix: `register a schema that can hold ${dataset.name}, or write to another topic`,
    });
  }
}

/** Throws if the message does not begin as Confluent's wire format does. */
function idOf(message: Uint8Array): number {
  if (message.length < HEADER_BYTES || message[0] !== 0) {
    throw new TypeError("not Avro in Confluent's wire format: it does not begin with a schema id");
  }
  return new DataView(message.buffer, message.byteOffset).getUint32(1);
}

function map(id: number, type: avro.Type, dataset: Dataset): Mapping {
  const record = type.typeName === "record" ? (type as avro.types.RecordType).fields : [];
  const fields: { column: Column; field: avro.types.Field }[] = [];
  let refusal: string | undefined;
  for (const column of dataset.columns) {
    const field = fieldOf(column, record);
    if (field) fields.push({ column, field });
    else if (!column.nullable) refusal ??= `schema ${id} has no field ${wireName(column)}`;
  }
  const defaults = record.map((field) => [field.name, field.defaultValue()])
    .filter(([, value]) => value !== undefined);
  return { id, type, fields, defaults: Object.fromEntries(defaults), refusal };
}

/** The field of that name, or one that is an alias of it on either side. */
function fieldOf(
  column: Column,
  fields: readonly avro.types.Field[],
): avro.types.Field | undefined {
  const names = [wireName(column), ...column.aliases ?? []];
  return fields.find(({ name }) => names.includes(name)) ??
    fields.find(({ aliases }) => aliases.some((alias) => names.includes(alias)));
}

/** A field that no column fills and that has no default. */
function unfilled({ id, type, fields }: Mapping): string | undefined {
  const filled = new Set(fields.map(({ field }) => field.name));
  const missing = (type as avro.types.RecordType).fields
    .find((field) => !filled.has(field.name) && field.defaultValue() === undefined);
  return missing && `schema ${id} demands the field ${missing.name}, which the dataset has not`;
}

function write({ id, type, fields, defaults }: Mapping, row: unknown): Uint8Array {
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    throw new TypeError("not a JSON object");
  }
  const record: Record<string, unknown> = { ...defaults };
  for (const { column, field } of fields) {
    record[field.name] = toField(column, field.type, Reflect.get(row, wireName(column)));
  }
  const body = bodyOf(record, type, fields);
  const message = new Uint8Array(HEADER_BYTES + body.length);
  new DataView(message.buffer).setUint32(1, id);
  message.set(body, HEADER_BYTES);
  return message;
}

/** The record's bytes; naming the column that can't be written. */
function bodyOf(record: object, type: avro.Type, fields: Mapping["fields"]): Uint8Array {
  try {
    return type.toBuffer(record);
  } catch (cause) {
    for (const { column, field } of fields) {
      const value = Reflect.get(record, field.name);
      if (field.type.isValid(value)) continue;
      const { typeName } = valueType(field.type);
      const shown = value instanceof Numeral ? value.source : JSON.stringify(value);
      const why = isTime(field.type) || isDecimal(field.type)
        ? messageOf(cause)
        : `not ${typeName}`;
      throw new TypeError(`${wireName(column)} is ${shown}: ${why}`);
    }
    throw cause;
  }
}

/** A JSON value as the field's type takes it; naming the column when it can't. */
function toField(column: Column, type: avro.Type, value: unknown): unknown {
  if (value === null || value === undefined) {
    if (column.nullable) return null;
    throw new TypeError(`${wireName(column)} is missing`);
  }
  const plain = valueType(type);
  const inSeconds = column.type.kind === "timestamp" && column.type.wireUnit === "s";
  if (isTime(type) && inSeconds) return wholeNumber(value) * 1_000_000;
  if (isTime(type) || isDecimal(type)) return value;
  if (plain.typeName === "double" || plain.typeName === "float") return Number(value);
  const isNumber = typeof value === "number" || value instanceof Numeral;
  if (plain.typeName === "string" && isNumber) return String(value);
  return value instanceof Numeral ? Number(value) : value;
}

/** The record as a line. */
function read({ type, fields, refusal }: Mapping, message: Uint8Array): string {
  if (refusal !== undefined) throw new TypeError(refusal);
  const record = type.fromBuffer(bodyIn(message));
  const row: Record<string, unknown> = {};
  for (const { column, field } of fields) {
    row[wireName(column)] = fromField(column, field.type, record[field.name]);
  }
  return JSON.stringify(row);
}

/** What follows the schema's id. */
function bodyIn({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset + HEADER_BYTES, length - HEADER_BYTES);
}

function fromField({ type: { kind, ...unit } }: Column, type: avro.Type, value: unknown): unknown {
  if (kind === "decimal" && typeof value === "string") return shortNumber(value);
  const inSeconds = "wireUnit" in unit && unit.wireUnit === "s";
  // A fraction of a second stays one: the decoder refuses it.
  if (inSeconds && isTime(type)) return Number(value) / 1_000_000;
  return valueType(type).typeName === "float" ? shortestFloat(Number(value)) : value;
}

/** A number where no digit is lost by it, else the text, which the decoder takes as it is. */
function shortNumber(text: string): number | string {
  const number = Number(text);
  return String(number) === text ? number : text;
}
