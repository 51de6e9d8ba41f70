import { assert, assertEquals, assertRejects } from "@std/assert";
import { Packed } from "../../batch.ts";
import { type Addressed, type Append, bytesIn, cut, type Piece, recordsIn } from "./producer.ts";
import { type Request, SendQueue } from "./send_queue.ts";

function addressed(key: string, values: readonly (string | Uint8Array)[]): Addressed {
  return { key, partition: 0, values: Packed.from(values) };
}

function numbers(count: number, width = 1): string[] {
  return Array.from({ length: count }, (_, i) => String(i).padStart(width, "0"));
}

/** The values of the pieces, in order. */
function valuesOf(pieces: readonly Piece[]): string[] {
  const decoder = new TextDecoder();
  return pieces.flatMap(({ record, from, to }) =>
    Array.from({ length: to - from }, (_, i) => decoder.decode(record.values.at(from + i)))
  );
}

Deno.test("cut() keeps all values in order, in requests that have a limit", () => {
  const records = [
    addressed("a", numbers(12_000)),
    addressed("b", []),
    addressed("c", ["", ...numbers(300, 10_000)]),
    addressed("d", [new Uint8Array(3_000_000), "small"]),
    addressed("e", ["last"]),
  ];
  const requests = cut({ topic: "t", records });
  const expected = records.flatMap((record) =>
    valuesOf([{ record, from: 0, to: record.values.length, bytes: 0 }])
  );
  assertEquals(requests.flatMap(valuesOf), expected);
  for (const request of requests) {
    assert(recordsIn(request) <= 5_000 && recordsIn(request) > 0);
    assert(
      bytesIn(request) <= 700 * 1024 || recordsIn(request) === 1,
      "only one that is too large",
    );
  }
  const total = records.reduce((sum, { values }) => sum + values.bytes.length, 0);
  assertEquals(requests.reduce((sum, request) => sum + bytesIn(request), 0), total);
  assertEquals(cut({ topic: "t", records: [] }), []);
});

Deno.test("SendQueue: what is pushed while a request is out goes out together, in order", async () => {
  const sent: string[][] = [];
  let release = Promise.withResolvers<void>();
  const queue = new SendQueue(async ({ pieces }) => {
    sent.push(valuesOf(pieces));
    await release.promise;
  });
  const push = (value: string) => queue.push({ topic: "t", records: [addressed("k", [value])] });
  const pushed = ["1", "2", "3"].map(push);
  release.resolve();
  await Promise.all(pushed);
  assertEquals(sent, [["1"], ["2", "3"]]);
  release = Promise.withResolvers();
  release.resolve();
  await push("4");
  assertEquals(sent.at(-1), ["4"]);
});

Deno.test("SendQueue: topics do not mix, and one that failed is not gone on with", async () => {
  const sent: Request[] = [];
  const queue = new SendQueue((request) => {
    sent.push(request);
    const failed = sent.length === 1 ? new Error("refused") : undefined;
    return failed ? Promise.reject(failed) : Promise.resolve();
  });
  const large: Append = { topic: "t", records: [addressed("k", numbers(12_000))] };
  const failing = assertRejects(() => queue.push(large), Error, "refused");
  const other = queue.push({ topic: "u", records: [addressed("k", ["u"])] });
  await Promise.all([failing, other]);
  assertEquals(sent.map(({ topic, pieces }) => [topic, recordsIn(pieces)]), [["t", 5000], [
    "u",
    1,
  ]]);
  await queue.push({ topic: "t", records: [] });
  assertEquals(sent.length, 2);
});

Deno.test("SendQueue: what is pushed later goes out later, however much is waiting", async () => {
  const sent: string[] = [];
  const gate = Promise.withResolvers<void>();
  const queue = new SendQueue(async ({ pieces }) => {
    await gate.promise;
    sent.push(...valuesOf(pieces));
  });
  const push = (value: string) => queue.push({ topic: "t", records: [addressed("k", [value])] });
  const first = push("0").then(() => push("last"));
  const others = Array.from({ length: 2_000 }, (_, i) => push(String(i + 1)));
  gate.resolve();
  await Promise.all([first, ...others]);
  assertEquals(sent, [...Array.from({ length: 2_001 }, (_, i) => String(i)), "last"]);
});
