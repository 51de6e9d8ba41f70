import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { DATASETS } from "../datasets/datasets.ts";
import type { Column, Dataset } from "../datasets/dataset.ts";
import { TickhouseError } from "../errors.ts";
import { checkDatasets, together } from "./declared.ts";

const PAIR: Column = { name: "pair", type: { kind: "text", maxLength: 7 }, meaning: "A pair." };
const RATE: Column = {
  name: "rate",
  type: { kind: "decimal", precision: 18, scale: 8 },
  meaning: "A rate.",
};
const AT: Column = {
  name: "at_time",
  type: { kind: "timestamp", wireUnit: "us" },
  meaning: "When.",
};
const RATES: Dataset = {
  name: "rates",
  meaning: "Rates.",
  topic: "rates",
  partitions: 1,
  key: "pair",
  naturalKey: ["pair", "at_time"],
  eventTime: "at_time",
  sums: ["rate"],
  columns: [PAIR, RATE, AT],
};

/** What is said of the dataset beside those that are built in: code, field, value. */
function said(change: Partial<Dataset>, topics: Record<string, string> = {}): unknown[] {
  const dataset = { ...RATES, ...change };
  const error = assertThrows(
    () => checkDatasets(together("dataset", DATASETS, [dataset]), { topics }),
    TickhouseError,
  );
  const [, value = ""] = / is ("(?:[^"\\]|\\.)*"):/.exec(error.message) ?? [];
  return [error.code, error.field, value && JSON.parse(value)];
}

Deno.test("a dataset that can be carried passes, as those that are built in do", () => {
  checkDatasets([...DATASETS, RATES], { topics: {} });
});

Deno.test("a name of a dataset, an end or a source is a plain word that nothing else has", () => {
  for (const name of ["Rates", "_rates", "a.b", "a b", "", "1st", 'x"; DROP', "a".repeat(64)]) {
    assertEquals(said({ name }), ["OPTION_INVALID", "datasets", name]);
  }
  assertEquals(said({ name: "order" }), ["OPTION_INVALID", "datasets", "order"]);
  assertEquals(said({ name: "ticks" }), ["NAME_TAKEN", "datasets", "ticks"]);
  for (const what of ["dataset", "end", "source"] as const) {
    const twice = [{ name: "one" }, { name: "one" }];
    const error = assertThrows(() => together(what, [], twice), TickhouseError);
    assertMatch(error.message, new RegExp(`the name of this ${what} is taken`));
  }
  // It is how no feed is named.
  const none = assertThrows(() => together("source", [], [{ name: "none" }]), TickhouseError);
  assertEquals(none.code, "NAME_TAKEN");
});

Deno.test("no two datasets share a topic, nor one with the dead letters of another", () => {
  const field = "datasets.rates.topic";
  assertEquals(said({ topic: "ticks" }), ["NAME_TAKEN", field, "ticks"]);
  assertEquals(said({ topic: "ticks.dead" }), ["NAME_TAKEN", field, "ticks.dead"]);
  assertEquals(said({}, { rates: "bars" }), ["NAME_TAKEN", field, "bars"]);
  assertEquals(said({ topic: "no such/topic" }).slice(0, 2), ["TOPIC_INVALID", "topic"]);
  // Its dead letters have a topic too.
  assertEquals(said({ topic: "x".repeat(248) }).slice(0, 2), ["TOPIC_INVALID", "topic"]);
  assertEquals(said({ partitions: 0 }).slice(0, 2), ["TOPIC_INVALID", "partitions"]);
});

Deno.test("columns are there, once, and of a type that fits", () => {
  const columns = (...more: Column[]) => ({ columns: [...RATES.columns, ...more] });
  const at = "datasets.rates";
  assertEquals(said({ columns: [] }), ["OPTION_INVALID", `${at}.columns`, "[]"]);
  assertEquals(said(columns(PAIR)), ["NAME_TAKEN", `${at}.columns`, "pair"]);
  assertEquals(said(columns({ ...PAIR, name: "b", wire: "pair" })).slice(0, 2), [
    "NAME_TAKEN",
    `${at}.columns`,
  ]);
  for (const name of ["Pair", "_offset", "select", "two words"]) {
    assertEquals(said(columns({ ...PAIR, name })), ["OPTION_INVALID", `${at}.columns`, name]);
  }
  const decimal = (precision: number, scale: number) =>
    columns({ ...RATE, name: "more", type: { kind: "decimal", precision, scale } });
  for (const [precision, scale, what] of [[39, 2, "precision"], [0, 0, "precision"]] as const) {
    assertEquals(said(decimal(precision, scale))[1], `${at}.columns.more.${what}`);
  }
  assertEquals(said(decimal(10, 11)), ["OPTION_INVALID", `${at}.columns.more.scale`, "11"]);
  assertEquals(said({ key: "none_such" }), ["OPTION_INVALID", `${at}.key`, "none_such"]);
  assertEquals(said({ naturalKey: ["x"] }), ["OPTION_INVALID", `${at}.naturalKey`, "x"]);
  assertEquals(said({ naturalKey: [] }), ["OPTION_INVALID", `${at}.naturalKey`, "[]"]);
  assertEquals(said({ eventTime: "rate" }), ["OPTION_INVALID", `${at}.eventTime`, "rate"]);
  assertEquals(said({ sums: ["pair"] }), ["OPTION_INVALID", `${at}.sums`, "pair"]);
  assertEquals(said({ ordered: [["rate", "x"]] }), ["OPTION_INVALID", `${at}.ordered`, "x"]);
});
