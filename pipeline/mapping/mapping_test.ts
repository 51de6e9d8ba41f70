import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { DATASETS, ticks } from "../datasets/datasets.ts";
import { datasetNamed } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { BUILT_IN } from "./builtin.ts";
import { findMapping } from "./find.ts";
import { checkMapping, type Mapping, parseMappings } from "./mapping.ts";
import { parsePath, pathText } from "./path.ts";

const GOOD = {
  name: "mine",
  dataset: "ticks",
  fields: { symbol: "s", price: "p", event_time: { path: "t", format: "ms" } },
};

Deno.test("the built-in mappings are valid for their datasets", () => {
  const all = parseMappings(BUILT_IN, "built-in");
  assertEquals(all, [...BUILT_IN]);
  for (const mapping of all) checkMapping(mapping, datasetNamed(mapping.dataset), "theirs");
});

Deno.test("checkMapping() fills in what no message needs to have", () => {
  const { fields } = checkMapping(GOOD, ticks, "theirs");
  const of = (name: string) => fields.find(({ column }) => column.name === name);
  assertEquals([of("source")?.value, of("trade_id")?.from], ["theirs", "offset"]);
  // Two long names that end alike are two sources.
  const sources = ["a", "b"].map((first) => {
    const { fields } = checkMapping(GOOD, ticks, first + "x".repeat(40));
    return fields.find(({ column }) => column.name === "source")?.value ?? "";
  });
  assertEquals([sources.map(({ length }) => length), new Set(sources).size], [[32, 32], 2]);
});

for (
  const [what, change, said] of [
    ["a key that there is not", { field: {} }, /field is .*no such key/],
    ["no name", { name: undefined }, /name: is missing/],
    ["a name of other letters", { name: "a b" }, /name is "a b": must be 1 to 64/],
    ["no dataset", { dataset: undefined }, /dataset: is missing/],
    [
      "a zone that there is not",
      { time_zone: "New York" },
      /time_zone is "New York": must be a time/,
    ],
    [
      "an offset for a zone",
      { time_zone: "+01:00" },
      /time_zone is "\+01:00": must be a time zone/,
    ],
    ["a format that there is not", { format: "xml" }, /format is "xml"/],
    [
      "a field that is no path",
      { fields: { ...GOOD.fields, price: 7 } },
      /fields.price is 7: must/,
    ],
  ] as const
) {
  Deno.test(`parseMappings() refuses ${what}, naming field, value and fix`, () => {
    const error = assertThrows(
      () => parseMappings({ ...GOOD, ...change }, "m.json"),
      TickhouseError,
    );
    assertEquals(error.code, "MAPPING_INVALID");
    assertMatch(error.message, said);
    assertMatch(error.message, /m\.json.*docs\/topics\.md/);
  });
}

for (
  const [what, change, said] of [
    [
      "a column that there is not",
      { bid: "b" },
      /fields.bid: ticks has no such column. Use one of/,
    ],
    ["no value for a column", { price: undefined }, /price".*no value for it: Price of the trade/],
    [
      "two lists",
      { price: "a[].p", symbol: "b[].s" },
      /"a\[\].p": its records are in another list/,
    ],
    ["a list in a list", { price: "a[].b[].p" }, /is no path/],
    [
      "path and value",
      { price: { path: "p", value: "1" } },
      /must have one of path, value and from/,
    ],
    ["a unit of no time", { price: { path: "p", format: "ms" } }, /price is no time/],
    ["a unit that there is not", { event_time: { path: "t", format: "minutes" } }, /is no format/],
    ["an offset as a number", { price: { from: "offset" } }, /the offset is text, price is not/],
    ["a quote in a path", { price: 'a"b' }, /is no path/],
  ] as const
) {
  Deno.test(`checkMapping() refuses ${what}`, () => {
    const entries = Object.entries({ ...GOOD.fields, ...change })
      .filter(([, value]) => value !== undefined);
    const mapping = { ...GOOD, fields: Object.fromEntries(entries) } as Mapping;
    const error = assertThrows(() => checkMapping(mapping, ticks, "theirs"), TickhouseError);
    assertEquals(error.code, "MAPPING_INVALID");
    assertMatch(error.message, said);
    assertMatch(error.message, /mapping mine/);
  });
}

Deno.test("parseMappings() takes numbers and booleans for their text", () => {
  const [mapping] = parseMappings({
    ...GOOD,
    skip: { kind: 7, live: [false] },
    fields: { ...GOOD.fields, side: { path: "m", values: { 1: "buy" } }, size: { value: 3 } },
  }, "test");
  assertEquals(mapping?.skip, { kind: ["7"], live: ["false"] });
  assertEquals(mapping?.fields["size"], { value: "3" });
});

Deno.test("parseMappings() makes a mapping for each dataset that a field of the messages says", () => {
  const declared = {
    name: "both",
    topic: "theirs",
    skip: { type: "ping" },
    dataset: { path: "type", values: { trade: "ticks", cross: "ticks", quote: "quotes" } },
    fields: { ticks: GOOD.fields, quotes: { symbol: "s", c: "p", t: "t" } },
  };
  const [first, second, ...more] = parseMappings(declared, "m");
  assertEquals(more, []);
  assertEquals(first, {
    name: "both-ticks",
    topic: "theirs",
    skip: { type: ["ping"] },
    when: { type: ["trade", "cross"] },
    dataset: "ticks",
    fields: GOOD.fields,
  });
  assertEquals([second?.name, second?.when], ["both-quotes", { type: ["quote"] }]);
  const { quotes: _, ...without } = declared.fields;
  assertThrows(
    () => parseMappings({ ...declared, fields: without }, "m"),
    TickhouseError,
    "fields: is missing",
  );
  assertThrows(
    () => parseMappings({ ...declared, dataset: { path: "type" } }, "m"),
    TickhouseError,
    "must be a dataset, or { path, values }",
  );
});

Deno.test("parseMappings() refuses two of one name", () => {
  assertThrows(() => parseMappings([GOOD, GOOD], "m"), TickhouseError, "two mappings have it");
});

Deno.test("findMapping() takes what is declared for the topic, then what is named", () => {
  const declared = [{ ...GOOD, topic: "theirs" }, { ...GOOD, name: "binance-trades" }];
  const found = (topic: string, mapping?: string) =>
    findMapping({ topic, mapping, declared, datasets: DATASETS }).mapping;
  assertEquals(found("theirs").name, "mine");
  assertEquals(found("theirs", "coinbase-matches").name, "coinbase-matches");
  // One of one's own goes before one that is built in.
  assertEquals(found("others", "binance-trades"), declared[1]);
  const error = assertThrows(() => found("others"), TickhouseError);
  assertMatch(error.message, /deno task preview --topic others.*plain-ticks/);
});

Deno.test("findMapping() asks which of several is meant, and knows what the others take", () => {
  const declared = [
    { ...GOOD, topic: "theirs", when: { k: ["t"] } },
    { ...GOOD, topic: "theirs", name: "two", when: { k: ["u"] } },
  ];
  const find = (mapping?: string) =>
    findMapping({ topic: "theirs", mapping, declared, datasets: DATASETS });
  const error = assertThrows(() => find(), TickhouseError);
  assertMatch(error.message, /--mapping mine or two/);
  assertEquals(find("mine").others.map(([one]) => one?.values), [["u"]]);
});

Deno.test("parsePath() and pathText() are each other's reverse", () => {
  for (const text of ["a", "a.b", "a\\.b.c", "a[].b", "a.b[].c.d", "[].a", "a[]", "[]"]) {
    const path = parsePath(text);
    assertEquals(path && pathText(path.list, path.names), text);
  }
  for (const text of ["", ".", "a.", "a..b", "a[0]", "a[].b[].c", "[]a", "a]b", 'a"', "*", "a.*"]) {
    assertEquals(parsePath(text), undefined, text);
  }
});

Deno.test("the mappings of docs/topics.md are valid", () => {
  const text = Deno.readTextFileSync(new URL("../../docs/topics.md", import.meta.url));
  const blocks = [...text.matchAll(/```json\n([^]*?)```/g)].map(([, json = ""]) => json);
  assertEquals(blocks.length, 2);
  for (const mapping of blocks.flatMap((json) => parseMappings(JSON.parse(json), "docs"))) {
    checkMapping(mapping, datasetNamed(mapping.dataset), "theirs");
  }
});

Deno.test("docs/topics.md names each built-in mapping", () => {
  const text = Deno.readTextFileSync(new URL("../../docs/topics.md", import.meta.url));
  for (const { name } of BUILT_IN) assertEquals(text.includes(`| \`${name}\``), true, name);
});
