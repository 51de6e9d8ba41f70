import { assertEquals, assertThrows } from "@std/assert";
import {
  batchFrom,
  batchUpTo,
  concatBatches,
  countOf,
  offsetAt,
  Packed,
  type RecordBatch,
  widenBatch,
} from "./batch.ts";
import { batchOf, texts } from "./testing.ts";

Deno.test("Packed.from() ends each value with a newline", () => {
  const packed = Packed.from(["a", "", new Uint8Array([0, 10, 255])]);
  assertEquals([...packed.bytes], [97, 10, 10, 0, 10, 255, 10]);
  assertEquals([...packed.ends], [2, 3, 7]);
  assertEquals([...packed.at(2)], [0, 10, 255]);
  assertThrows(() => packed.at(3), RangeError);
});

Deno.test("Packed.slice() and concat() are each other's inverse at every cut", () => {
  const values = ["", "one", "two two", "3", ""];
  const whole = Packed.from(values);
  for (let cut = 0; cut <= values.length; cut++) {
    const parts = [whole.slice(0, cut), whole.slice(cut, values.length)];
    assertEquals(texts(Packed.concat(parts)), values);
    assertEquals(parts.map((p) => p.length), [cut, values.length - cut]);
  }
});

Deno.test("batchFrom() and batchUpTo() cut at every offset", () => {
  const batch = numbered(100, 6);
  for (let offset = 98; offset <= 108; offset++) {
    const head = batchUpTo(batch, Math.max(offset, 100));
    const tail = batchFrom(batch, offset);
    const joined = [...texts(head.values), ...(tail ? texts(tail.values) : [])];
    const expected = Array.from({ length: 6 }, (_, i) => String(100 + i));
    assertEquals(offset < 100 ? texts(tail?.values ?? Packed.from([])) : joined, expected);
    for (const part of [head, ...(tail ? [tail] : [])]) {
      assertEquals(part.runs.reduce((sum, run) => sum + run.count, 0), countOf(part));
    }
  }
});

Deno.test("batchFrom() of a log with gaps goes by offsets, not by count", () => {
  const gappy = { ...numbered(0, 4), nextOffset: 20, offsets: Float64Array.of(2, 3, 9, 17) };
  const rest = batchFrom(gappy, 4);
  assertEquals([rest?.startOffset, rest && offsetAt(rest, 0), rest && countOf(rest)], [4, 9, 2]);
  assertEquals(batchUpTo(gappy, 9).values.length, 2);
});

Deno.test("concatBatches() joins neighbours and refuses a gap", () => {
  const joined = concatBatches([numbered(0, 3), numbered(3, 2)]);
  assertEquals([joined.startOffset, joined.nextOffset, countOf(joined)], [0, 5, 5]);
  assertEquals(joined.runs.map(({ count }) => count), [5]); // Of one append, as it were.
  assertThrows(() => concatBatches([numbered(0, 3), numbered(4, 2)]), RangeError);
  assertThrows(() => concatBatches([]), RangeError);
});

Deno.test("concatBatches() keeps the offsets of logs with gaps", () => {
  const gappy = { ...numbered(0, 2), nextOffset: 9, offsets: Float64Array.of(1, 7) };
  const joined = concatBatches([gappy, numbered(9, 2)]);
  assertEquals([...joined.offsets ?? []], [1, 7, 9, 10]);
});

Deno.test("concatBatches() keeps offsets behind a gap at the end of a batch", () => {
  const marked = { ...numbered(0, 2), nextOffset: 3 };
  const marker = { ...numbered(3, 0), nextOffset: 4 };
  const joined = concatBatches([marked, marker, numbered(4, 2)]);
  assertEquals([...joined.offsets ?? []], [0, 1, 4, 5]);
  assertEquals(joined.nextOffset, 6);
});

Deno.test("widenBatch() covers offsets before the first record without moving it", () => {
  const wide = widenBatch(numbered(5, 2), 0);
  assertEquals([wide.startOffset, offsetAt(wide, 0), offsetAt(wide, 1)], [0, 5, 6]);
});

function numbered(start: number, count: number): RecordBatch {
  return batchOf("t", 0, start, Array.from({ length: count }, (_, i) => String(start + i)));
}
