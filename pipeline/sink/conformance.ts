/**
 * What every sink must do. Each adapter's test calls `sinkConformance`.
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { batchUpTo } from "../batch.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { DATASETS, ticks } from "../datasets/datasets.ts";
import { PositionConflict, TickhouseError } from "../errors.ts";
import { batchOf, DeadLetterTrap, validBatch, validMessage } from "../testing.ts";
import type { Sink } from "./sink.ts";

/** A fresh, empty sink for a dataset. */
export interface SinkUnderTest extends AsyncDisposable {
  readonly sink: Sink;
  /** Another sink on the same place, as after a restart or in a second worker. */
  reopen(): Promise<Sink & AsyncDisposable>;
  /** Offsets held of a partition, in no order, repeats included. */
  offsets(partition: number): Promise<number[]>;
}

/** Makes one. */
export type MakeSink = (dataset: Dataset, trap: DeadLetterTrap) => Promise<SinkUnderTest>;

const BAD: readonly (readonly [what: string, message: string | Uint8Array, says: RegExp])[] = [
  ["no JSON", `{"symbol":"A`, /JSON/i],
  ["empty", "", /JSON|empty/i],
  ["blank", "   \r\n ", /JSON|empty|blank/i],
  ["null", "null", /object/i],
  ["an array", "[1,2]", /object/i],
  ["a number", "5", /object/i],
  ["text behind the object", `${messageText({})} x`, /JSON/i],
  ["two objects on a line", messageText({}) + messageText({}), /JSON/i],
  ["two objects on two lines", `${messageText({})}\n${messageText({})}`, /JSON/i],
  ["not UTF-8", Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /UTF-8/i],
  ["a missing price", messageText({ price: undefined }), /price/],
  ["a price of null", messageText({ price: null }), /price/],
  ["a price of zero", messageText({ price: 0 }), /price.*0/],
  ["a negative price", messageText({ price: -1.5 }), /price.*-1\.5/],
  ["an absurd price", messageText({ price: 1e12 }), /price/],
  ["a price of NaN", messageText({ price: 1 }).replace(`"price":1,`, `"price":NaN,`), /NaN|JSON/],
  ["a price that is text", messageText({ price: "cheap" }), /price.*cheap/],
  ["a price that is true", messageText({ price: true }), /price/],
  ["a price that is an object", messageText({ price: { a: 1 } }), /price/],
  ["a negative size", messageText({ size: -1 }), /size.*-1/],
  ["an empty symbol", messageText({ symbol: "" }), /symbol/],
  ["a symbol that is too long", messageText({ symbol: "x".repeat(33) }), /symbol/],
  ["a symbol that is an object", messageText({ symbol: { a: 1 } }), /symbol/],
  ["an event time in milliseconds", messageText({ event_time: 1_763_700_000_000 }), /event_time/],
  ["an event time in the far future", messageText({ event_time: 9e15 }), /event_time/],
];

/** Registers the suite under the adapter's name. */
export function sinkConformance(name: string, make: MakeSink): void {
  const test = (
    behaviour: string,
    run: (under: SinkUnderTest, trap: DeadLetterTrap) => Promise<void>,
  ) =>
    Deno.test(`${name}: ${behaviour}`, async () => {
      const trap = new DeadLetterTrap();
      await using under = await make(ticks, trap);
      await run(under, trap);
    });

  test("position() of a partition never written is 0", async ({ sink }) => {
    assertEquals(await sink.position(ticks.topic, 3), 0);
  });

  test("claim() keeps the first log, and refuses another", async ({ sink, reopen }) => {
    await sink.claim(ticks.topic, "log-1");
    await sink.claim(ticks.topic, "log-1");
    const refused = await assertRejects(() => sink.claim(ticks.topic, "log-2"), TickhouseError);
    assertEquals(refused.code, "LOG_REPLACED");
    await using other = await reopen();
    await other.claim(ticks.topic, "log-1");
    await assertRejects(() => other.claim(ticks.topic, "log-2"), TickhouseError, ticks.topic);
    await other.claim("another_topic", "log-2");
  });

  test("write() keeps the rows and moves the position", async ({ sink, offsets }) => {
    assertEquals(await sink.write([validBatch(ticks, 0, 0, 10)]), { rows: 10, dead: 0 });
    assertEquals(await sink.write([validBatch(ticks, 0, 10, 5)]), { rows: 5, dead: 0 });
    assertEquals(await sink.position(ticks.topic, 0), 15);
    assertEquals((await offsets(0)).sort(ascending), range(0, 15));
  });

  test("write() of several partitions keeps them apart", async ({ sink, offsets }) => {
    await sink.write([validBatch(ticks, 0, 0, 3), validBatch(ticks, 2, 0, 4)]);
    await sink.write([validBatch(ticks, 2, 4, 1), validBatch(ticks, 1, 0, 2)]);
    const positions = await Promise.all([0, 1, 2].map((p) => sink.position(ticks.topic, p)));
    assertEquals(positions, [3, 2, 5]);
    assertEquals((await offsets(2)).sort(ascending), range(0, 5));
  });

  test("write() refuses a batch that does not start at the position", async ({ sink, offsets }) => {
    await sink.write([validBatch(ticks, 0, 0, 10)]);
    for (const start of [0, 5, 9, 11, 100]) {
      const refused = validBatch(ticks, 0, start, 10);
      const error = await assertRejects(() => sink.write([refused]), PositionConflict);
      assertEquals(error.position, 10);
    }
    await assertRejects(() => sink.write([validBatch(ticks, 1, 7, 1)]), PositionConflict);
    assertEquals((await offsets(0)).sort(ascending), range(0, 10));
    assertEquals(await sink.position(ticks.topic, 1), 0);
  });

  test("the same batch again is refused", async ({ sink, offsets }) => {
    const batch = validBatch(ticks, 0, 0, 10);
    await sink.write([batch]);
    await assertRejects(() => sink.write([batch]), PositionConflict);
    assertEquals((await offsets(0)).length, 10);
  });

  test("another opening goes on where this one stood", async ({ sink, reopen, offsets }) => {
    await sink.write([validBatch(ticks, 0, 0, 10)]);
    await using other = await reopen();
    assertEquals(await other.position(ticks.topic, 0), 10);
    await other.write([validBatch(ticks, 0, 10, 10)]);
    await assertRejects(() => sink.write([validBatch(ticks, 0, 10, 3)]), PositionConflict);
    assertEquals(await sink.position(ticks.topic, 0), 20);
    await sink.write([validBatch(ticks, 0, 20, 3)]);
    assertEquals((await offsets(0)).sort(ascending), range(0, 23));
  });

  test("of two workers that write one position, one wins", async ({ sink, reopen, offsets }) => {
    await using other = await reopen();
    for (let round = 0; round < 8; round++) {
      const at = await sink.position(ticks.topic, 0);
      const results = await Promise.allSettled([
        sink.write([validBatch(ticks, 0, at, 3 + round)]),
        other.write([validBatch(ticks, 0, at, 5)]),
      ]);
      assertEquals(results.filter((r) => r.status === "fulfilled").length, 1);
    }
    const position = await sink.position(ticks.topic, 0);
    assertEquals((await offsets(0)).sort(ascending), range(0, position));
  });

  test("a worker that is overtaken while it writes is refused", async (under, trap) => {
    const { sink, reopen, offsets } = under;
    for (const at of [0, 5]) {
      await using other = await reopen();
      const messages = [validMessage(ticks, at), "bad", validMessage(ticks, at + 2)];
      // It stands where it looked, and waits for its dead letter to be kept.
      const held = trap.hold();
      const slow = Promise.allSettled([sink.write([batchOf(ticks.topic, 0, at, messages)])]);
      await Promise.race([held.arrived, slow]);
      await other.write([validBatch(ticks, 0, at, 5)]);
      held.release();
      assertEquals((await slow).map(({ status }) => status), ["rejected"]);
      assertEquals((await offsets(0)).sort(ascending), range(0, at + 5));
      assertEquals(await sink.position(ticks.topic, 0), at + 5);
    }
  });

  for (const [what, message, says] of BAD) {
    test(`a record that is ${what} becomes a dead letter`, async ({ sink, offsets }, trap) => {
      const good = (i: number) => validMessage(ticks, i);
      const batch = batchOf(ticks.topic, 0, 0, [good(0), message, good(2)]);
      assertEquals(await sink.write([batch]), { rows: 2, dead: 1 });
      assertEquals((await offsets(0)).sort(ascending), [0, 2]);
      assertEquals(await sink.position(ticks.topic, 0), 3);
      const [letter] = trap.letters;
      assertEquals([letter?.topic, letter?.partition, letter?.offset], [ticks.topic, 0, 1]);
      const bytes = typeof message === "string" ? new TextEncoder().encode(message) : message;
      assertEquals([...letter?.value ?? []], [...bytes]);
      assertEquals(says.test(letter?.reason ?? ""), true, letter?.reason);
    });
  }

  test("any mixture of good and bad keeps every offset right", async ({ sink, offsets }, trap) => {
    let seed = 7;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const bad = new Set<number>();
    const messages = range(0, 400).map((i) => {
      if (random() > 0.3) return validMessage(ticks, i);
      bad.add(i);
      return BAD[Math.floor(random() * BAD.length)]?.[1] ?? "";
    });
    await sink.write([batchOf(ticks.topic, 1, 0, messages)]);
    assertEquals((await offsets(1)).sort(ascending), range(0, 400).filter((i) => !bad.has(i)));
    assertEquals(trap.letters.map((l) => l.offset).sort(ascending), [...bad].sort(ascending));
  });

  test(
    "a batch of nothing but dead letters moves the position",
    async ({ sink, offsets }, trap) => {
      await sink.write([batchOf(ticks.topic, 0, 0, ["x", "y"])]);
      assertEquals(await sink.position(ticks.topic, 0), 2);
      assertEquals(trap.letters.length, 2);
      assertEquals(await offsets(0), []);
      await sink.write([validBatch(ticks, 0, 2, 1)]);
      assertEquals(await offsets(0), [2]);
    },
  );

  test("while dead letters can't be kept, nothing is written", async ({ sink, offsets }, trap) => {
    // The first is seen to be no row before the read, the second only by it: rows were tried then.
    for (const [i, bad] of ["bad", messageText({ price: "cheap" })].entries()) {
      const start = 2 * i;
      trap.failing = new Error("the dead-letter topic is down");
      const batch = batchOf(ticks.topic, 0, start, [validMessage(ticks, i), bad]);
      await assertRejects(() => sink.write([batch]), Error, "down");
      assertEquals(await sink.position(ticks.topic, 0), start);
      assertEquals(await offsets(0), i === 0 ? [] : [0]);
      trap.failing = undefined;
      assertEquals(await sink.write([batch]), { rows: 1, dead: 1 });
    }
  });

  test("a message over several lines is one row", async ({ sink, offsets }, trap) => {
    const pretty = JSON.stringify(validMessage(ticks, 1), null, 2);
    const messages = [validMessage(ticks, 0), pretty, "", validMessage(ticks, 3)];
    assertEquals(await sink.write([batchOf(ticks.topic, 0, 0, messages)]), { rows: 3, dead: 1 });
    assertEquals((await offsets(0)).sort(ascending), [0, 1, 3]);
    assertEquals(trap.letters.map((l) => l.offset), [2]);
  });

  test("a message of two rows does not make up for a bad one", async ({ sink, offsets }, trap) => {
    const messages = [
      `${messageText({})}\n${messageText({})}`,
      "bad",
      `${messageText({})}\n`,
      "",
      validMessage(ticks, 4),
    ];
    assertEquals(await sink.write([batchOf(ticks.topic, 0, 0, messages)]), { rows: 2, dead: 3 });
    assertEquals((await offsets(0)).sort(ascending), [2, 4]);
    assertEquals(trap.letters.map((l) => l.offset), [0, 1, 3]);
  });

  test("neighbouring fragments of an object are dead letters", async ({ sink, offsets }, trap) => {
    const messages = [validMessage(ticks, 0), "{", "}", "{", validMessage(ticks, 4), "}", "["];
    assertEquals(await sink.write([batchOf(ticks.topic, 0, 0, messages)]), { rows: 2, dead: 5 });
    assertEquals((await offsets(0)).sort(ascending), [0, 4]);
    assertEquals(trap.letters.map((l) => l.offset), [1, 2, 3, 5, 6]);
  });

  test("unknown fields and any order of fields are fine", async ({ sink, offsets }) => {
    const fields = Object.entries(validMessage(ticks, 0)).reverse();
    const message = Object.fromEntries([["extra", { deep: [1] }], ...fields]);
    await sink.write([batchOf(ticks.topic, 0, 0, [message])]);
    assertEquals(await offsets(0), [0]);
  });

  test("a symbol is untrusted text", async ({ sink, offsets }, trap) => {
    const symbols = ["'; DROP TABLE x; --", `"`, "\\", "ü🚀", "\u0000", "a\tb", "%s", "$1", "NULL"];
    const messages = symbols.map((symbol, i) => ({ ...validMessage(ticks, i), symbol }));
    assertEquals((await sink.write([batchOf(ticks.topic, 0, 0, messages)])).rows, symbols.length);
    assertEquals((await offsets(0)).length, symbols.length);
    assertEquals(trap.letters, []);
  });

  test("a log with gaps keeps its offsets", async ({ sink, offsets }) => {
    const batch = validBatch(ticks, 0, 0, 4);
    const gappy = { ...batch, nextOffset: 20, offsets: Float64Array.of(2, 3, 9, 17) };
    await sink.write([gappy]);
    assertEquals((await offsets(0)).sort(ascending), [2, 3, 9, 17]);
    assertEquals(await sink.position(ticks.topic, 0), 20);
  });

  test("a log with a gap after each few records keeps its offsets", async ({ sink, offsets }) => {
    const expected = range(0, 300).map((i) => i + Math.floor(i / 3));
    const gappy = { ...validBatch(ticks, 0, 0, 300), nextOffset: 400 };
    const other = { ...validBatch(ticks, 1, 0, 5), nextOffset: 6 };
    await sink.write([{ ...gappy, offsets: Float64Array.from(expected) }, other]);
    assertEquals((await offsets(0)).sort(ascending), expected);
    assertEquals((await offsets(1)).sort(ascending), range(0, 5));
    assertEquals(await sink.position(ticks.topic, 0), 400);
    assertEquals(await sink.position(ticks.topic, 1), 6);
  });

  test("the first claim() says where the log begins, and no later one", async (under) => {
    const { sink, reopen, offsets } = under;
    await sink.claim(ticks.topic, "log-1", [0, 500, 7]);
    const positions = (of: Sink) =>
      Promise.all([0, 1, 2, 3].map((partition) => of.position(ticks.topic, partition)));
    assertEquals(await positions(sink), [0, 500, 7, 0]);
    await assertRejects(() => sink.write([validBatch(ticks, 1, 0, 600)]), PositionConflict);
    await sink.write([validBatch(ticks, 1, 500, 3)]);
    await using other = await reopen();
    await other.claim(ticks.topic, "log-1", [9, 900, 900]);
    assertEquals(await positions(other), [0, 503, 7, 0]);
    await other.write([validBatch(ticks, 2, 7, 1), validBatch(ticks, 0, 0, 1)]);
    assertEquals((await offsets(1)).sort(ascending), [500, 501, 502]);
    assertEquals([await offsets(2), await offsets(0)], [[7], [0]]);
  });

  test("the first claim() leaves a partition alone that was written before", async ({ sink }) => {
    await sink.write([validBatch(ticks, 0, 0, 10)]);
    await sink.claim(ticks.topic, "log-1", [500, 500]);
    assertEquals(await sink.position(ticks.topic, 0), 10);
    assertEquals(await sink.position(ticks.topic, 1), 500);
  });

  test("a batch cut short is kept as far as it goes", async ({ sink, offsets }) => {
    await sink.write([batchUpTo(validBatch(ticks, 0, 0, 10), 4)]);
    assertEquals((await offsets(0)).sort(ascending), [0, 1, 2, 3]);
  });

  for (const dataset of DATASETS) {
    Deno.test(`${name}: valid ${dataset.name} are rows`, async () => {
      const trap = new DeadLetterTrap();
      await using under = await make(dataset, trap);
      const batch = validBatch(dataset, 0, 0, 50);
      const ordered = { ...batch };
      assertEquals(await under.sink.write([ordered]), { rows: 50, dead: 0 });
      assertEquals((await under.offsets(0)).length, 50);
    });

    for (const [low, high] of dataset.ordered ?? []) {
      Deno.test(`${name}: ${dataset.name} with ${low} above ${high} become dead letters`, async () => {
        const trap = new DeadLetterTrap();
        await using under = await make(dataset, trap);
        const wire = (n: string) => dataset.columns.find((c) => c.name === n)?.wire ?? n;
        const message = { ...validMessage(dataset, 0), [wire(low)]: 9e4, [wire(high)]: 1 };
        const batch = batchOf(dataset.topic, 0, 0, [message]);
        assertEquals(await under.sink.write([batch]), { rows: 0, dead: 1 });
      });
    }
  }

  Deno.test(`${name}: a nullable column takes null, and nothing its type can't read`, async () => {
    const dataset = DATASETS.find((d) => d.name === "bars") ?? ticks;
    const trap = new DeadLetterTrap();
    await using under = await make(dataset, trap);
    const messages = [null, undefined, "12.5", 12.5, "much", true, -1].map((volume, i) => ({
      ...validMessage(dataset, i),
      volume,
    }));
    const report = await under.sink.write([batchOf(dataset.topic, 0, 0, messages)]);
    assertEquals(report, { rows: 4, dead: 3 });
    assertEquals(trap.letters.map((l) => l.offset), [4, 5, 6]);
  });
}

function messageText(change: Record<string, unknown>): string {
  return JSON.stringify({ ...validMessage(ticks, 1), ...change });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function ascending(a: number, b: number): number {
  return a - b;
}
