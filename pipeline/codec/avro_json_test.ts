/** Avro records of whatever schema as lines of JSON. */
import { assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import avro from "avsc";
import { Packed } from "../batch.ts";
import { texts } from "../testing.ts";
import { AvroCodec } from "./avro.ts";
import { SchemaRegistry } from "./registry.ts";

/** A registry of one schema, with the id 7. */
class Only extends SchemaRegistry {
  readonly #schema: string;

  constructor(schema: object) {
    super({ url: "http://localhost" });
    this.#schema = JSON.stringify(schema);
  }

  override byId(id: number): Promise<string | undefined> {
    return Promise.resolve(id === 7 ? this.#schema : undefined);
  }
}

const record = (name: string, fields: readonly object[]) => ({ type: "record", name, fields });
const TRADE = record("Trade", [
  { name: "sym", type: "string" },
  { name: "px", type: { type: "bytes", logicalType: "decimal", precision: 38, scale: 10 } },
  { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
  { name: "size", type: ["null", "float"] },
  { name: "side", type: { type: "enum", name: "Side", symbols: ["BUY", "SELL"] } },
  {
    name: "parts",
    type: { type: "array", items: record("Part", [{ name: "id", type: "long" }]) },
  },
  { name: "more", type: { type: "map", values: ["null", "double"] } },
]);

function message(value: object, id = 7): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, avro.Type.forSchema(TRADE as avro.Schema).toBuffer(value)]);
}

const GOOD = {
  sym: "AAPL",
  px: Buffer.from([0x02, 0x54, 0x0b, 0xe4, 0x01]),
  at: 1710163800123,
  size: 0.1,
  side: "BUY",
  parts: [{ id: 1 }, { id: 2 }],
  more: { a: 1.5, b: null },
};

Deno.test("AvroCodec: toJson() gives records of any schema, with all their digits", async () => {
  const codec = new AvroCodec({ registry: new Only(TRADE) });
  const { lines, failures } = await codec.toJson(
    Packed.from([message(GOOD), message({ ...GOOD, size: null }), message(GOOD, 8), "{}"]),
  );
  const [first, second] = texts(lines).map((text) => JSON.parse(text));
  assertEquals(first, {
    sym: "AAPL",
    px: "1.0000000001",
    at: 1710163800123000,
    size: 0.1,
    side: "BUY",
    parts: [{ id: 1 }, { id: 2 }],
    more: { a: 1.5, b: null },
  });
  assertEquals(second.size, null);
  assertEquals([...failures.keys()], [2, 3]);
  assertMatch(failures.get(2) ?? "", /no schema 8/);
  assertMatch(failures.get(3) ?? "", /not Avro/);
});
