/** What Avro does to the digits of numbers: the same as JSON. */
import { assertEquals, assertMatch } from "@std/assert";
import { Packed } from "../batch.ts";
import { avroSchema } from "../datasets/avro.ts";
import { bars, type Dataset, quotes, ticks } from "../datasets/datasets.ts";
import { texts, validMessage } from "../testing.ts";
import { AvroCodec } from "./avro.ts";
import { type RegisteredSchema, SchemaRegistry } from "./registry.ts";

/** A registry of one schema. */
class OneSchema extends SchemaRegistry {
  readonly #schema: string;

  constructor(dataset: Dataset, change: (field: Record<string, unknown>) => unknown = (f) => f) {
    super({ url: "http://localhost" });
    const schema = avroSchema(dataset);
    this.#schema = JSON.stringify({
      ...schema,
      fields: schema.fields.map((f) => change({ ...f })),
    });
  }

  override latest(): Promise<RegisteredSchema> {
    return Promise.resolve({ id: 1, schema: this.#schema });
  }

  override byId(): Promise<string> {
    return Promise.resolve(this.#schema);
  }
}

/** The field of that name with another type. */
const retyped = (name: string, type: unknown) => (field: Record<string, unknown>) =>
  field["name"] === name ? { ...field, type } : field;

/** The value of the field after writing and reading, or why it is not written. */
async function through(dataset: Dataset, field: string, value: string, registry: OneSchema) {
  const codec = new AvroCodec({ registry, register: false });
  const line = JSON.stringify({ ...validMessage(dataset, 0), [field]: "@" })
    .replace(`"@"`, () => value);
  const { values, failures } = await codec.fromLines(Packed.from([line]), dataset);
  if (failures.size > 0) return failures.get(0);
  const { lines } = await codec.toLines(values, dataset);
  return String(JSON.parse(texts(lines)[0] ?? "")[field]);
}

Deno.test("AvroCodec: a price comes back to the last digit, or is refused", async () => {
  const registry = new OneSchema(ticks);
  const kept: [string, string][] = [
    ["0.1", "0.1"],
    [`"0.12345678"`, "0.12345678"],
    [`"1.500000000"`, "1.5"],
    ["1e-3", "0.001"],
    ["0.30000000000000004", "0.3"],
    ["123456789.12345678", "123456789.12345678"],
    ["883406386.00000005", "883406386.00000005"],
    [`"883406386.00000005"`, "883406386.00000005"],
    ["8834063860000000.5e-7", "883406386.00000005"],
  ];
  for (const [value, back] of kept) {
    assertEquals(await through(ticks, "price", value, registry), back, value);
  }
  for (const value of ["0.123456789", `"0.123456789"`, `"0.30000000000000004"`, "1e-9"]) {
    assertMatch(await through(ticks, "price", value, registry) ?? "", /at most 8 decimals/, value);
  }
});

Deno.test("AvroCodec: a whole number that no double holds comes back as it was", async () => {
  const registry = new OneSchema(bars);
  for (const value of ["9007199254740993", "9999999999999999", "9007199254740992"]) {
    assertEquals(await through(bars, "volume", value, registry), value);
  }
});

Deno.test("AvroCodec: a time is whole in its unit, or refused", async () => {
  const registry = new OneSchema(ticks);
  const us = 1_763_700_000_000_001;
  for (const value of [`${us}`, `"${us}"`, `${us}.0`, "1763700000000001000e-3"]) {
    assertEquals(await through(ticks, "event_time", value, registry), `${us}`, value);
  }
  for (const value of [`${us}.5`, `${us}.25`, `"${us}.5"`]) {
    assertMatch(await through(ticks, "event_time", value, registry) ?? "", /whole/, value);
  }
  const millis = { type: "long", logicalType: "timestamp-millis" };
  const inMillis = new OneSchema(ticks, retyped("event_time", millis));
  assertEquals(await through(ticks, "event_time", `${us - 1}`, inMillis), `${us - 1}`);
  assertMatch(await through(ticks, "event_time", `${us}`, inMillis) ?? "", /milliseconds/);
});

Deno.test("AvroCodec: a fraction of a second stays one for the decoder to refuse", async () => {
  const seconds = new OneSchema(quotes);
  assertEquals(await through(quotes, "t", "1763700000", seconds), "1763700000");
  assertMatch(await through(quotes, "t", "1763700000.5", seconds) ?? "", /whole/);
  const plain = new OneSchema(quotes, retyped("t", "long"));
  const codec = new AvroCodec({ registry: plain, register: false });
  const row = { ...validMessage(quotes, 0), t: 1_763_700_000_500_000 };
  const { values } = await codec.fromLines(Packed.from([JSON.stringify(row)]), quotes);
  const reader = new AvroCodec({ registry: seconds, register: false });
  const { lines } = await reader.toLines(values, quotes);
  assertEquals(JSON.parse(texts(lines)[0] ?? "").t, 1_763_700_000.5);
});

Deno.test("AvroCodec: a float of 32 bits has the digits it was written with", async () => {
  const registry = new OneSchema(ticks, retyped("price", "float"));
  for (const price of ["119.52", "0.1", "16777217.5", "3.4028235"]) {
    const back = await through(ticks, "price", price, registry);
    assertEquals(Math.fround(Number(back)), Math.fround(Number(price)));
    assertEquals((back ?? "").length <= 10, true, back);
  }
  assertEquals(await through(ticks, "price", "119.52", registry), "119.52");
});
