/** Each message is judged alone: what it becomes never depends on what is beside it. */
import { assertEquals } from "@std/assert";
import { concatBatches, type RecordBatch } from "../batch.ts";
import { toJsonLines } from "../codec/json.ts";
import { ticks } from "../datasets/datasets.ts";
import { Workbench } from "../decode/workbench.ts";
import { MESSAGE_BYTES_MAX } from "../datasets/dataset.ts";
import { Random } from "../source/simulator/random.ts";
import { batchOf } from "../testing.ts";
import { checkMapping, type Mapping } from "./mapping.ts";
import { Mapper } from "./mapper.ts";

const FIELDS = { symbol: "s", price: "p", size: "q", event_time: { path: "t", format: "ms" } };
const SINGLE: Mapping = { name: "single", dataset: "ticks", skip: { k: ["x"] }, fields: FIELDS };
const LISTS: Mapping = {
  name: "lists",
  dataset: "ticks",
  fields: {
    symbol: "d[].s",
    price: "d[].p",
    size: "d[].q",
    event_time: { path: "d[].t", format: "ms" },
    trade_id: "d[].id",
  },
};
const SEEDS = [1, 2, 3, 4, 5, 6];

const record = (n: number) =>
  `{"s":"SYM${n % 3}","p":${n % 7 ? 100 + n / 8 : "0.30000000000000004"},"q":"${n}.5","t":${
    1710163800000 + n
  },"id":${n % 5 ? n : "12345678901234567890"},"u":{"deep":[1,{"a":null}]}}`;
const single = (n: number) => n % 11 === 3 ? `{"k":"x"}` : record(n);
const list = (n: number) =>
  `{"d":[${Array.from({ length: n % 4 }, (_, i) => record(n + i)).join(",")}]}`;

const PIECES = ['"', "{", "}", "[", "]", ",", "\\", "\n", "\u0000", "\u0001", "\\u0001", "\\ud800"]
  .concat(["null", "1e999", "-0", "NaN", "\ufeff", "é", "\u2028", '"s":1,', "//", " "]);

/** The message with some of it cut, doubled or replaced. */
function mangled(message: string, random: Random): string | Uint8Array {
  const at = random.below(message.length);
  const length = 1 + random.below(6);
  const piece = PIECES[random.below(PIECES.length)] ?? "";
  switch (random.below(6)) {
    case 0:
      return message.slice(0, at);
    case 1:
      return message.slice(0, at) + message.slice(at + length);
    case 2:
      return message.slice(0, at) + piece + message.slice(at);
    case 3:
      return message.slice(0, at) + piece + message.slice(at + length);
    case 4:
      return message + message;
    default: {
      const bytes = new TextEncoder().encode(message);
      bytes[at] = random.below(256);
      return bytes;
    }
  }
}

/** What the batch becomes: records and refusals, as text. */
async function outcome(bench: Workbench, mapping: Mapping, batch: RecordBatch) {
  const checked = checkMapping(mapping, ticks, "theirs");
  const { session, spool } = bench;
  const mapper = new Mapper({ checked, toLines: toJsonLines, session, spool, origin: "theirs" });
  const { records, refused, skipped, messages } = await mapper.map(batch);
  const decoder = new TextDecoder();
  const lines = records.flatMap(({ key, values }) =>
    Array.from({ length: values.length }, (_, i) => {
      const row = JSON.parse(decoder.decode(values.at(i)));
      // What looked twice at a number writes it as text.
      const cells = Object.entries(row).filter(([, cell]) => cell !== null)
        .map(([name, cell]) => [name, Number.isFinite(Number(cell)) ? Number(cell) : cell]);
      return JSON.stringify([key, cells.sort()]);
    })
  );
  return {
    lines: lines.sort(),
    refused: refused.map(({ at, reason }) => `${at}: ${reason}`).sort(),
    skipped,
    messages,
  };
}

for (const mapping of [SINGLE, LISTS]) {
  for (const seed of SEEDS) {
    Deno.test(`Mapper: mangled messages, seed ${seed}, ${mapping.name}: a batch against its parts`, async () => {
      await using bench = await Workbench.open();
      const random = Random.seeded(seed);
      const make = mapping === SINGLE ? single : list;
      const messages = Array.from(
        { length: 60 },
        (_, n) => random.below(3) === 0 ? mangled(make(n), random) : make(n),
      );
      const parts = messages.map((message, n) => batchOf("theirs", 0, n, [message]));
      const whole = await outcome(bench, mapping, concatBatches(parts));
      const each = [];
      for (const part of parts) each.push(await outcome(bench, mapping, part));
      assertEquals(whole, {
        lines: each.flatMap(({ lines }) => lines).sort(),
        refused: each.flatMap(({ refused }) => refused).sort(),
        skipped: each.reduce((sum, { skipped }) => sum + skipped, 0),
        messages: messages.length,
      });
    });
  }
}

for (
  const [what, from, to, price] of [
    ["NaN where nothing is read", '"u"', '"v":NaN,"w"', 100.125],
    ["NaN for a size", '"q":"1.5"', '"q":NaN', 100.125],
    ["NaN for a price", '"p":100.125', '"p":NaN', undefined],
    ["Infinity for a price", '"p":100.125', '"p":-Infinity', undefined],
    ["NaN for a symbol", '"s":"SYM1"', '"s":NaN', undefined],
    ["the text NaN for a symbol", '"s":"SYM1"', '"s":"NaN"', 100.125],
    ["a comma behind the last", "}]}}", "}]},}", 100.125],
  ] as const
) {
  Deno.test(`Mapper: ${what} is the same beside whatever message`, async () => {
    await using bench = await Workbench.open();
    const message = record(1).replace(from, to);
    assertEquals(message === record(1), false);
    // Alone, beside a good one, one in doubt, and one that is no JSON.
    for (const beside of [[], [record(2)], [record(7)], ["{"], ["{", record(7)]]) {
      const batch = batchOf("theirs", 0, 0, [message, ...beside]);
      const { lines, refused } = await outcome(bench, SINGLE, batch);
      const own = lines.filter((line) => line.includes('theirs/0/0"'));
      assertEquals(own.length, price === undefined ? 0 : 1, refused.join());
      const told = refused.filter((text) => text.startsWith("partition 0 offset 0:"));
      assertEquals(told.length, 1 - own.length);
    }
  });
}

Deno.test("Mapper: messages that are hard to read are refused, and harm no other", async () => {
  await using bench = await Workbench.open();
  const tick = record(1);
  const many = (text: string, bytes: number) => text.repeat(bytes / text.length);
  const hard = [
    `{"a":${many("[", 1e6)}${many("]", 1e6)}}`,
    many("[", 1e5),
    tick.replace('"u"', `"v":[${many("1,", MESSAGE_BYTES_MAX - 2000)}1],"w"`),
    tick.replace('"u"', `"v":"${many("x", MESSAGE_BYTES_MAX)}","w"`),
    many("\u0001", MESSAGE_BYTES_MAX - 10),
    tick.replace('"u"', '"v":"\\ud800","w"'),
    tick.replace('"SYM1"', '"A\\u0000B"'),
    tick.replace('"u"', '"\\ud800":1,"w"'),
  ];
  for (const message of hard) {
    const { lines, messages } = await outcome(
      bench,
      SINGLE,
      batchOf("theirs", 0, 0, [tick, message, tick, tick.replace("112.5", "0.1")]),
    );
    assertEquals(messages, 4);
    assertEquals(lines.filter((line) => line.includes("SYM1")).length >= 3, true);
  }
});
