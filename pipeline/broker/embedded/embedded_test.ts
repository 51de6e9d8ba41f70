import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { countOf, offsetAt, Packed, type RecordBatch } from "../../batch.ts";
import { ticks } from "../../datasets/datasets.ts";
import { TickhouseError } from "../../errors.ts";
import { TempFolder, texts, validBatch } from "../../testing.ts";
import { brokerConformance } from "../conformance.ts";
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

/** A log in which each of the times, one after the other, appended a record that names it. */
async function appendedAt(path: string, times: readonly number[]): Promise<EmbeddedBroker> {
  let now = 0;
  const broker = new EmbeddedBroker({ path, now: () => now });
  await broker.createTopic({ name: "t", partitions: 1 });
  for (const time of times) {
    now = time;
    await broker.produce("t", [{ key: "a", values: Packed.from([String(time)]) }]);
  }
  return broker;
}

Deno.test("EmbeddedBroker: retain() drops a beginning of the log, though its clock stepped", async () => {
  const log = (times: readonly number[], from: number) => [from, times.slice(from)] as const;
  const cases: [times: number[], from: number][] = [
    [[1, 2, 90, 3, 4], 2], // Forth and back: what follows the step stays with it.
    [[90, 1, 2, 91], 0], // Back for a while.
    [[1, 90, 2, 3], 1],
    [[1, 2, 3, 4], 4],
    [[90, 91], 0],
  ];
  for (const [times, from] of cases) {
    using folder = new TempFolder();
    await using broker = await appendedAt(join(folder.path, "b.sqlite"), times);
    // The clock stands where the last record came.
    const maxAgeMs = (times.at(-1) ?? 0) - 50;
    assertEquals(await broker.retain({ maxAgeMs }), from, `${times}`);
    assertEquals(await broker.offsets("t", 0), { earliest: from, next: times.length });
    const batch = await broker.read("t", 0, from, 10);
    assertEquals([from, batch ? texts(batch.values).map(Number) : []], [...log(times, from)]);
  }
});

Deno.test("EmbeddedBroker: read() and poll() pass the holes of an older version's retention", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "b.sqlite");
  await using broker = await appendedAt(path, [0, 1, 2, 3, 4, 5, 6]);
  {
    using db = new DatabaseSync(path);
    db.exec("DELETE FROM batches WHERE next_offset IN (3, 4, 7)");
    db.exec("UPDATE heads SET checked_from = 7; UPDATE batches SET checksum = NULL");
  }
  const seen = async (read: (at: number) => Promise<RecordBatch | undefined>) => {
    const found: unknown[] = [];
    for (let at = 0; at < 7;) {
      const batch = await read(at);
      if (!batch) break;
      assertEquals(batch.startOffset, at);
      const offsets = Array.from({ length: countOf(batch) }, (_, i) => offsetAt(batch, i));
      found.push([offsets, texts(batch.values), batch.nextOffset]);
      at = batch.nextOffset;
    }
    return found;
  };
  const expected = [[[0, 1], ["0", "1"], 2], [[4, 5], ["4", "5"], 6], [[], [], 7]];
  assertEquals(await seen((at) => broker.read("t", 0, at, 10)), expected);
  const position = () => Promise.resolve(0);
  await using consumer = await broker.consumer({ group: "g", topic: "t", position });
  const poll = async () => (await consumer.poll({ maxRecords: 10, waitMs: 0 }))[0];
  assertEquals(await seen(poll), expected);
  assertEquals(await broker.read("t", 0, 7, 10), undefined);
  assertEquals(countOf(await broker.read("t", 0, 3, 1) ?? validBatch(ticks, 0, 0, 9)), 1);
});

Deno.test("EmbeddedBroker: retain() keeps a dead letter as long as the record it stands for", async () => {
  using folder = new TempFolder();
  let now = 100;
  await using broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite"), now: () => now });
  for (const name of ["t", "t.dead"]) await broker.createTopic({ name, partitions: 1 });
  const bad = { key: "a", values: Packed.from(["bad"]) };
  await broker.produce("t", [{ ...bad, values: Packed.from(["1", "bad", "3"]) }]);
  // The letters come when the clock has stepped back.
  now = 10;
  const letter = (offset: string) => ({ topic: "t", partition: "0", offset, sink: "lake" });
  const refusal = { sink: "source csv", offset: "line 7", reason: "odd" };
  await broker.produce("t.dead", [{ ...bad, headers: refusal }]);
  await broker.produce("t.dead", [{ ...bad, headers: letter("1") }]);
  now = 110;
  assertEquals(await broker.retain({ maxAgeMs: 50 }), 1);
  assertEquals(await broker.offsets("t.dead", 0), { earliest: 1, next: 2 });
  now = 200;
  assertEquals(await broker.retain({ maxAgeMs: 50 }), 4);
  assertEquals(await broker.offsets("t.dead", 0), { earliest: 2, next: 2 });
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

Deno.test("EmbeddedBroker: records whose cursor can't be kept are not there", async () => {
  using folder = new TempFolder();
  await using broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite") });
  await broker.createTopic({ name: "t", partitions: 1 });
  const records = [{ key: "a", values: Packed.from(["1"]) }];
  // No text: SQLite can't store it.
  const state = Symbol("no state") as unknown as string;
  await assertRejects(() => broker.produce("t", records, { source: "s", state }));
  assertEquals(await broker.offsets("t", 0), { earliest: 0, next: 0 });
  await broker.produce("t", records, { source: "s", state: "1" });
  assertEquals(await broker.offsets("t", 0), { earliest: 0, next: 1 });
});

Deno.test("EmbeddedBroker: topics of a log made before topics had ids get ones that stay", async () => {
  using folder = new TempFolder();
  const path = join(folder.path, "b.sqlite");
  {
    using old = new DatabaseSync(path);
    old.exec("CREATE TABLE topics (name TEXT PRIMARY KEY, partitions INTEGER NOT NULL) STRICT");
    old.exec("INSERT INTO topics VALUES ('t', 2), ('u', 1)");
    old.exec(
      `CREATE TABLE heads (topic TEXT NOT NULL, partition INTEGER NOT NULL, earliest INTEGER NOT NULL,
       next INTEGER NOT NULL, PRIMARY KEY (topic, partition)) STRICT, WITHOUT ROWID`,
    );
    old.exec("INSERT INTO heads VALUES ('t', 0, 0, 0), ('t', 1, 0, 0), ('u', 0, 0, 0)");
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
