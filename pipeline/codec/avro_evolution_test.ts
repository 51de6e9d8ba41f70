/** Avro messages of an earlier declaration, and of today's. */
import { assertEquals, assertThrows } from "@std/assert";
import avro from "avsc";
import { Packed } from "../batch.ts";
import { avroSchema } from "../datasets/avro.ts";
import { bars } from "../datasets/datasets.ts";
import { texts, validMessage } from "../testing.ts";
import { earlier } from "../warehouse/evolution_conformance.ts";
import { AvroCodec } from "./avro.ts";
import { SchemaRegistry } from "./registry.ts";

const before = earlier(bars, { adj_close: undefined, volume: undefined });

/** A registry that keeps every version it is given. */
class Versions extends SchemaRegistry {
  readonly schemas: string[] = [];

  constructor() {
    super({ url: "http://localhost" });
  }

  override register(_subject: string, schema: string): Promise<number> {
    return Promise.resolve(this.schemas.push(schema));
  }

  override byId(id: number): Promise<string | undefined> {
    return Promise.resolve(this.schemas[id - 1]);
  }
}

Deno.test("AvroCodec: messages of before a column was added are read, and it is null", async () => {
  const registry = new Versions();
  const line = JSON.stringify(validMessage(bars, 0));
  const old = await new AvroCodec({ registry }).fromLines(Packed.from([line]), before);
  const codec = new AvroCodec({ registry });
  const today = await codec.fromLines(Packed.from([line]), bars);
  const both = Packed.from([old.values.at(0), today.values.at(0)]);
  const read = await codec.toLines(both, bars);
  assertEquals([...read.failures], []);
  const { volume: _, adj_close: __, ...without } = validMessage(bars, 0);
  const signed = null;
  assertEquals(texts(read.lines).map((text) => JSON.parse(text)), [
    { ...without, signed },
    { ...validMessage(bars, 0), signed },
  ]);
  // Whoever has not been told of the column reads the new ones too.
  const late = await new AvroCodec({ registry }).toLines(both, before);
  assertEquals(texts(late.lines).map((text) => JSON.parse(text)), [{ ...without, signed }, {
    ...without,
    signed,
  }]);
});

Deno.test("avroSchema() of a nullable column more is compatible both ways, of a required one not", () => {
  const types = [before, bars, earlier(bars, { volume: { nullable: false } })]
    .map((dataset) => avro.Type.forSchema(JSON.parse(JSON.stringify(avroSchema(dataset)))));
  const [old, today, strict] = types;
  if (!old || !today || !strict) throw new Error("three types expected");
  today.createResolver(old);
  old.createResolver(today);
  assertThrows(() => strict.createResolver(old), Error, "no matching field for default-less");
});
