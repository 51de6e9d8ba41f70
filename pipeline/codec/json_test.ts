import { assertEquals, assertStrictEquals } from "@std/assert";
import { Packed } from "../batch.ts";
import { texts } from "../testing.ts";
import { ticks } from "../datasets/datasets.ts";
import { codecConformance } from "./conformance.ts";
import { jsonCodec } from "./json.ts";

codecConformance("jsonCodec", () => Promise.resolve(jsonCodec));

Deno.test("jsonCodec: objects are not even copied", async () => {
  const values = Packed.from([`{"a":1}`, `{"a":2}`]);
  assertStrictEquals((await jsonCodec.toLines(values, ticks)).lines, values);
});

Deno.test("jsonCodec: blank messages become null, the others stay as they are", async () => {
  const values = Packed.from(["", " \t\r", " {}", "x", `{"a":1}`]);
  const { lines } = await jsonCodec.toLines(values, ticks);
  assertEquals(texts(lines), ["null", "null", " {}", "x", `{"a":1}`]);
});

Deno.test("jsonCodec: a line break between tokens is a space, one within a text is refused", async () => {
  const values = Packed.from([`{"a":\n"\\"x",\n"b":1}`, `{"a":"x\ny"}`, `{"a":"\\\\","b":"\n"}`]);
  const { lines, failures } = await jsonCodec.toLines(values, ticks);
  assertEquals(texts(lines), [`{"a": "\\"x", "b":1}`, "null", "null"]);
  assertEquals([...failures.keys()], [1, 2]);
});
