import { assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { crc32c, createRecordsBatch, type CreateRecordsBatchOptions } from "@platformatic/kafka";
import { concatBatches, countOf, offsetAt, type RecordBatch, runAt } from "../../batch.ts";
import { TickhouseError } from "../../errors.ts";
import { texts } from "../../testing.ts";
import { RecordReader } from "./records.ts";

/** A record batch as a broker stores it. */
function stored(
  baseOffset: number,
  values: readonly string[],
  options: Partial<CreateRecordsBatchOptions> = {},
  patch: (bytes: Buffer) => void = () => {},
): Buffer {
  const messages = values.map((value, i) => ({
    topic: "t",
    key: Buffer.from(`key-${i % 2}`),
    value: Buffer.from(value),
    headers: new Map([[Buffer.from("h"), Buffer.from(i < 2 ? "one" : "zwei")]]),
    timestamp: 1_763_700_000_000n + BigInt(i),
  }));
  const bytes = Buffer.from(createRecordsBatch(messages, options).buffer);
  bytes.writeBigInt64BE(BigInt(baseOffset), 0);
  patch(bytes);
  return bytes;
}

function reader(from: number, parts: readonly Buffer[], aborted: [number, number][] = []) {
  return new RecordReader({
    topic: "t",
    partition: 3,
    from,
    bytes: Buffer.concat([...parts]),
    aborted: aborted.map(([id, firstOffset]) => ({ producerId: BigInt(id), firstOffset })),
  });
}

function takeAll(records: RecordReader, maxRecords: number): RecordBatch {
  const batches: RecordBatch[] = [];
  for (let batch = records.take(maxRecords); batch; batch = records.take(maxRecords)) {
    assertEquals(countOf(batch) <= maxRecords, true);
    batches.push(batch);
  }
  assertEquals(records.hasMore, false);
  return concatBatches(batches);
}

const LETTERS = Array.from("abcdefghij", (letter) => letter.repeat(40));

for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
  Deno.test(`RecordReader: take() reads ${compression}, whatever the limit`, () => {
    for (const limit of [1, 3, 10, 1000]) {
      const parts = [stored(5, LETTERS, { compression }), stored(15, LETTERS, { compression })];
      const all = takeAll(reader(5, parts), limit);
      assertEquals(texts(all.values), [...LETTERS, ...LETTERS]);
      assertEquals([all.startOffset, all.nextOffset, all.offsets], [5, 25, undefined]);
      assertEquals(runAt(all, 1), {
        key: "key-1",
        count: 1,
        timestampMs: 1_763_700_000_001,
        headers: { h: "one" },
      });
      assertEquals(runAt(all, 12).headers, { h: "zwei" });
    }
  });
}

Deno.test("RecordReader: take() starts inside a batch, and ends where it was cut off", () => {
  const whole = stored(0, LETTERS, { compression: "lz4" });
  const cut = stored(10, LETTERS).subarray(0, 300);
  const records = reader(7, [whole, cut]);
  assertEquals(records.end, 10);
  const all = takeAll(records, 100);
  assertEquals(texts(all.values), LETTERS.slice(7));
  assertEquals([all.startOffset, all.nextOffset], [7, 10]);
  assertEquals(reader(10, [cut]).take(1), undefined);
});

Deno.test("RecordReader: what compaction dropped is a gap, at a batch's end too", () => {
  // Offsets 0 to 2 of a batch that once went up to 9, then one that starts at 20.
  const compacted = stored(0, ["a", "b", "c"], {}, (bytes) => {
    bytes.writeInt32BE(9, 23);
    seal(bytes);
  });
  for (const limit of [1, 2, 3, 100]) {
    const all = takeAll(reader(0, [compacted, stored(20, ["d"])]), limit);
    assertEquals([all.startOffset, all.nextOffset], [0, 21]);
    assertEquals(Array.from({ length: 4 }, (_, i) => offsetAt(all, i)), [0, 1, 2, 20]);
  }
});

Deno.test("RecordReader: only the transactions that were given up are left out", () => {
  const of = (base: number, id: number, values: string[]) =>
    stored(base, values, { producerId: BigInt(id), transactionalId: "x" });
  const parts = [
    of(0, 1, ["kept"]),
    of(1, 2, ["lost", "lost"]),
    of(3, 1, ["kept too"]),
    marker(4, 2, false),
    marker(5, 1, true),
    of(6, 2, ["kept at last"]),
    marker(7, 2, true),
  ];
  for (const limit of [1, 100]) {
    const all = takeAll(reader(0, parts, [[2, 1]]), limit);
    assertEquals(texts(all.values), ["kept", "kept too", "kept at last"]);
    assertEquals([0, 1, 2].map((i) => offsetAt(all, i)), [0, 3, 6]);
    assertEquals(all.nextOffset, 8);
  }
  const none = reader(4, parts.slice(3, 5)).take(10);
  assertEquals(none && [countOf(none), none.startOffset, none.nextOffset], [0, 4, 6]);
});

Deno.test("RecordReader: damage is told with topic and offset, never passed over", () => {
  const flipped = stored(0, LETTERS, {}, (bytes) => bytes.writeUInt8((bytes[90] ?? 0) ^ 1, 90));
  const old = stored(0, LETTERS, {}, (bytes) => bytes.writeInt8(1, 16));
  const longer = stored(0, LETTERS, {}, (bytes) => {
    bytes.writeInt32BE(LETTERS.length + 1, 57);
    seal(bytes);
  });
  for (const bytes of [flipped, old, longer]) {
    const error = assertThrows(() => reader(0, [bytes]).take(100), TickhouseError);
    assertEquals([error.code, error.kind], ["RECORDS_DAMAGED", "terminal"]);
    assertEquals(error.message.includes("t/3"), true);
  }
});

/** The end of a transaction. */
function marker(offset: number, id: number, commit: boolean): Buffer {
  const options = { producerId: BigInt(id), transactionalId: "x" };
  const key = Buffer.from([0, 0, 0, commit ? 1 : 0]);
  const message = { topic: "t", key, value: Buffer.alloc(6), timestamp: 1n };
  const bytes = Buffer.from(createRecordsBatch([message], options).buffer);
  bytes.writeBigInt64BE(BigInt(offset), 0);
  bytes.writeInt16BE(bytes.readInt16BE(21) | 1 << 5, 21);
  return seal(bytes);
}

/** Sets the checksum right after a change. */
function seal(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
  return bytes;
}

Deno.test("RecordReader: take() ends with the record that reaches the limit of bytes", () => {
  // Each is 40 bytes and a newline; the second batch is well compressed.
  const parts = [stored(0, LETTERS), stored(10, LETTERS, { compression: "gzip" })];
  for (const [maxBytes, expected] of [[1, 1], [41, 1], [42, 2], [410, 10], [411, 11]] as const) {
    const batch = reader(0, parts).take(1_000, maxBytes);
    assertEquals(batch && countOf(batch), expected, `${maxBytes}`);
  }
});
