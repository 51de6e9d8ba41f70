import { assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { type Connection, createRecordsBatch, Reader } from "@platformatic/kafka";
import { TickhouseError } from "../../errors.ts";
import { texts } from "../../testing.ts";
import { lastState } from "./cursors.ts";
import { readRecords } from "./read.ts";

const CONNECTION = { brokers: ["localhost:1"] };
const AT = { topic: "t", partition: 0, offset: 0 };
const TOPIC = { id: "00000000-0000-0000-0000-000000000001", leaders: [1] };

/** A broker's answer of one partition, as it comes over the wire. */
function answer(stableOffset: number, bytes: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(4 + 2 + 4 + 1 + 16 + 1 + 4 + 2 + 8 + 8 + 8 + 1 + 4);
  head[10] = 2; // one topic
  head[27] = 2; // one partition
  head.writeBigInt64BE(BigInt(stableOffset), 34);
  head.writeBigInt64BE(BigInt(stableOffset), 42);
  head[58] = 1; // no aborted transaction
  const length = bytes.length + 1;
  return Buffer.concat([head, Buffer.from([length & 0x7f | 0x80, length >> 7]), bytes, TAGS]);
}

const TAGS = Buffer.alloc(3);

function throttled(ms: number): Buffer {
  const bytes = Buffer.alloc(4 + 2 + 4 + 1 + 1);
  bytes.writeInt32BE(ms);
  bytes[10] = 1; // no topic
  return bytes;
}

/** Records that keep the states of sources. */
function states(baseOffset: number, entries: readonly (readonly [string, string])[]): Buffer {
  const messages = entries.map(([key, value]) => ({
    topic: "t",
    key: Buffer.from(key),
    value: Buffer.from(value),
    timestamp: 1n,
  }));
  const bytes = Buffer.from(createRecordsBatch(messages, {}).buffer);
  bytes.writeBigInt64BE(BigInt(baseOffset), 0);
  return bytes;
}

/** A cluster of which a broker gives these answers, one a fetch. */
function clusterOf(answers: Buffer[], next = 0) {
  const send = (...all: unknown[]) => {
    const [, version, , parse, , , done] = all as [
      number,
      number,
      unknown,
      (id: number, key: number, version: number, reader: Reader) => unknown,
      unknown,
      unknown,
      (error: unknown, value: unknown) => void,
    ];
    const bytes = answers.shift();
    if (bytes) done(null, parse(0, 1, version, Reader.from(bytes)));
    else done(new Error("asked once more"), undefined);
  };
  return {
    attempt: <T>(_what: string, _topic: string, call: () => Promise<T>) => call(),
    connect: () => Promise.resolve({ send } as unknown as Connection),
    describe: () => Promise.resolve(TOPIC),
    fetchesById: () => Promise.resolve(true),
    find: () => Promise.resolve(TOPIC),
    settle: () => Promise.resolve(true),
    // As the leader vouches for it.
    offsets: () => Promise.resolve({ earliest: 0, next }),
  };
}

Deno.test("readRecords() asks a broker again that throttles it", async () => {
  const answers = [throttled(1), throttled(0), answer(2, states(0, [["a", "1"], ["a", "2"]]))];
  const batch = await readRecords(clusterOf(answers), CONNECTION, AT, { maxRecords: 10 });
  assertEquals(batch && texts(batch.values), ["1", "2"]);
});

Deno.test("readRecords() gives up on a broker that throttles for ever, as on one that is away", async () => {
  const cluster = clusterOf(Array.from({ length: 40 }, () => throttled(0)));
  const error = await assertRejects(
    () => readRecords(cluster, CONNECTION, AT, { maxRecords: 10 }),
    TickhouseError,
  );
  assertEquals(error.kind, "transient");
});

Deno.test("readRecords() gives up on a leader that never knows what it holds", async () => {
  const cluster = clusterOf(Array.from({ length: 41 }, () => answer(2)), 4);
  const error = await assertRejects(
    () => readRecords(cluster, CONNECTION, { ...AT, offset: 2 }, { maxRecords: 10 }),
    TickhouseError,
  );
  assertEquals(error.kind, "transient");
});

Deno.test("lastState() reads to the settled end, past a leader that does not know it yet", async () => {
  const answers = [
    answer(2, states(0, [["a", "old"], ["b", "1"]])),
    answer(2),
    answer(2),
    answer(4, states(2, [["a", "new"], ["b", "2"]])),
    answer(4),
  ];
  assertEquals(await lastState(clusterOf(answers, 4), CONNECTION, "t", "a"), "new");
  assertEquals(answers.length, 0);
});

Deno.test("lastState() ends where compaction left nothing before the end", async () => {
  const answers = [answer(9, states(0, [["a", "only"]])), answer(9)];
  assertEquals(await lastState(clusterOf(answers, 9), CONNECTION, "t", "a"), "only");
});
