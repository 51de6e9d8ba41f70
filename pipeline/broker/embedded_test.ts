import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Packed } from "../batch.ts";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { brokerConformance } from "./conformance.ts";
import { EmbeddedBroker } from "./embedded.ts";

brokerConformance("EmbeddedBroker", () => {
  const folder = new TempFolder();
  const path = join(folder.path, "broker.sqlite");
  const broker = new EmbeddedBroker({ path });
  return Promise.resolve({
    broker,
    open: () => Promise.resolve(new EmbeddedBroker({ path })),
    [Symbol.asyncDispose]: async () => {
      await broker[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  });
});

Deno.test("EmbeddedBroker: retain() drops old records whole and moves the earliest offset", async () => {
  using folder = new TempFolder();
  let now = 1_000_000;
  await using broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite"), now: () => now });
  await broker.createTopic({ name: "t", partitions: 1 });
  await broker.produce("t", [{ key: "a", values: Packed.from(["1", "2", "3"]) }]);
  now += 10_000;
  await broker.produce("t", [{ key: "a", values: Packed.from(["4", "5"]) }]);
  assertEquals(await broker.retain({ maxAgeMs: 20_000 }), 0);
  assertEquals(await broker.retain({ maxAgeMs: 5_000 }), 3);
  assertEquals(await broker.offsets("t", 0), { earliest: 3, next: 5 });
  const error = await assertRejects(() => broker.read("t", 0, 2, 10), TickhouseError);
  assertEquals(error.code, "OFFSET_OUT_OF_RANGE");
  assertEquals((await broker.read("t", 0, 3, 10))?.values.length, 2);
  assertEquals(await broker.retain({ maxAgeMs: -1 }), 2);
  assertEquals(await broker.offsets("t", 0), { earliest: 5, next: 5 });
});

Deno.test("EmbeddedBroker: retain() by size keeps the newest", async () => {
  using folder = new TempFolder();
  await using broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite") });
  await broker.createTopic({ name: "t", partitions: 1 });
  const megabyte = Packed.from(["x".repeat(2 ** 20)]);
  for (let i = 0; i < 10; i++) await broker.produce("t", [{ key: "a", values: megabyte }]);
  assertEquals(await broker.retain({ maxBytes: 20 * 2 ** 20 }), 0);
  assertEquals(await broker.retain({ maxBytes: 4 * 2 ** 20 }), 7);
  assertEquals(await broker.offsets("t", 0), { earliest: 7, next: 10 });
  // What was freed is used again: the file does not grow for it.
  assertEquals(await broker.retain({ maxBytes: 4 * 2 ** 20 }), 0);
});

Deno.test("EmbeddedBroker: a member killed without leaving frees its partitions", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "b.sqlite");
  await using broker = new EmbeddedBroker({ path });
  await broker.createTopic({ name: "t", partitions: 4 });
  const script = `
    import { EmbeddedBroker } from ${JSON.stringify(import.meta.resolve("./embedded.ts"))};
    const broker = new EmbeddedBroker({ path: ${JSON.stringify(path)} });
    const consumer = await broker.consumer({ group: "g", topic: "t", position: async () => 0 });
    await consumer.poll({ maxRecords: 1, waitMs: 0 });
    console.log("joined");
    await consumer.poll({ maxRecords: 1, waitMs: 600_000 });`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const position = () => Promise.resolve(0);
  await using consumer = await broker.consumer({ group: "g", topic: "t", position });
  await consumer.poll({ maxRecords: 1, waitMs: 0 });
  assertEquals(consumer.assigned().length, 2);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  for (let i = 0; i < 100 && consumer.assigned().length < 4; i++) {
    await consumer.poll({ maxRecords: 1, waitMs: 50 });
  }
  assertEquals(consumer.assigned().length, 4);
});

Deno.test("EmbeddedBroker: a file that is no log is refused by name", () => {
  using folder = new TempFolder();
  const path = join(folder.path, "b.sqlite");
  Deno.writeTextFileSync(path, "this is not a database, it is far too honest for that");
  const error = assertThrows(() => new EmbeddedBroker({ path }), TickhouseError);
  assertEquals(error.code, "BROKER_UNREADABLE");
  assertEquals(error.message.includes(path), true);
});

Deno.test("EmbeddedBroker: an append that fails leaves nothing behind", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "b.sqlite");
  await using broker = new EmbeddedBroker({ path });
  await broker.createTopic({ name: "t", partitions: 1 });
  // A value that SQLite can't store in the middle of a call.
  const broken = { key: "a", values: new Packed(new Uint8Array(1), new Uint32Array(1)) };
  Object.defineProperty(broken.values, "bytes", { value: Symbol("no bytes") });
  await assertRejects(() =>
    broker.produce("t", [{ key: "a", values: Packed.from(["1"]) }, broken], {
      source: "s",
      state: "1",
    })
  );
  assertEquals(await broker.offsets("t", 0), { earliest: 0, next: 0 });
  assertEquals(await broker.cursor("s"), undefined);
});

Deno.test("EmbeddedBroker: topics of a log made before topics had ids get ones that stay", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "b.sqlite");
  {
    using old = new DatabaseSync(path);
    old.exec("CREATE TABLE topics (name TEXT PRIMARY KEY, partitions INTEGER NOT NULL) STRICT");
    old.exec("INSERT INTO topics VALUES ('t', 2), ('u', 1)");
  }
  const ids = async () => {
    await using broker = new EmbeddedBroker({ path });
    return (await broker.topics()).map(({ id }) => id);
  };
  const first = await ids();
  assertEquals(new Set(first).size, 2);
  assertEquals(first.every((id) => id.length > 0), true);
  assertEquals(await ids(), first);
});
