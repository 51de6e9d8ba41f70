/**
 * What a mapping of messages is: how messages of a topic of others become records of a dataset,
 * declared as data.
 * @module
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { isZone } from "../calendar/zone.ts";
import { type Column, type Dataset, wireName } from "../datasets/dataset.ts";
import { TickhouseError } from "../errors.ts";
import { parsePath, type Path } from "./path.ts";
import { eachDataset } from "./several.ts";

/** Values that a field has, as text: `true` is "true", 1 is "1". */
export type Conditions = Readonly<Record<string, readonly string[]>>;

/** Where the value of a column comes from. */
export interface FieldSpec {
  /** Place in the message: `price`, `data.p`, or `data[].p` for each record of a list. */
  readonly path?: string;
  /** The same for every record, instead of a path. */
  readonly value?: string;
  /**
   * `offset`: topic, partition and offset of the message, and the number within a list; `key`: the
   * message's key, as text.
   */
  readonly from?: "offset" | "key";
  /** What stands for what, such as `{ "true": "sell" }`; values not listed stay as they are. */
  readonly values?: Readonly<Record<string, string>>;
  /** Of a time: iso, s, ms, us, ns, or a pattern of strptime. Default: iso for text, else refused. */
  readonly format?: string;
}

/** How messages of one topic become records of one dataset. */
export interface Mapping {
  /** Names it, for `--mapping` and in the cursor. */
  readonly name: string;
  /** The topic that it is for. Default: the one that is asked for. */
  readonly topic?: string;
  /** The dataset that its records are of. */
  readonly dataset: string;
  /** Format of the messages: json, or avro in Confluent's wire format. Default: json. */
  readonly format?: "json" | "avro";
  /** Zone of times that name none, such as America/New_York. Default: UTC, which is noted. */
  readonly time_zone?: string;
  /** Messages that are no record: each field has one of the values. Default: none. */
  readonly skip?: Conditions;
  /** Messages that this mapping takes; others are for other mappings of the topic. Default: all. */
  readonly when?: Conditions;
  /** Column of the dataset, and where its value comes from: a path, or more about it. */
  readonly fields: Readonly<Record<string, string | FieldSpec>>;
}

/** A column and where its value comes from, as checked. */
export interface Field extends Pick<FieldSpec, "value" | "values" | "format" | "from"> {
  readonly column: Column;
  readonly path: Path | undefined;
}

/** A mapping that was checked against its dataset. */
export interface CheckedMapping {
  readonly mapping: Mapping;
  readonly dataset: Dataset;
  readonly fields: readonly Field[];
  readonly skip: readonly Condition[];
  readonly when: readonly Condition[];
  /** What other mappings of the topic take: this one leaves it to them. */
  readonly others: readonly (readonly Condition[])[];
  /** The list whose elements are the records; undefined where a message is one. */
  readonly list: readonly string[] | undefined;
}

/** A field of a message and the values meant. */
export interface Condition {
  readonly path: Path;
  readonly values: readonly string[];
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Characters of the column `source`. */
const SOURCE_CHARS_MAX = 32;
const FORMATS: readonly string[] = ["iso", "s", "ms", "us", "ns"];

const text = z.string().min(1);
/** Booleans and numbers are as good as their text. */
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const conditionsSchema = z.record(
  text,
  z.union([scalar.transform((one) => [one]), z.array(scalar).min(1, "must name a value")]),
);
const field = z.union([
  text,
  z.strictObject({
    path: text.optional(),
    value: scalar.optional(),
    from: z.enum(["offset", "key"]).optional(),
    values: z.record(z.string(), scalar).optional(),
    format: text.optional(),
  }),
], "must be a path such as data.p, or an object with path, value, from, values, format");

const schema = z.strictObject({
  name: z.string().regex(NAME, "must be 1 to 64 letters, digits, points, _ and -"),
  topic: text.optional(),
  dataset: z.string("must be a dataset, or { path, values } that say which"),
  format: z.enum(["json", "avro"]).optional(),
  time_zone: text.refine(isZone, "must be a time zone such as America/New_York").optional(),
  skip: conditionsSchema.optional(),
  when: conditionsSchema.optional(),
  fields: z.record(text, field),
});

/**
 * Checks what a file or a caller declares: a mapping, or a list of them; one of several datasets
 * becomes one for each. `where` names the file in
 * errors. Throws `MAPPING_INVALID`.
 */
export function parseMappings(declared: unknown, where: string): Mapping[] {
  const list = Array.isArray(declared) ? declared : [declared];
  const mappings = list.flatMap((one, i) => {
    const at = list.length > 1 ? `${where}[${i}]` : where;
    return eachDataset(one).map((each) => parseMapping(each, at));
  });
  const names = mappings.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return mappings;
  throw invalid(`${where}: name`, twice, "two mappings have it", "give each a name of its own");
}

function parseMapping(declared: unknown, where: string): Mapping {
  const parsed = schema.safeParse(declared);
  // Without the keys that are not there: they would be undefined.
  if (parsed.success) return JSON.parse(JSON.stringify(parsed.data));
  const [issue] = parsed.error.issues;
  const path = issue?.code === "unrecognized_keys" ? [...issue.path, ...issue.keys] : issue?.path;
  const at = (path ?? []).map(String).join(".");
  const found = (path ?? []).reduce<unknown>(
    (value, key) => typeof value === "object" && value ? Reflect.get(value, key) : undefined,
    declared,
  );
  const what = issue?.code === "unrecognized_keys"
    ? "a mapping has no such key"
    : found === undefined
    ? "is missing"
    : issue?.message ?? "is not valid";
  throw invalid(`${where}: ${at || "mapping"}`, found, what, "see docs/topics.md for each key");
}

/**
 * The mapping with its dataset. `topic` is the one that is read, `others` are the other mappings of
 * it. Throws `MAPPING_INVALID`.
 */
export function checkMapping(
  mapping: Mapping,
  dataset: Dataset,
  topic: string,
  others: readonly Mapping[] = [],
): CheckedMapping {
  const at = (key: string) => `mapping ${mapping.name}: ${key}`;
  const names = dataset.columns.map(({ name }) => name).join(", ");
  const fields = Object.entries(mapping.fields).map(([name, spec]): Field => {
    const column = dataset.columns.find((one) => one.name === name || wireName(one) === name);
    if (column) return checkField(at(`fields.${name}`), column, spec);
    const fix = `use one of ${names}`;
    throw invalid(at(`fields.${name}`), undefined, `${dataset.name} has no such column`, fix);
  });
  const twice = fields.find(({ column }, i) => fields.findIndex((f) => f.column === column) < i);
  if (twice) {
    throw invalid(at("fields"), twice.column.name, "stands there twice", "leave one out");
  }
  fields.push(...defaultsOf(dataset, fields, topic));
  const missing = dataset.columns.find((column) =>
    !column.nullable && !fields.some((one) => one.column === column)
  );
  if (missing) {
    const fix = `add "${missing.name}": a path, or { "value": … } for one value for all`;
    throw invalid(at("fields"), missing.name, `no value for it: ${missing.meaning}`, fix);
  }
  const [skip, when] = [conditions(mapping, "skip"), conditions(mapping, "when")];
  const lists = fields.flatMap(({ path }) => path?.list === undefined ? [] : [path]);
  const other = lists.find(({ list }) => String(list) !== String(lists[0]?.list));
  if (other) {
    const fix = `take all from ${lists[0]?.text.replace(/\[\].*/, "[]")}, or from the message`;
    throw invalid(at("fields"), other.text, "its records are in another list", fix);
  }
  const elsewhere = others.map((one) => conditions(one, "when"));
  return { mapping, dataset, fields, skip, when, others: elsewhere, list: lists[0]?.list };
}

function conditions(mapping: Mapping, key: "skip" | "when"): Condition[] {
  return Object.entries(mapping[key] ?? {}).map(([name, values]) => {
    const path = parsePath(name);
    if (path && path.list === undefined) return { path, values };
    const fix = "name a field of the message such as type or e";
    const at = `mapping ${mapping.name}: ${key}.${name}`;
    throw invalid(at, undefined, "is no path of the message", fix);
  });
}

function checkField(at: string, column: Column, declared: string | FieldSpec): Field {
  const spec: FieldSpec = typeof declared === "string" ? { path: declared } : declared;
  const { path, value, from, values, format } = spec;
  if ([path, value, from].filter((one) => one !== undefined).length !== 1) {
    throw invalid(at, undefined, "must have one of path, value and from", "name just one of them");
  }
  const place = path === undefined ? undefined : parsePath(path);
  if (path !== undefined && !place) {
    const fix = "write names with points between them, and [] behind the one list of records";
    throw invalid(at, path, "is no path", fix);
  }
  if (from !== undefined && column.type.kind !== "text") {
    throw invalid(at, from, `the ${from} is text, ${column.name} is not`, "give a path or a value");
  }
  const isTime = column.type.kind === "timestamp" || column.type.kind === "date";
  if (format !== undefined && !isTime) {
    throw invalid(`${at}.format`, format, `${column.name} is no time`, "leave it out");
  }
  if (format !== undefined && !FORMATS.includes(format) && !format.includes("%")) {
    const fix = "use iso, s, ms, us, ns, or a pattern such as %d.%m.%Y %H:%M:%S";
    throw invalid(`${at}.format`, format, "is no format of times", fix);
  }
  return {
    column,
    path: place,
    ...(value === undefined ? {} : { value }),
    ...(from === undefined ? {} : { from }),
    ...(values === undefined ? {} : { values }),
    ...(isTime && place ? { format: format ?? "iso" } : {}),
  };
}

/** What no message needs to have: where it comes from, and which one it is. */
function defaultsOf(dataset: Dataset, fields: readonly Field[], topic: string): Field[] {
  const lacking = (name: string) =>
    dataset.columns.find((column) =>
      column.name === name && !column.nullable && !fields.some((one) => one.column === column)
    );
  const source = lacking("source");
  const id = lacking("trade_id");
  return [
    ...(source ? [{ column: source, path: undefined, value: sourceOf(topic) }] : []),
    ...(id ? [{ column: id, path: undefined, from: "offset" as const }] : []),
  ];
}

/** A topic's name as a source: the end of a long one, and a hash that tells it from others. */
function sourceOf(topic: string): string {
  if (topic.length <= SOURCE_CHARS_MAX) return topic;
  const hash = createHash("sha256").update(topic).digest("hex").slice(0, 8);
  return `${topic.slice(hash.length + 1 - SOURCE_CHARS_MAX)}#${hash}`;
}

function invalid(field: string, value: unknown, what: string, fix: string): TickhouseError {
  const shown = typeof value === "object" && value !== null ? JSON.stringify(value) : value;
  return new TickhouseError("MAPPING_INVALID", what, {
    field,
    ...(shown === undefined ? {} : { value: shown }),
    fix,
  });
}
