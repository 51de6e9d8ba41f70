/**
 * What every broker must do. Each adapter's test calls `brokerConformance`.
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async";
import { countOf, Packed, type RecordBatch, runAt } from "../batch.ts";
import { TickhouseError } from "../errors.ts";
import { texts } from "../testing.ts";
import { type Broker, type Consumer, READ_BYTES } from "./broker.ts";
import { partitionOf } from "./partitioner.ts";

/** A fresh, empty broker, and a way to open the same log once more. */
export interface BrokerUnderTest extends AsyncDisposable {
  readonly broker: Broker;
  /** Another client of the same log. */
  open(): Promise<Broker>;
}

const WAIT_MS = 2_000;

/** Registers the suite under the adapter's name. */
export function brokerConformance(name: string, make: () => Promise<BrokerUnderTest>): void {
  const test = (behaviour: string, run: (under: BrokerUnderTest) => Promise<void>) =>
    Deno.test(`${name}: ${behaviour}`, async () => {
      await using under = await make();
      await run(under);
    });

  test("createTopic() is idempotent and refuses another number of partitions", async ({ broker }) => {
    await broker.createTopic({ name: "t", partitions: 3 });
    await broker.createTopic({ name: "t", partitions: 3 });
    assertEquals((await broker.topics()).filter((t) => t.name === "t").length, 1);
    const error = await assertRejects(
      () => broker.createTopic({ name: "t", partitions: 4 }),
      TickhouseError,
    );
    assertEquals(error.code, "TOPIC_MISMATCH");
  });

  test("topics() gives each log an id that stays", async ({ broker, open }) => {
    await broker.createTopic({ name: "t", partitions: 1 });
    await broker.createTopic({ name: "u", partitions: 1 });
    const ids = async (of: Broker) =>
      new Map((await of.topics()).map(({ name, id }) => [name, id]));
    const known = await ids(broker);
    assert(known.get("t") && known.get("u") && known.get("t") !== known.get("u"));
    await using other = await open();
    assertEquals((await ids(other)).get("t"), known.get("t"));
  });

  test("topic() gives the one asked for, as topics() lists it", async ({ broker, open }) => {
    await broker.createTopic({ name: "t", partitions: 3 });
    await broker.createTopic({ name: "tt", partitions: 1 });
    const listed = (await broker.topics()).find(({ name }) => name === "t");
    assert(listed);
    await using other = await open();
    for (const client of [broker, other]) assertEquals(await client.topic("t"), listed);
    assertEquals(listed.partitions, 3);
    assertEquals(await broker.topic("nope"), undefined);
  });

  test("retention() gives what a topic was made with, if topics have their own", async ({ broker }) => {
    const day = 86_400_000;
    await broker.createTopic({ name: "t", partitions: 1, retentionMs: day });
    await broker.createTopic({ name: "u", partitions: 1, retentionMs: Infinity });
    const found = [await broker.retention("t"), await broker.retention("u")];
    assertEquals(found, found[0] === undefined ? [undefined, undefined] : [day, Infinity]);
  });

  test("createTopic() refuses bad names and numbers of partitions", async ({ broker }) => {
    for (const spec of [{ name: "", partitions: 1 }, { name: "a b", partitions: 1 }]) {
      await assertRejects(() => broker.createTopic(spec), TickhouseError, "topic");
    }
    for (const partitions of [0, -1, 1.5, NaN]) {
      await assertRejects(() => broker.createTopic({ name: "t", partitions }), TickhouseError);
    }
  });

  test("every call on an unknown topic is refused", async ({ broker }) => {
    const calls = [
      () => broker.produce("nope", [{ key: "k", values: Packed.from(["v"]) }]),
      () => broker.offsets("nope", 0),
      () => broker.read("nope", 0, 0, 1),
      () => broker.consumer({ group: "g", topic: "nope", position: () => Promise.resolve(0) }),
    ];
    for (const call of calls) {
      const error = await assertRejects(call, TickhouseError);
      assertEquals(error.code, "TOPIC_UNKNOWN");
    }
  });

  test("produce() then read() gives values, keys, headers and offsets back", async ({ broker }) => {
    await broker.createTopic({ name: "t", partitions: 1 });
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await broker.produce("t", [
      { key: "a", values: Packed.from(["1", "", bytes]), headers: { why: "ünïcode" } },
      { key: "b", values: Packed.from(["4"]) },
    ]);
    const batch = await mustRead(broker, 0, 0, 10);
    assertEquals([batch.startOffset, batch.nextOffset, countOf(batch)], [0, 4, 4]);
    assertEquals([...batch.values.at(2)], [...bytes]);
    assertEquals(batch.values.at(1).length, 0);
    assertEquals(runAt(batch, 2).key, "a");
    assertEquals(runAt(batch, 2).headers, { why: "ünïcode" });
    assertEquals(runAt(batch, 3).key, "b");
    assertEquals(await broker.offsets("t", 0), { earliest: 0, next: 4 });
    assertEquals(await broker.read("t", 0, 4, 10), undefined);
  });

  test("read() starts and ends inside what was produced at once", async ({ broker }) => {
    await broker.createTopic({ name: "t", partitions: 1 });
    await broker.produce("t", [{ key: "a", values: numbers(0, 50) }]);
    await broker.produce("t", [{ key: "a", values: numbers(50, 100) }]);
    for (const [from, limit] of [[0, 1], [17, 5], [49, 2], [50, 50], [99, 9], [3, 1000]] as const) {
      const batch = await mustRead(broker, 0, from, limit);
      assertEquals(batch.startOffset, from);
      const expected = Array.from({ length: batch.nextOffset - from }, (_, i) => String(from + i));
      assert(batch.nextOffset > from && batch.nextOffset <= from + limit);
      assertEquals(texts(batch.values), expected);
    }
  });

  test("read() beyond the end is refused", async ({ broker }) => {
    await broker.createTopic({ name: "t", partitions: 1 });
    const error = await assertRejects(() => broker.read("t", 0, 5, 1), TickhouseError);
    assertEquals(error.code, "OFFSET_OUT_OF_RANGE");
  });

  test("poll() takes what many appends brought", async ({ broker }) => {
    const appends = 10;
    await broker.createTopic({ name: "t", partitions: 1 });
    const position = () => Promise.resolve(0);
    await using consumer = await broker.consumer({ group: "g", topic: "t", position });
    await consumer.poll({ maxRecords: 10, waitMs: 10 });
    for (let i = 0; i < appends; i++) {
      await broker.produce("t", [{ key: "a", values: numbers(i, i + 1) }]);
      await delay(20); // Readers ahead get each of them on its own.
    }
    let polls = 0;
    for (let taken = 0; taken < appends; polls++) {
      const [batch] = await consumer.poll({ maxRecords: appends, waitMs: WAIT_MS });
      if (batch) taken += countOf(batch);
    }
    assert(polls <= appends / 2, "one append a poll: a slow consumer falls behind");
  });

  test("equal keys keep their order in one partition", async ({ broker }) => {
    await broker.createTopic({ name: "t", partitions: 4 });
    for (let round = 0; round < 20; round++) {
      const records = ["A", "B", "C", "D", "E"].map((key) => ({
        key,
        values: Packed.from([`${key} ${round}`]),
      }));
      await broker.produce("t", records);
    }
    const seen = new Map<string, { partition: number; rounds: number[] }>();
    for (let partition = 0; partition < 4; partition++) {
      const batch = await broker.read("t", partition, 0, 1000);
      for (const text of batch ? texts(batch.values) : []) {
        const [key = "", round] = text.split(" ");
        const entry = seen.get(key) ?? { partition, rounds: [] };
        assertEquals(entry.partition, partition);
        entry.rounds.push(Number(round));
        seen.set(key, entry);
      }
    }
    assertEquals(seen.size, 5);
    for (const { rounds } of seen.values()) {
      assertEquals(rounds, Array.from({ length: 20 }, (_, i) => i));
    }
  });

  test("a cursor is kept in the commit of its records, and survives", async ({ broker, open }) => {
    await broker.createTopic({ name: "t", partitions: 1 });
    assertEquals(await broker.cursor("s"), undefined);
    await broker.produce("t", [{ key: "a", values: numbers(0, 3) }], { source: "s", state: "3" });
    await broker.produce("t", [], { source: "s", state: "still 3" });
    await assertRejects(() =>
      broker.produce("nope", [{ key: "a", values: numbers(0, 1) }], { source: "s", state: "4" })
    );
    await using other = await open();
    assertEquals(await other.cursor("s"), "still 3");
    // Not by offsets: a log may mark the end of a commit in one of its own.
    assertEquals(countOf(await mustRead(other, 0, 0, 10)), 3);
  });

  test("states() tells where sources stand, and takes none of them over", async ({ broker, open }) => {
    await broker.createTopic({ name: "t", partitions: 1 });
    await using other = await open();
    assertEquals(await other.states(["s", "r"]), new Map());
    await broker.cursor("s");
    await broker.produce("t", [{ key: "a", values: numbers(0, 1) }], { source: "s", state: "1" });
    assertEquals(await other.states(["s", "r"]), new Map([["s", "1"]]));
    await broker.produce("t", [{ key: "a", values: numbers(1, 2) }], { source: "s", state: "2" });
    assertEquals(await other.states(["s"]), new Map([["s", "2"]]));
  });

  test("of two clients that feed one source, the later fences the earlier", async ({ broker, open }) => {
    await broker.createTopic({ name: "t", partitions: 1 });
    const append = (of: Broker, state: string) =>
      of.produce("t", [{ key: "a", values: Packed.from([state]) }], { source: "s", state });
    assertEquals(await broker.cursor("s"), undefined);
    await append(broker, "1");
    await using other = await open();
    assertEquals(await other.cursor("s"), "1");
    for (const state of ["2 again", "2 once more"]) {
      const error = await assertRejects(() => append(broker, state), TickhouseError);
      assertEquals([error.code, error.kind], ["SOURCE_FENCED", "terminal"]);
    }
    await append(other, "2");
    await using third = await open();
    assertEquals(await third.cursor("s"), "2");
    await append(third, "3");
    await assertRejects(() => append(other, "3 again"), TickhouseError);
    // By the values: a log may mark the ends of commits in offsets of their own.
    const seen: string[] = [];
    for (let at = 0;;) {
      const batch = await broker.read("t", 0, at, 10);
      if (!batch) break;
      seen.push(...texts(batch.values));
      at = batch.nextOffset;
    }
    assertEquals(seen, ["1", "2", "3"]);
  });

  test("a consumer reads from the position it is given, and on", async ({ broker }) => {
    await broker.createTopic({ name: "t", partitions: 2 });
    await broker.produce("t", [{ key: "a", values: numbers(0, 100) }]);
    const partition = (await broker.offsets("t", 0)).next === 100 ? 0 : 1;
    await using consumer = await broker.consumer({
      group: "g",
      topic: "t",
      position: (p) => Promise.resolve(p === partition ? 40 : 0),
    });
    const first = await pollUntil(consumer, 60);
    assertEquals(first, Array.from({ length: 60 }, (_, i) => String(40 + i)));
    await broker.produce("t", [{ key: "a", values: numbers(100, 110) }]);
    assertEquals((await pollUntil(consumer, 10))[0], "100");
    consumer.seek(partition, 5);
    assertEquals((await pollUntil(consumer, 105))[0], "5");
  });

  test("poll() returns at most maxRecords, and nothing after waitMs", async ({ broker }) => {
    await broker.createTopic({ name: "t", partitions: 1 });
    const position = () => Promise.resolve(0);
    await using consumer = await broker.consumer({ group: "g", topic: "t", position });
    assertEquals(await consumer.poll({ maxRecords: 10, waitMs: 30 }), []);
    await broker.produce("t", [{ key: "a", values: numbers(0, 25) }]);
    const sizes: number[] = [];
    while (sizes.reduce((a, b) => a + b, 0) < 25) {
      const [batch] = await consumer.poll({ maxRecords: 10, waitMs: WAIT_MS });
      assert(batch, "records did not come");
      assert(countOf(batch) <= 10);
      sizes.push(countOf(batch));
    }
  });

  test("poll() and read() return about so many bytes, but one record always", async ({ broker }) => {
    const [count, size] = [100, 100_000];
    await broker.createTopic({ name: "t", partitions: 2 });
    const values = Packed.from(Array.from({ length: count }, (_, i) => `${i} `.padEnd(size, "x")));
    const keys = [0, 1].map((partition) =>
      ["a", "b", "c", "d", "e", "f"].find((key) => partitionOf(key, 2) === partition) ?? ""
    );
    await broker.produce("t", keys.map((key) => ({ key, values })));
    for (const maxBytes of [undefined, 1_000_000, 1]) {
      const limit = maxBytes === undefined ? {} : { maxBytes };
      const most = (maxBytes ?? READ_BYTES) + size + 1;
      const read = await broker.read("t", 0, 0, 10_000, maxBytes);
      assert(read && countOf(read) > 0 && read.values.bytes.length <= most);
      const position = () => Promise.resolve(0);
      await using consumer = await broker.consumer({ group: `g${most}`, topic: "t", position });
      for (let seen = 0; seen < (maxBytes === 1 ? 4 : 2 * count);) {
        const batches = await consumer.poll({ maxRecords: 10_000, waitMs: WAIT_MS, ...limit });
        const bytes = batches.reduce((sum, batch) => sum + batch.values.bytes.length, 0);
        assert(batches.length > 0, `only ${seen} records came`);
        assert(bytes <= most, `${bytes} bytes at once`);
        for (const batch of batches) {
          seen += countOf(batch);
          assertEquals(batch.startOffset + countOf(batch), batch.nextOffset);
          assertEquals(texts(batch.values)[0]?.split(" ")[0], `${batch.startOffset}`);
        }
      }
    }
  });

  test("poll() wakes for records that another client appends", async ({ broker, open }) => {
    await broker.createTopic({ name: "t", partitions: 1 });
    const position = () => Promise.resolve(0);
    await using consumer = await broker.consumer({ group: "g", topic: "t", position });
    await using other = await open();
    const polled = pollUntil(consumer, 1);
    await other.produce("t", [{ key: "a", values: numbers(7, 8) }]);
    assertEquals(await polled, ["7"]);
  });

  test("poll() ends when its signal aborts", async ({ broker }) => {
    await broker.createTopic({ name: "t", partitions: 1 });
    const position = () => Promise.resolve(0);
    await using consumer = await broker.consumer({ group: "g", topic: "t", position });
    const stop = new AbortController();
    const polled = consumer.poll({ maxRecords: 1, waitMs: 600_000, signal: stop.signal });
    stop.abort();
    assertEquals(await polled, []);
  });

  test("a group shares the partitions; who leaves gives them back", async ({ broker, open }) => {
    await broker.createTopic({ name: "t", partitions: 4 });
    const position = () => Promise.resolve(0);
    const join = async (of: Broker) => await of.consumer({ group: "g", topic: "t", position });
    await using first = await join(broker);
    await settle([first], (all) => all.length === 4);
    await using other = await open();
    {
      await using second = await join(other);
      await settle([first, second], (all) => all.length === 4 && new Set(all).size === 4);
      assert(first.assigned().length > 0 && second.assigned().length > 0, "both have work");
    }
    await settle([first], (all) => all.length === 4);
  });

  test("groups do not disturb each other", async ({ broker }) => {
    await broker.createTopic({ name: "t", partitions: 1 });
    await broker.produce("t", [{ key: "a", values: numbers(0, 5) }]);
    const position = () => Promise.resolve(0);
    for (const group of ["g", "h"]) {
      await using consumer = await broker.consumer({ group, topic: "t", position });
      assertEquals((await pollUntil(consumer, 5)).length, 5);
    }
  });

  test("committed() gives the last commit of the group", async ({ broker, open }) => {
    await broker.createTopic({ name: "t", partitions: 1 });
    await broker.produce("t", [{ key: "a", values: numbers(0, 5) }]);
    assertEquals(await broker.committed("g", "t", 0), undefined);
    const position = () => Promise.resolve(0);
    await using consumer = await broker.consumer({ group: "g", topic: "t", position });
    await pollUntil(consumer, 5);
    await consumer.commit(0, 3);
    await consumer.commit(0, 5);
    await using other = await open();
    assertEquals(await other.committed("g", "t", 0), 5);
  });

  test("many clients append at once without loss or repeat", async ({ broker, open }) => {
    await broker.createTopic({ name: "t", partitions: 2 });
    const clients = await Promise.all([open(), open(), open()]);
    await Promise.all(clients.map(async (client, c) => {
      for (let i = 0; i < 30; i++) {
        await client.produce("t", [{ key: `k${c}`, values: Packed.from([`${c}-${i}`]) }]);
      }
    }));
    const seen: string[] = [];
    for (const partition of [0, 1]) {
      const batch = await broker.read("t", partition, 0, 1000);
      if (batch) seen.push(...texts(batch.values));
    }
    assertEquals(new Set(seen).size, 90);
    assertEquals(seen.length, 90);
    for (const client of clients) await client[Symbol.asyncDispose]();
  });
}

function numbers(from: number, to: number): Packed {
  return Packed.from(Array.from({ length: to - from }, (_, i) => String(from + i)));
}

async function mustRead(broker: Broker, partition: number, offset: number, limit: number) {
  const batch = await broker.read("t", partition, offset, limit);
  assert(batch, `nothing at ${offset}`);
  return batch;
}

async function pollUntil(consumer: Consumer, count: number): Promise<string[]> {
  const seen: string[] = [];
  for (let tries = 0; seen.length < count && tries < 50; tries++) {
    const batches: RecordBatch[] = await consumer.poll({ maxRecords: 1000, waitMs: WAIT_MS });
    for (const batch of batches) seen.push(...texts(batch.values));
  }
  assertEquals(seen.length, count);
  return seen;
}

/** Polls until the assignments satisfy; a rebalance takes its time. */
async function settle(
  consumers: readonly Consumer[],
  satisfied: (assigned: number[]) => boolean,
): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    for (const consumer of consumers) await consumer.poll({ maxRecords: 1, waitMs: 50 });
    if (satisfied(consumers.flatMap((c) => [...c.assigned()]))) return;
  }
  throw new Error(`assignments stay ${JSON.stringify(consumers.map((c) => c.assigned()))}`);
}
