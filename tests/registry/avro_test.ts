/** The Avro codec on a real Schema Registry. @module */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { SchemaRegistry as Peer } from "@kafkajs/confluent-schema-registry";
import { Buffer } from "node:buffer";
import { withServices } from "services/fixture.ts";
import { Packed } from "tickhouse/batch.ts";
import { AvroCodec } from "tickhouse/codec/avro.ts";
import { codecConformance } from "tickhouse/codec/conformance.ts";
import { SchemaRegistry } from "tickhouse/codec/registry.ts";
import { avroSchema } from "tickhouse/datasets/avro.ts";
import type { Dataset } from "tickhouse/datasets/dataset.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { texts, validMessage } from "tickhouse/testing.ts";

const { registry: server } = await withServices(["registry"]);
const url = server.variables["TICKHOUSE_REGISTRY_URL"] ?? "";
const registry = new SchemaRegistry({ url });
let topics = 0;

/** Ticks on a topic, and thus a subject, that no other test uses. */
function fresh(change: Partial<Dataset> = {}): Dataset {
  return { ...ticks, ...change, topic: `ticks-${topics++}` };
}

codecConformance("AvroCodec", () => Promise.resolve(new AvroCodec({ registry })));

Deno.test("AvroCodec: the registry's own client reads what is written, and the reverse", async () => {
  const dataset = fresh();
  const codec = new AvroCodec({ registry });
  const peer = new Peer({ host: url });
  const { values } = await codec.fromLines(lines([validMessage(ticks, 7)]), dataset);
  const read = await peer.decode(Buffer.from(values.at(0)));
  assertEquals([read.symbol, read.trade_id], ["symbol-7", "trade_id-7"]);
  const id = await peer.getLatestSchemaId(`${dataset.topic}-value`);
  const written = await peer.encode(id, { ...read, symbol: "FROM-PEER" });
  const { lines: back, failures } = await codec.toLines(packed(written), dataset);
  assertEquals(failures.size, 0);
  const expected = { ...validMessage(ticks, 7), symbol: "FROM-PEER" };
  assertEquals(JSON.parse(texts(back)[0] ?? ""), expected);
});

Deno.test("AvroCodec: every decimal that the dataset allows comes back exactly", async () => {
  const codec = new AvroCodec({ registry });
  const dataset = fresh();
  const numbers = ["0.1", "230.12", "-1", "1e-7", "123456789.12345678", "0.00000001", "-0.5"];
  const rows = [...numbers, ...numbers.map(Number)].map((price) => ({
    ...validMessage(ticks, 0),
    price,
  }));
  const { values, failures } = await codec.fromLines(lines(rows), dataset);
  assertEquals([...failures], []);
  const back = texts((await codec.toLines(values, dataset)).lines).map((l) => JSON.parse(l).price);
  const plain = numbers.map((text) => text === "1e-7" ? "0.0000001" : text);
  assertEquals(back.map((value) => plainText(value)), [...plain, ...plain]);
});

Deno.test("AvroCodec: a line that does not fit names the column", async () => {
  const codec = new AvroCodec({ registry });
  const bad: [unknown, RegExp][] = [
    [{ ...validMessage(ticks, 0), price: "cheap" }, /price/],
    [{ ...validMessage(ticks, 0), price: undefined }, /price/],
    [{ ...validMessage(ticks, 0), price: 1e300 }, /price/],
    [{ ...validMessage(ticks, 0), symbol: { a: 1 } }, /symbol/],
    [{ ...validMessage(ticks, 0), event_time: "now" }, /event_time/],
    [[1], /object/],
  ];
  const { values, failures } = await codec.fromLines(lines(bad.map(([row]) => row)), fresh());
  assertEquals(values.length, 0);
  bad.forEach(([, says], i) => assert(says.test(failures.get(i) ?? ""), failures.get(i)));
});

/** A schema of ticks, changed. */
function changed(change: (fields: Record<string, unknown>[]) => Record<string, unknown>[]): string {
  const schema = avroSchema(ticks);
  return JSON.stringify({ ...schema, fields: change([...schema.fields]) });
}

const EVOLUTIONS: Record<string, string> = {
  "an added field": changed((fields) => [
    ...fields,
    { name: "tape", type: "string", default: "XNAS" },
  ]),
  "fields in another order": changed((fields) => fields.reverse()),
  "plain numbers for decimals": changed((fields) =>
    fields.map((f) =>
      f["name"] === "price" || f["name"] === "size" ? { name: f["name"], type: "double" } : f
    )
  ),
  "a narrower number": changed((fields) =>
    fields.map((f) => f["name"] === "size" ? { name: f["name"], type: "int" } : f)
  ),
  "a time in milliseconds": changed((fields) =>
    fields.map((f) =>
      f["name"] === "event_time"
        ? { ...f, type: { type: "long", logicalType: "timestamp-millis" } }
        : f
    )
  ),
  "a field that may be null": changed((fields) =>
    fields.map((f) => f["name"] === "source" ? { ...f, type: ["null", f["type"]] } : f)
  ),
  "a renamed field with the old name as alias": changed((fields) =>
    fields.map((f) => f["name"] === "price" ? { ...f, name: "px", aliases: ["price"] } : f)
  ),
};

for (const [what, schema] of Object.entries(EVOLUTIONS)) {
  Deno.test(`AvroCodec: messages of a schema with ${what} are read and written`, async () => {
    const dataset = fresh();
    const id = await registry.register(`${dataset.topic}-value`, schema);
    const codec = new AvroCodec({ registry, register: false });
    const row = { ...validMessage(ticks, 3), price: 12.5, size: 7 };
    const { values, failures } = await codec.fromLines(lines([row]), dataset);
    assertEquals([...failures], []);
    assertEquals(new DataView(values.bytes.buffer).getUint32(1), id);
    const { lines: back } = await new AvroCodec({ registry }).toLines(values, dataset);
    assertEquals(JSON.parse(texts(back)[0] ?? ""), row);
  });
}

Deno.test("AvroCodec: a column finds its field by an alias of its own", async () => {
  const renamed = changed((fields) =>
    fields.map((f) => f["name"] === "price" ? { ...f, name: "last" } : f)
  );
  const columns = ticks.columns.map((c) => c.name === "price" ? { ...c, aliases: ["last"] } : c);
  const dataset = fresh({ columns });
  await registry.register(`${dataset.topic}-value`, renamed);
  const codec = new AvroCodec({ registry, register: false });
  const { values } = await codec.fromLines(lines([validMessage(ticks, 1)]), dataset);
  const { lines: back } = await codec.toLines(values, dataset);
  assertEquals(JSON.parse(texts(back)[0] ?? ""), validMessage(ticks, 1));
});

Deno.test("AvroCodec: without a nullable column the messages are whole, without another dead", async () => {
  const without = (name: string) => changed((fields) => fields.filter((f) => f["name"] !== name));
  const columns = ticks.columns.map((c) => c.name === "source" ? { ...c, nullable: true } : c);
  for (const [name, works] of [["source", true], ["price", false]] as const) {
    const dataset = fresh({ columns });
    const schema = without(name);
    const id = await registry.register(`${dataset.topic}-value`, schema);
    const peer = new Peer({ host: url });
    const price = Buffer.from([1]);
    const row = { symbol: "A", price, size: price, event_time: 5, trade_id: "1", source: "s" };
    const message = await peer.encode(id, row);
    const codec = new AvroCodec({ registry, register: false });
    const { lines: back, failures } = await codec.toLines(packed(message), dataset);
    assertEquals(failures.size === 0, works);
    if (works) assertEquals(JSON.parse(texts(back)[0] ?? "").symbol, "A");
    else assert(/schema \d+ has no field price/.test(failures.get(0) ?? ""), failures.get(0));
  }
});

Deno.test("AvroCodec: a schema that can't hold the dataset is refused before the first write", async () => {
  const dataset = fresh();
  const demanding = changed((fields) => [...fields, { name: "tape", type: "string" }]);
  await registry.register(`${dataset.topic}-value`, demanding);
  const codec = new AvroCodec({ registry, register: false });
  const error = await assertRejects(
    () => codec.fromLines(lines([validMessage(ticks, 0)]), dataset),
    TickhouseError,
    "tape",
  );
  assertEquals(error.code, "SCHEMA_INCOMPATIBLE");
});

Deno.test("AvroCodec: a schema that the registry calls incompatible is refused by name", async () => {
  const dataset = fresh();
  const subject = `${dataset.topic}-value`;
  await registry.register(
    subject,
    changed((fields) => fields.map((f) => f["name"] === "price" ? { ...f, type: "boolean" } : f)),
  );
  await put(`/config/${subject}`, { compatibility: "FULL" });
  const codec = new AvroCodec({ registry });
  const error = await assertRejects(
    () => codec.fromLines(lines([validMessage(ticks, 0)]), dataset),
    TickhouseError,
    subject,
  );
  assertEquals([error.code, error.kind], ["SCHEMA_INCOMPATIBLE", "terminal"]);
});

Deno.test("AvroCodec: a nullable column more is a compatible version, and old messages are read", async () => {
  const tape = { name: "tape", type: { kind: "text", maxLength: 8 } as const, meaning: "Tape." };
  const before = fresh();
  const today = {
    ...before,
    columns: [{ ...tape, nullable: true }, ...ticks.columns],
  };
  const row = validMessage(ticks, 0);
  const old = await new AvroCodec({ registry }).fromLines(lines([row]), before);
  await put(`/config/${before.topic}-value`, { compatibility: "FULL" });
  const codec = new AvroCodec({ registry });
  const more = await codec.fromLines(lines([{ ...row, tape: "XNAS" }]), today);
  const both = Packed.from([old.values.at(0), more.values.at(0)]);
  const read = await codec.toLines(both, today);
  assertEquals(read.failures.size, 0);
  assertEquals(texts(read.lines).map((line) => JSON.parse(line)), [row, { ...row, tape: "XNAS" }]);
});

Deno.test("AvroCodec: a subject without a schema is asked for by name", async () => {
  const codec = new AvroCodec({ registry, register: false });
  const error = await assertRejects(
    () => codec.fromLines(lines([validMessage(ticks, 0)]), fresh()),
    TickhouseError,
  );
  assertEquals(error.code, "SCHEMA_MISSING");
});

Deno.test("AvroCodec: registering again gives the same id", async () => {
  const dataset = fresh();
  const ids = [];
  for (let i = 0; i < 2; i++) {
    const codec = new AvroCodec({ registry });
    const { values } = await codec.fromLines(lines([validMessage(ticks, 0)]), dataset);
    ids.push(new DataView(values.bytes.buffer).getUint32(1));
  }
  assertEquals(ids[0], ids[1]);
});

Deno.test("AvroCodec: a message of an unknown schema is a failure that says which", async () => {
  const codec = new AvroCodec({ registry });
  const message = Uint8Array.of(0, 0, 0x7f, 0xff, 0xff, 1, 2, 3);
  const { lines: back, failures } = await codec.toLines(Packed.from([message, "{}"]), fresh());
  assertEquals(texts(back), ["null", "null"]);
  assert(/no schema 8388607/.test(failures.get(0) ?? ""), failures.get(0));
  assert(/Confluent/.test(failures.get(1) ?? ""), failures.get(1));
});

Deno.test("AvroCodec: while the registry is down nothing is a failure, and later all is read", async () => {
  const dataset = fresh();
  const writer = new AvroCodec({ registry });
  const { values } = await writer.fromLines(lines([validMessage(ticks, 0)]), dataset);
  let port = 1;
  const reader = new AvroCodec({
    registry: {
      byId: (id: number) =>
        new SchemaRegistry({ url: url.replace(/:\d+/, (p) => port === 1 ? ":1" : p) }).byId(id),
    } as SchemaRegistry,
  });
  const error = await assertRejects(() => reader.toLines(values, dataset), TickhouseError);
  assertEquals([error.code, error.kind], ["REGISTRY_UNAVAILABLE", "transient"]);
  port = 2;
  assertEquals((await reader.toLines(values, dataset)).failures.size, 0);
});

Deno.test("SchemaRegistry: an address that is no registry is named", async () => {
  await using page = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("<html>hello</html>", { status: 501 }),
  );
  const wrong = new SchemaRegistry({ url: `http://127.0.0.1:${page.addr.port}` });
  const error = await assertRejects(() => wrong.latest("s"), TickhouseError, "501");
  assertEquals(error.field, "TICKHOUSE_REGISTRY_URL");
});

Deno.test("SchemaRegistry: user and password are sent, and no error shows the password", async () => {
  let seen: string | null = "";
  await using guard = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      seen = request.headers.get("authorization");
      return new Response(`{"message":"no"}`, { status: 401 });
    },
  );
  const wrong = new SchemaRegistry({
    url: `http://127.0.0.1:${guard.addr.port}`,
    username: "alice",
    password: "sesame",
  });
  const error = await assertRejects(() => wrong.latest("s"), TickhouseError);
  assertEquals(seen, `Basic ${btoa("alice:sesame")}`);
  assertEquals(error.code, "REGISTRY_FORBIDDEN");
  assert(!error.message.includes("sesame"));
});

function lines(rows: readonly unknown[]): Packed {
  return Packed.from(rows.map((row) => JSON.stringify(row)));
}

function packed(message: Uint8Array): Packed {
  return Packed.from([Uint8Array.from(message)]);
}

function plainText(value: number | string): string {
  return typeof value === "string" ? value : value.toFixed(8).replace(/\.?0+$/, "");
}

async function put(path: string, body: unknown): Promise<void> {
  const response = await fetch(`${url}${path}`, {
    method: "PUT",
    headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
    body: JSON.stringify(body),
  });
  assertEquals(response.status, 200, await response.text());
}
