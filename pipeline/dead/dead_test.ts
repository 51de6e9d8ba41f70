import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { Packed } from "../batch.ts";
import type { Broker } from "../broker/broker.ts";
import { EmbeddedBroker } from "../broker/embedded/embedded.ts";
import { ticks } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { DEAD_LETTER_HEADERS, deadLetterQueue, keepLetters } from "../sink/dead_letters.ts";
import type { DeadLetter } from "../sink/sink.ts";
import { createTopics } from "../stream/ingest.ts";
import { TempFolder } from "../testing.ts";
import { exportLetters } from "./export.ts";
import { countLetters } from "./letters.ts";
import { listLetters } from "./list.ts";
import { replayLetters } from "./replay.ts";
import { replayCursor, Replayed } from "./replayed.ts";

/** A log with the topics of ticks. */
async function logOf(folder: TempFolder): Promise<EmbeddedBroker> {
  const broker = new EmbeddedBroker({ path: join(folder.path, "b.sqlite") });
  await createTopics(broker, ticks);
  return broker;
}

const letter = (offset: number, value: string | Uint8Array<ArrayBuffer>): DeadLetter => ({
  topic: "ticks",
  partition: offset % 3,
  offset,
  key: "AAPL",
  value: typeof value === "string" ? new TextEncoder().encode(value) : value,
  reason: offset % 2 ? "odd" : "price is -1",
});

/** The broker, appending by other means. */
function withProduce(broker: Broker, produce: Broker["produce"]): Broker {
  return new Proxy(broker, {
    get: (target, name) => {
      if (name === "produce") return produce;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A row that a source refused, as `ingest` keeps it. */
const row = (line: number, raw: string) => ({
  key: "csv:/p.csv",
  value: new TextEncoder().encode(raw),
  headers: {
    [DEAD_LETTER_HEADERS.sink]: "source csv:/p.csv",
    [DEAD_LETTER_HEADERS.offset]: `line ${line}`,
    [DEAD_LETTER_HEADERS.reason]: "close is -1",
  },
});

/** All values of the topic, in each partition's order. */
async function valuesIn(broker: Broker, topic = "ticks"): Promise<string[]> {
  const { partitions = 0 } = await broker.topic(topic) ?? {};
  const values: string[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    for (let at = 0;;) {
      const batch = await broker.read(topic, partition, at, 1_000);
      if (!batch) break;
      for (let i = 0; i < batch.values.length; i++) {
        values.push(new TextDecoder().decode(batch.values.at(i)));
      }
      at = batch.nextOffset;
    }
  }
  return values;
}

Deno.test("a letter counts once, however many sinks keep it and however often", async () => {
  using folder = new TempFolder();
  await using broker = await logOf(folder);
  const letters = [letter(1, "a"), letter(2, "b"), letter(3, "c")];
  for (const sink of ["lake", "warehouse", "lake"]) await deadLetterQueue(broker, sink)(letters);
  const rows = [row(7, "x"), row(8, "x")];
  await keepLetters(broker, "ticks", [...rows, ...rows]);
  assertEquals(await countLetters(broker, ticks), 5);
  const list = await listLetters(broker, [ticks], {}, 10);
  assertEquals([list.count, list.rows, list.replayed], [5, 2, 0]);
  assertEquals(
    list.reasons.map(({ reason, count }) => [reason, count]).sort(),
    [["close is …", 2], ["odd", 2], ["price is …", 1]],
  );
  const found = list.letters.find(({ offset }) => offset === 2);
  assertEquals(
    [found?.topic, found?.partition, found?.sinks, found?.payload, found?.tries, found?.line],
    ["ticks", 2, ["lake", "warehouse"], "b", 1, null],
  );
  assertEquals(
    list.letters.filter(({ source }) => source !== null).map(({ source, line }) => [source, line]),
    [["csv:/p.csv", "line 8"], ["csv:/p.csv", "line 7"]],
  );
  assertMatch(found?.time ?? "", /^\d{4}-\d\d-\d\dT.*Z$/);
  assertEquals((await listLetters(broker, [ticks], { reason: "ODD" }, 1)).count, 2);
  assertEquals((await listLetters(broker, [ticks], { reason: "ODD" }, 1)).letters.length, 1);
  assertEquals((await listLetters(broker, [ticks], { topic: "ticks" }, 1)).count, 5);
  const error = await assertRejects(
    () => listLetters(broker, [ticks], { topic: "nope" }, 1),
    TickhouseError,
  );
  assertEquals([error.code, error.field], ["OPTION_INVALID", "--topic"]);
});

Deno.test("an export has each payload byte for byte, and leaves a file alone that is there", async () => {
  using folder = new TempFolder();
  await using broker = await logOf(folder);
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const texts = ["\ufeffbom \u0000 é", bytes, "", new Uint8Array(1_200_000).fill(0xff)];
  const letters = texts.map((text, i) => letter(i, text));
  for (const sink of ["lake", "warehouse"]) await deadLetterQueue(broker, sink)(letters);
  const to = join(folder.path, "dead.ndjson");
  assertEquals(await exportLetters(broker, [ticks], {}, to), 4);
  const lines = Deno.readTextFileSync(to).trimEnd().split("\n").map((line) => JSON.parse(line));
  const back = lines.map(({ payload, encoding }) =>
    encoding === "base64" ? Uint8Array.fromBase64(payload) : new TextEncoder().encode(payload)
  );
  assertEquals(back, letters.map(({ value }) => value));
  assertEquals(lines[1].headers, {
    topic: "ticks",
    partition: "1",
    offset: "1",
    reason: "odd",
    sink: "lake",
  });
  assertEquals((Deno.statSync(to).mode ?? 0) & 0o777, 0o600);
  const again = await assertRejects(
    () => exportLetters(broker, [ticks], {}, to),
    TickhouseError,
  );
  assertEquals([again.code, again.field], ["OPTION_INVALID", "--to"]);
  assertEquals(Deno.readTextFileSync(to).trimEnd().split("\n").length, 4);
});

Deno.test("a letter is appended again once, whatever was replayed before it, in parts or by reason", async () => {
  using folder = new TempFolder();
  await using broker = await logOf(folder);
  const bytes = new Uint8Array(700_000).fill(7);
  await deadLetterQueue(broker, "lake")([letter(0, "a"), letter(1, "b"), letter(60_000, bytes)]);
  await keepLetters(broker, "ticks", [row(7, "x")]);
  assertEquals(
    { ...await replayLetters(broker, [ticks], { reason: "odd" }), impossible: 0 },
    { matched: 1, appended: 1, before: 0, rows: 0, impossible: 0 },
  );
  assertEquals(await valuesIn(broker), ["b"]);
  // The other sink was behind, and gives up the same records only now.
  await deadLetterQueue(broker, "warehouse")([letter(0, "a"), letter(1, "b"), letter(2, "c")]);
  const second = await replayLetters(broker, [ticks], {});
  assertEquals([second.matched, second.appended, second.before, second.rows], [5, 3, 1, 1]);
  const third = await replayLetters(broker, [ticks], {});
  assertEquals([third.appended, third.before], [0, 4]);
  const values = await valuesIn(broker);
  assertEquals(values.map((text) => text.slice(0, 1)).sort(), ["\u0007", "a", "b", "c"]);
  assertEquals((await listLetters(broker, [ticks], {}, 9)).replayed, 4);
});

Deno.test("a replay that is cut at any commit is completed by the next, with nothing twice", async () => {
  for (const cut of ["before", "after"] as const) {
    using folder = new TempFolder();
    await using broker = await logOf(folder);
    const letters = Array.from({ length: 2_500 }, (_, i) => letter(i, `v${i}`));
    await deadLetterQueue(broker, "lake")(letters);
    let commits = 0;
    const failing = withProduce(broker, async (...args) => {
      if (commits++ % 2 === 1 && cut === "before") throw new Error("cut");
      await broker.produce(...args);
      if (commits % 2 === 0 && cut === "after") throw new Error("cut");
    });
    let tries = 0;
    for (; tries < 20; tries++) {
      try {
        await replayLetters(failing, [ticks], {});
        break;
      } catch (error) {
        assert(error instanceof Error && error.message === "cut");
      }
    }
    assert(tries > 0 && tries < 20, `${tries} tries`);
    assertEquals((await valuesIn(broker)).toSorted(), letters.map((_, i) => `v${i}`).toSorted());
  }
});

Deno.test("a letter that is too large for the topic with its headers stops no other", async () => {
  using folder = new TempFolder();
  await using broker = await logOf(folder);
  const letters = Array.from(
    { length: 40 },
    (_, i) => letter(i, i === 17 ? "x".repeat(500) : `v${i}`),
  );
  await deadLetterQueue(broker, "lake")(letters);
  const limited = withProduce(broker, async (topic, records, cursor) => {
    const size = records.reduce((sum, { values }) => sum + values.bytes.length, 0);
    if (size > 50) throw new TickhouseError("RECORD_TOO_LARGE", `${size} bytes`, {});
    await broker.produce(topic, records, cursor);
  });
  const { appended, impossible } = await replayLetters(limited, [ticks], {});
  assertEquals([appended, impossible.map(({ place }) => place)], [39, ["ticks/2/17"]]);
  assertEquals((await valuesIn(broker)).length, 39);
  const again = await replayLetters(limited, [ticks], {});
  assertEquals([again.appended, again.before, again.impossible.length], [0, 39, 1]);
});

Deno.test("of two replays at once the later fences the earlier, and nothing is appended twice", async () => {
  using folder = new TempFolder();
  await using broker = await logOf(folder);
  await using other = new EmbeddedBroker({ path: join(folder.path, "b.sqlite") });
  await deadLetterQueue(broker, "lake")(
    Array.from({ length: 3_000 }, (_, i) => letter(i, `v${i}`)),
  );
  await Promise.allSettled([broker, other].map((one) => replayLetters(one, [ticks], {})));
  await replayLetters(broker, [ticks], {});
  const values = await valuesIn(broker);
  assertEquals([values.length, new Set(values).size], [3_000, 3_000]);
});

Deno.test("a letter without payload or key is appended again from the log, while that has it", async () => {
  using folder = new TempFolder();
  await using broker = await logOf(folder);
  const key = "k".repeat(2_000);
  await broker.produce("ticks", [{ key, values: Packed.from(["first", "second"]) }]);
  const partition = (await Promise.all([0, 1, 2, 3].map((p) => broker.offsets("ticks", p))))
    .findIndex(({ next }) => next === 2);
  const bad = { ...letter(1, "second"), partition, key };
  await deadLetterQueue(broker, "lake")([bad, { ...bad, offset: 99 }]);
  const { appended, impossible } = await replayLetters(broker, [ticks], {});
  assertEquals([appended, impossible.map(({ place }) => place)], [1, [`ticks/${partition}/99`]]);
  assertEquals(await valuesIn(broker), ["first", "second", "second"]);
  const last = await broker.read("ticks", partition, 2, 1);
  assertEquals(last?.runs[0]?.headers, { replay_of: `ticks/${partition}/1`, tries: "2" });
});

Deno.test("Replayed keeps any offsets of a block as ranges, and refuses what is no state", () => {
  const offsets = [5, 1, 2, 9, 3];
  const kept = Replayed.parse(String(Replayed.parse(undefined).with(offsets)));
  assertEquals(String(kept), '{"replayed":[[1,4],[5,6],[9,10]]}');
  assertEquals([0, 1, 3, 4, 5, 9, 10].map((offset) => kept.has(offset)), [
    ...[false, true, true, false, true, true, false],
  ]);
  for (const state of ["", "{}", "[]", '{"replayed":[[2,1]]}', '{"replayed":[[0,1e9]]}', "null"]) {
    const refused = () => Replayed.parse(state);
    let code = "";
    try {
      refused();
    } catch (error) {
      code = error instanceof TickhouseError ? error.code : `${error}`;
    }
    assertEquals(code, "LOG_DAMAGED", state);
  }
  const at = (offset: number) => replayCursor({ topic: "t", partition: 2, offset });
  assertEquals([at(0), at(49_999), at(50_000)], ["dead:t/2/0", "dead:t/2/0", "dead:t/2/1"]);
});

Deno.test("reasons that differ in the value only are counted together", async () => {
  using folder = new TempFolder();
  await using broker = await logOf(folder);
  const reasons = [
    'volume is "1.2M": must be a finite number',
    'volume is "3.4 \\"B: x": must be a finite number',
    "volume is -1: must be at least 0",
    "low is 5: must not be more than high, which is 4",
    "low is 7: must not be more than high, which is 6.5",
    "the message is not JSON",
  ];
  await deadLetterQueue(broker, "lake")(
    reasons.map((reason, i) => ({ ...letter(i, "x"), reason })),
  );
  const { reasons: found } = await listLetters(broker, [ticks], {}, 1);
  assertEquals(found.map(({ reason, count, example }) => [reason, count, example]), [
    ["volume is …: must be a finite number", 2, reasons[0]],
    ["low is …: must not be more than high, which is …", 2, reasons[3]],
    ["volume is …: must be at least 0", 1, reasons[2]],
    ["the message is not JSON", 1, reasons[5]],
  ]);
});
