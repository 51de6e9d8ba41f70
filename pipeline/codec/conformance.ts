/**
 * What every codec must do. Each adapter's test calls `codecConformance`.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Packed } from "../batch.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { DATASETS, ticks } from "../datasets/datasets.ts";
import { rowSchema } from "../datasets/zod.ts";
import { texts, validMessage } from "../testing.ts";
import type { Codec } from "./codec.ts";

/** Makes the codec for messages of a dataset. */
export type MakeCodec = (dataset: Dataset) => Promise<Codec>;

/** Text that an encoder or a line reader may stumble over. */
const AWKWARD = [
  "'; DROP TABLE x",
  `"`,
  "\\",
  "ü🚀",
  "\u0000",
  "a\tb",
  "a\nb",
  "\u2028",
  "{}",
  "null",
];

/** Registers the suite under the adapter's name. */
export function codecConformance(name: string, make: MakeCodec): void {
  const test = (behaviour: string, run: (codec: Codec) => Promise<void>) =>
    Deno.test(`${name}: ${behaviour}`, async () => await run(await make(ticks)));

  for (const dataset of DATASETS) {
    Deno.test(`${name}: ${dataset.name} come back as they went`, async () => {
      const codec = await make(dataset);
      const rows = Array.from({ length: 50 }, (_, i) => validMessage(dataset, i));
      const { lines, failures } = await codec.toLines(await encode(codec, dataset, rows), dataset);
      assertEquals(failures.size, 0);
      const schema = rowSchema(dataset);
      for (const [i, line] of texts(lines).entries()) {
        const row = JSON.parse(line);
        assertEquals(row, rows[i]);
        assertEquals(schema.safeParse(row).success, true, line);
      }
    });
  }

  test("text comes back to the last character, on one line", async (codec) => {
    const rows = AWKWARD.map((symbol, i) => ({ ...validMessage(ticks, i), symbol }));
    const { lines } = await codec.toLines(await encode(codec, ticks, rows), ticks);
    assertEquals(texts(lines).map((line) => JSON.parse(line).symbol), AWKWARD);
    for (const line of texts(lines)) assert(!line.includes("\n"), line);
  });

  test("there is exactly one line a message, and none is blank", async (codec) => {
    const good = await encode(codec, ticks, [validMessage(ticks, 0)]);
    const spoilt = [
      good.at(0),
      new Uint8Array(),
      Uint8Array.of(0x20, 0x0d),
      good.at(0),
      Uint8Array.of(0),
      Uint8Array.of(0xff, 0xfe),
      good.at(0).subarray(0, Math.ceil(good.at(0).length / 2)),
      good.at(0),
    ];
    const { lines, failures } = await codec.toLines(Packed.from(spoilt), ticks);
    assertEquals(lines.length, spoilt.length);
    for (const line of texts(lines)) assert(line.trim() !== "", "a blank line");
    const whole = texts(lines);
    for (const good of [0, 3, 7]) assertEquals(whole[good], whole[0]);
    for (const [index, why] of failures) {
      assert(![0, 3, 7].includes(index), `message ${index} is good`);
      assertEquals(whole[index], "null");
      assert(why !== "");
    }
  });

  test("no messages are no lines", async (codec) => {
    assertEquals((await encode(codec, ticks, [])).length, 0);
    assertEquals((await codec.toLines(Packed.from([]), ticks)).lines.length, 0);
  });

  test("a line that is no row is a failure, or is left to the sinks", async (codec) => {
    const good = JSON.stringify(validMessage(ticks, 0));
    const lines = Packed.from([good, `{"symbol":"A`, "null", "5", `{"symbol":7}`, good]);
    const { values, failures } = await codec.fromLines(lines, ticks);
    assertEquals(values.length + failures.size, lines.length);
    for (const [index, why] of failures) {
      assert(index !== 0 && index !== 5, `line ${index} is good`);
      assert(why !== "");
    }
    const { lines: back } = await codec.toLines(values, ticks);
    for (const index of [0, -1]) {
      assertEquals(JSON.parse(texts(back).at(index) ?? ""), validMessage(ticks, 0));
    }
  });
}

async function encode(
  codec: Codec,
  dataset: Dataset,
  rows: readonly Record<string, unknown>[],
): Promise<Packed> {
  const lines = Packed.from(rows.map((row) => JSON.stringify(row)));
  const { values, failures } = await codec.fromLines(lines, dataset);
  assertEquals(failures, new Map());
  return values;
}
