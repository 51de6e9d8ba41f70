import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { EmbeddedBroker } from "../broker/embedded/embedded.ts";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { type KeyedValues, Packed } from "../batch.ts";
import type { Broker } from "../broker/broker.ts";
import { Random } from "../source/simulator/random.ts";
import { DEAD_LETTER_HEADERS, deadLetterQueue, lettersOf } from "./dead_letters.ts";
import type { DeadLetter } from "./sink.ts";

function letter(topic: string, offset: number, value: Uint8Array<ArrayBuffer>): DeadLetter {
  return {
    topic,
    partition: 3,
    offset,
    key: offset % 2 ? "k" : null,
    value,
    reason: `bad ${offset}`,
  };
}

Deno.test("deadLetterQueue() keeps bytes, place, reason and sink, in order", async () => {
  using folder = new TempFolder();
  await using broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite") });
  for (const name of ["a.dead", "b.dead"]) await broker.createTopic({ name, partitions: 1 });
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const queue = deadLetterQueue(broker, "lake");
  await queue([letter("a", 7, all), letter("b", 1, all.slice(0, 0)), letter("a", 8, all.slice(9))]);
  const batch = await broker.read("a.dead", 0, 0, 10);
  assertEquals(batch && [...batch.values.at(0)], [...all]);
  assertEquals(batch && [...batch.values.at(1)], [...all.slice(9)]);
  assertEquals(
    batch?.runs.map((run) => run.headers),
    [7, 8].map((offset) => ({
      [DEAD_LETTER_HEADERS.topic]: "a",
      [DEAD_LETTER_HEADERS.partition]: "3",
      [DEAD_LETTER_HEADERS.offset]: String(offset),
      [DEAD_LETTER_HEADERS.reason]: `bad ${offset}`,
      [DEAD_LETTER_HEADERS.sink]: "lake",
    })),
  );
  assertEquals((await broker.offsets("b.dead", 0)).next, 1);
});

Deno.test("deadLetterQueue() fails when there is no topic to keep them", async () => {
  using folder = new TempFolder();
  await using broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite") });
  const queue = deadLetterQueue(broker, "lake");
  await queue([]);
  const one = [letter("a", 1, new Uint8Array(1))];
  const error = await assertRejects(() => queue(one), TickhouseError);
  assertEquals(error.code, "TOPIC_UNKNOWN");
});

/** A broker whose dead-letter topic takes so many bytes at once, and counts what it takes. */
function limited(broker: Broker, max: number): Broker {
  const sizeOf = ({ key, values, headers = {} }: KeyedValues) =>
    key.length + values.bytes.length + JSON.stringify(headers).length;
  return Object.create(broker, {
    produce: {
      value: async (topic: string, records: readonly KeyedValues[]) => {
        const size = records.reduce((sum, record) => sum + sizeOf(record), 0);
        if (size > max) throw new TickhouseError("RECORD_TOO_LARGE", `${size} bytes`, {});
        await broker.produce(topic, records);
      },
    },
  });
}

async function keptIn(broker: Broker, topic: string) {
  const batches = [];
  for (let at = 0;;) {
    const batch = await broker.read(topic, 0, at, 100);
    if (!batch) return { letters: lettersOf(batches), records: at };
    batches.push(batch);
    at = batch.nextOffset;
  }
}

function noise(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const random = Random.seeded(seed);
  return Uint8Array.from({ length }, () => random.below(256));
}

for (const max of [700, 5_000, 100_000, 1_000_000, Infinity]) {
  Deno.test(`deadLetterQueue() keeps letters of any size where ${max} bytes fit, byte for byte`, async () => {
    using folder = new TempFolder();
    await using broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite") });
    await broker.createTopic({ name: "a.dead", partitions: 1 });
    const queue = deadLetterQueue(limited(broker, max), "lake");
    const sizes = [0, 1, 400, 90_000, 3, 60_000, ...max > 5_000 ? [1_100_000, 2 ** 19] : []];
    const sent = sizes.map((size, offset) => letter("a", offset, noise(size, offset)));
    await queue(sent);
    const { letters } = await keptIn(broker, "a.dead");
    assertEquals(letters.map(({ headers }) => headers["offset"]), sent.map((l) => `${l.offset}`));
    for (const [i, { value, headers, key }] of letters.entries()) {
      assertEquals(value, sent[i]?.value);
      assertEquals(headers["reason"], sent[i]?.reason);
      assertEquals([headers["part"], key], [undefined, i % 2 ? "k" : ""]);
    }
  });
}

Deno.test("deadLetterQueue() leaves at its offset what the topic takes in no size, and says so", async () => {
  using folder = new TempFolder();
  await using broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite") });
  await broker.createTopic({ name: "a.dead", partitions: 1 });
  const queue = deadLetterQueue(limited(broker, 250), "lake");
  const large = { ...letter("a", 7, noise(9_000, 1)), reason: "long ".repeat(1_000) };
  await queue([letter("a", 5, noise(10, 1)), large, letter("a", 9, noise(20, 2))]);
  const { letters } = await keptIn(broker, "a.dead");
  assertEquals(letters.map(({ value }) => value?.length), [10, undefined, 20]);
  assertEquals(letters[1]?.headers["payload"], "left at its offset: 9000 bytes");
  assertEquals(letters[1]?.headers["offset"], "7");
  const none = deadLetterQueue(limited(broker, 60), "lake");
  const error = await assertRejects(() => none([large]), TickhouseError);
  assertEquals(error.code, "RECORD_TOO_LARGE");
});

Deno.test("deadLetterQueue() bounds key and reason", async () => {
  using folder = new TempFolder();
  await using broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite") });
  await broker.createTopic({ name: "a.dead", partitions: 1 });
  const all = "é".repeat(100_000);
  const one = { ...letter("a", 1, noise(5, 1)), key: all, reason: all };
  await deadLetterQueue(limited(broker, 5_000), "lake")([one]);
  const { letters: [kept] } = await keptIn(broker, "a.dead");
  assertEquals([kept?.key, kept?.value], ["", one.value]);
  assertEquals(kept?.headers["key"], "left out: 100000 characters");
  assertEquals(kept?.headers["reason"], `${"é".repeat(999)}…`);
});

Deno.test("lettersOf() puts parts together past what a crash cut off, and past another's", async () => {
  using folder = new TempFolder();
  await using broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite") });
  for (const name of ["a.dead", "b.dead"]) await broker.createTopic({ name, partitions: 1 });
  const large = letter("a", 3, noise(1_200_000, 1));
  await deadLetterQueue(broker, "lake")([large]);
  await deadLetterQueue(broker, "warehouse")([large]);
  const whole = await broker.read("a.dead", 0, 0, 100);
  const part = (sink: number, index: number) => ({
    key: "k",
    values: whole?.values.slice(3 * sink + index, 3 * sink + index + 1) ?? numbersMissing(),
    headers: whole?.runs[3 * sink + index]?.headers ?? {},
  });
  // The first of lake ended after two parts; then two write at once, and warehouse beside them.
  const order = [[0, 0], [0, 1], [1, 0], [0, 0], [0, 0], [0, 1], [1, 1], [0, 1], [0, 2], [1, 2]];
  for (const [sink = 0, index = 0] of order) await broker.produce("b.dead", [part(sink, index)]);
  const { letters } = await keptIn(broker, "b.dead");
  assertEquals(letters.map(({ headers }) => headers["sink"]), ["lake", "warehouse"]);
  for (const { value } of letters) assertEquals(value, large.value);
});

Deno.test("lettersOf() does not mix what a crash cut off with another letter of the same name", () => {
  const headers = { offset: "line 1", sink: "source s" };
  const [first, second] = [noise(10, 1), noise(10, 2)];
  const part = (value: Uint8Array, index: number) => ({
    values: value.subarray(5 * index, 5 * index + 5),
    run: {
      key: "s",
      count: 1,
      timestampMs: 0,
      headers: { ...headers, part: `${index}`, parts: "2" },
    },
  });
  const parts = [part(first, 0), part(second, 0), part(second, 1)];
  const letters = lettersOf([{
    topic: "a.dead",
    partition: 0,
    startOffset: 0,
    nextOffset: 3,
    values: Packed.from(parts.map(({ values }) => values)),
    runs: parts.map(({ run }) => run),
  }]);
  assertEquals(letters, [{ key: "s", headers, value: second, timestampMs: 0 }]);
});

function numbersMissing(): never {
  throw new Error("the letter is not in parts");
}
