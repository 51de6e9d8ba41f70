/** What a declaration must be before a house carries it. @module */
import type { Config } from "../config/config.ts";
import { type Column, type Dataset, deadLetterTopic, wireName } from "../datasets/dataset.ts";
import { checkTopic } from "../broker/topic_name.ts";
import { TickhouseError } from "../errors.ts";
import { RESERVED } from "../sql/reserved.ts";

/** Letters of a name: it becomes one of SQL, of a folder and of a setting. */
const NAME = /^[a-z][a-z0-9_]{0,62}$/;
/** Digits that both engines keep of a decimal. */
const DIGITS_MAX = 38;

/**
 * What is built in and what is given, each name once. Throws `NAME_TAKEN`, and `OPTION_INVALID` for
 * what is no name.
 */
export function together<T extends { readonly name: string }>(
  what: "dataset" | "end" | "source",
  known: readonly T[],
  given: readonly T[],
): T[] {
  for (const { name } of given) checkName(`${what}s`, name);
  const none = given.find(({ name }) => what === "source" && name === "none");
  const all = [...known, ...given];
  const twice = none ?? all.find(({ name }, i) => all.findIndex((one) => one.name === name) < i);
  if (!twice) return all;
  throw taken(`${what}s`, twice.name, `the name of this ${what} is taken`);
}

/**
 * Throws unless the datasets can be made into topics, tables, files and messages: `NAME_TAKEN` for
 * topics and columns that are there twice, else `OPTION_INVALID` and `TOPIC_INVALID`.
 */
export function checkDatasets(datasets: readonly Dataset[], config: Pick<Config, "topics">): void {
  for (const dataset of datasets) checkDataset(dataset);
  const seen = new Set<string>();
  for (const { name, topic, partitions } of datasets) {
    const own = config.topics[name] ?? topic;
    for (const one of [own, deadLetterTopic(own)]) {
      checkTopic({ name: one, partitions });
      if (seen.has(one)) {
        throw taken(`datasets.${name}.topic`, one, "another dataset has this topic");
      }
      seen.add(one);
    }
  }
}

function checkDataset({ name, columns, key, naturalKey, eventTime, sums, ordered }: Dataset): void {
  const at = `datasets.${name}`;
  if (columns.length === 0) throw invalid(`${at}.columns`, "[]", "has no columns", "declare some");
  const [names, wires] = [new Set<string>(), new Set<string>()];
  for (const column of columns) {
    checkName(`${at}.columns`, column.name);
    if (names.has(column.name)) throw taken(`${at}.columns`, column.name, "there are two of it");
    names.add(column.name);
    const wire = wireName(column);
    if (wires.has(wire)) {
      throw taken(`${at}.columns`, wire, "two columns have this name in the message");
    }
    wires.add(wire);
    checkType(`${at}.columns.${column.name}`, column);
  }
  const named = (field: string, name: string, kinds: readonly string[] = []) => {
    const found = columns.find((column) => column.name === name);
    const fits = found && (kinds.length === 0 || kinds.includes(found.type.kind));
    if (fits) return;
    const what = found ? `is a ${found.type.kind}` : "is no column of it";
    const fitting = columns.filter(({ type }) => kinds.length === 0 || kinds.includes(type.kind));
    const fix = fitting.length === 0
      ? `declare a column that is a ${kinds.join(" or ")}`
      : `name one of ${fitting.map((column) => column.name).join(", ")}`;
    throw invalid(`${at}.${field}`, name, what, fix);
  };
  named("key", key);
  if (naturalKey.length === 0) {
    throw invalid(`${at}.naturalKey`, "[]", "has no columns", "name what makes a record one fact");
  }
  for (const one of naturalKey) named("naturalKey", one);
  named("eventTime", eventTime, ["timestamp", "date"]);
  for (const one of sums) named("sums", one, ["decimal"]);
  for (const { signedBy } of columns) if (signedBy !== undefined) named("signedBy", signedBy);
  for (const pair of ordered ?? []) for (const one of pair) named("ordered", one);
}

function checkType(field: string, { type }: Column): void {
  if (type.kind === "text") {
    checkWhole(`${field}.maxLength`, type.maxLength, 1, Number.MAX_SAFE_INTEGER);
  }
  if (type.kind !== "decimal") return;
  checkWhole(`${field}.precision`, type.precision, 1, DIGITS_MAX);
  checkWhole(`${field}.scale`, type.scale, 0, type.precision);
}

function checkWhole(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw invalid(field, value, "is out of range", `use a whole number from ${least} to ${most}`);
}

function checkName(field: string, name: string): void {
  if (!NAME.test(name)) {
    const fix = "use up to 63 small letters, digits and _, a letter first";
    throw invalid(field, name, "is not a name", fix);
  }
  if (RESERVED.has(name)) throw invalid(field, name, "is a word of SQL", "give it another name");
}

function invalid(field: string, value: unknown, what: string, fix: string): TickhouseError {
  return new TickhouseError("OPTION_INVALID", what, { field, value: String(value), fix });
}

function taken(field: string, value: string, what: string): TickhouseError {
  return new TickhouseError("NAME_TAKEN", what, { field, value, fix: "give it another name" });
}
