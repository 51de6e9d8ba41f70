import { assertEquals, assertRejects } from "@std/assert";
import { jsonCodec } from "../codec/json.ts";
import { ticks } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { batchOf, DeadLetterTrap, TempFolder, validMessage } from "../testing.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { Decoder } from "./decoder.ts";
import { Spool } from "./spool.ts";
import { writeRows } from "./write_rows.ts";

const GOOD = [validMessage(ticks, 0), validMessage(ticks, 1), validMessage(ticks, 2)];
const MIXED = [...GOOD, { ...validMessage(ticks, 3), price: -1 }, validMessage(ticks, 4)];

/** Runs `writeRows` over the messages; `keep` may fail. Returns what was called, in order. */
async function write(
  messages: readonly (string | Record<string, unknown>)[],
  keepFails: (call: number) => Error | undefined = () => undefined,
  trap = new DeadLetterTrap(),
) {
  using folder = new TempFolder();
  using spool = new Spool(folder.path);
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  const calls: string[] = [];
  let keeps = 0;
  const deadLetters = (letters: Parameters<typeof trap.queue>[0]) => {
    calls.push(`dead ${letters.map((letter) => letter.offset)}`);
    return trap.queue(letters);
  };
  const tools = {
    decoder: new Decoder(ticks, jsonCodec, spool),
    session,
    deadLetters,
    ingestTimeUs: 0,
  };
  const keep = async (rows: string, count: number) => {
    const failure = keepFails(++keeps);
    if (failure) throw failure;
    const { rows: [row] } = await session.query(`SELECT count(*) FROM (${rows})`);
    calls.push(`keep ${row?.[0]} of ${count}`);
    return Number(row?.[0]);
  };
  const run = () => writeRows([batchOf(ticks.topic, 0, 0, messages)], tools, keep);
  return { calls, report: await run().catch((error: Error) => error) };
}

Deno.test("writeRows() of valid records takes one pass", async () => {
  const { calls, report } = await write(GOOD);
  assertEquals(report, { rows: 3, dead: 0 });
  assertEquals(calls, ["keep 3 of 3"]);
});

Deno.test("writeRows() keeps the dead letters, then the rows, and tells how many must be kept", async () => {
  const { calls, report } = await write(MIXED);
  assertEquals(report, { rows: 4, dead: 1 });
  assertEquals(calls, ["keep 4 of 5", "dead 3", "keep 4 of 4"]);
  // What can be seen to be no row is not tried first.
  assertEquals((await write([...GOOD, "bad"])).calls, ["dead 3", "keep 3 of 3"]);
});

Deno.test("writeRows() keeps no rows while the dead letters can't be kept", async () => {
  const trap = new DeadLetterTrap();
  trap.failing = new Error("the topic is down");
  const { calls, report } = await write(MIXED, undefined, trap);
  assertEquals([(report as Error).message, calls.at(-1)], ["the topic is down", "dead 3"]);
});

Deno.test("writeRows() makes no dead letters of a keep that fails for another reason", async () => {
  for (const message of ["IO Error: No space left on device", "FATAL Error: invalidated"]) {
    for (const failingCall of [1, 2]) {
      const fails = (call: number) => call === failingCall ? new Error(message) : undefined;
      const { calls, report } = await write(failingCall === 1 ? GOOD : MIXED, fails);
      assertEquals((report as Error).message, message);
      assertEquals(calls.filter((call) => call.startsWith("dead")).length, failingCall - 1);
    }
  }
});

Deno.test("writeRows() passes a conflict on at once", async () => {
  const conflict = new TickhouseError("POSITION_CONFLICT", "elsewhere");
  const { calls, report } = await write(MIXED, () => conflict);
  assertEquals([report, calls], [conflict, []]);
});

Deno.test("writeRows() refuses to call it done when the numbers do not add up", async () => {
  using folder = new TempFolder();
  using spool = new Spool(folder.path);
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  const tools = {
    decoder: new Decoder(ticks, jsonCodec, spool),
    session,
    deadLetters: new DeadLetterTrap().queue,
    ingestTimeUs: 0,
  };
  const error = await assertRejects(
    () => writeRows([batchOf(ticks.topic, 0, 0, GOOD)], tools, () => Promise.resolve(1)),
    TickhouseError,
    "3 records became 1 rows",
  );
  assertEquals(error.code, "DECODE_MISCOUNT");
});
