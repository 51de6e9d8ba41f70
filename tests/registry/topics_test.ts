/** A topic of others in Avro, of a schema of theirs, on a real Schema Registry. @module */
import { assertEquals } from "@std/assert";
import { SchemaRegistry as Peer, SchemaType } from "@kafkajs/confluent-schema-registry";
import { dirname, join } from "node:path";
import { withServices } from "services/fixture.ts";
import { Packed } from "tickhouse/batch.ts";
import { EmbeddedBroker } from "tickhouse/broker/embedded/embedded.ts";
import { open } from "tickhouse/house/open.ts";
import { topic } from "tickhouse/source/topic/entry.ts";
import { TempFolder } from "tickhouse/testing.ts";

const { registry: server } = await withServices(["registry"]);
const host = server.variables["TICKHOUSE_REGISTRY_URL"] ?? "";

const SCHEMA = {
  type: "record",
  name: "Quote",
  namespace: "theirs",
  fields: [
    { name: "ticker", type: "string" },
    {
      name: "last",
      type: { type: "record", name: "Last", fields: [{ name: "px", type: "double" }] },
    },
    { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "lot", type: ["null", "int"], default: null },
  ],
};

Deno.test("Avro of another schema reaches the warehouse by a mapping", async () => {
  using folder = new TempFolder();
  const home = join(folder.path, "home");
  const path = join(home, "broker.sqlite");
  Deno.mkdirSync(dirname(path), { recursive: true });
  const peer = new Peer({ host });
  const { id } = await peer.register(
    { type: SchemaType.AVRO, schema: JSON.stringify(SCHEMA) },
    { subject: `theirs-${crypto.randomUUID()}-value` },
  );
  const values = [
    { ticker: "AAPL", last: { px: 0.1 + 0.2 }, at: 1_710_163_800_123, lot: 100 },
    { ticker: "MSFT", last: { px: 427.9 }, at: 1_710_163_800_124, lot: null },
    { ticker: "MSFT", last: { px: -1 }, at: 1_710_163_800_125, lot: null },
  ];
  const encoded = await Promise.all(values.map((value) => peer.encode(id, value)));
  {
    await using broker = new EmbeddedBroker({ path });
    await broker.createTopic({ name: "theirs", partitions: 2 });
    await broker.produce("theirs", [{ key: "k", values: Packed.from(encoded) }]);
  }
  await using house = await open({
    home,
    settings: { TICKHOUSE_REGISTRY_URL: host },
    onNote: () => {},
  });
  const proposed = await house.preview({ topic: "theirs" });
  assertEquals(proposed.mapping.format, "avro");
  assertEquals(proposed.mapping.fields, {
    event_time: { path: "at", format: "us" },
    symbol: "ticker",
    price: "last.px",
  });
  const fields = { ...proposed.mapping.fields, size: "lot" };
  const mapping = { ...proposed.mapping, fields };
  const source = topic("theirs", { mapping, toEnd: true });
  const report = await house.stream({ source, models: false }).report;
  const { accepted, refused } = report.read;
  assertEquals([accepted, refused, report.proven], [2, 1, true]);
  const { rows } = await house.query(
    `SELECT symbol, price::VARCHAR, size::DOUBLE, event_time::VARCHAR FROM bronze.ticks ORDER BY 1`,
  );
  assertEquals(rows, [
    ["AAPL", "0.30000000", 100, "2024-03-11 13:30:00.123"],
    ["MSFT", "427.90000000", null, "2024-03-11 13:30:00.124"],
  ]);
});
