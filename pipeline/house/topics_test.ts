/** Topics of others in a house: previewed, streamed, proven. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { dirname, join } from "node:path";
import { Packed } from "../batch.ts";
import { EmbeddedBroker } from "../broker/embedded/embedded.ts";
import { TickhouseError } from "../errors.ts";
import { topic } from "../source/topic/entry.ts";
import { TempFolder } from "../testing.ts";
import { open } from "./open.ts";

const THEIRS = "market";
const MAPPINGS = [
  {
    name: "trades",
    topic: THEIRS,
    dataset: "ticks",
    skip: { k: ["hb"] },
    when: { k: ["t"] },
    fields: { symbol: "s", price: "p", event_time: { path: "t", format: "ms" } },
  },
  {
    name: "bars",
    topic: THEIRS,
    dataset: "bars",
    skip: { k: "hb" },
    when: { k: "b" },
    fields: {
      symbol: "s",
      bar_interval: { value: "1m" },
      open_time: { path: "t", format: "ms" },
      ...{ open: "ohlc.o", high: "ohlc.h", low: "ohlc.l", close: "ohlc.c" },
    },
  },
];

/** A home whose embedded log has a topic of others, and a file of mappings. */
async function place(folder: TempFolder) {
  const home = join(folder.path, "home");
  const file = join(folder.path, "mappings.json");
  Deno.writeTextFileSync(file, JSON.stringify(MAPPINGS));
  const path = join(home, "broker.sqlite");
  Deno.mkdirSync(dirname(path), { recursive: true });
  await using broker = new EmbeddedBroker({ path });
  await broker.createTopic({ name: THEIRS, partitions: 2 });
  const t = 1_710_163_800_000;
  const ohlc = { o: 1, h: 2, l: 1, c: 0.00000123 };
  const messages = [
    { k: "t", s: "A", p: 1.5, t, extra: 1 },
    { k: "b", s: "A", t, ohlc: { ...ohlc, l: 0.000001 } },
    { k: "hb" },
    { k: "t", s: "B", p: -1, t },
    { k: "t", s: "B", p: 2.5, t: t + 1 },
  ];
  for (const [i, one] of messages.entries()) {
    await broker.produce(THEIRS, [{ key: `k${i}`, values: Packed.from([JSON.stringify(one)]) }]);
  }
  const notes: string[] = [];
  const house = await open({
    home,
    settings: { TICKHOUSE_MAPPINGS: file },
    onNote: (text) => notes.push(text),
  });
  return { house, notes };
}

Deno.test("house.preview() shows what each message would become, and stores nothing", async () => {
  using folder = new TempFolder();
  const { house } = await place(folder);
  await using _ = house;
  const report = await house.preview({ topic: THEIRS, mapping: "trades" });
  const kinds = report.rows.map(({ record, reason }) => record ? "record" : reason).sort();
  assertEquals(kinds, [
    "for another mapping of the topic",
    "record",
    "record",
    "refused: price, from p, is -1: must be more than 0",
    "skipped as declared",
  ]);
  assertMatch(String(report), /nothing was stored/);
  assertMatch(String(report), /left out {3}extra/);
  assertEquals(await house.status(), []);
  const error = await assertRejects(() => house.preview({ topic: THEIRS }), TickhouseError);
  assertMatch(error.message, /--mapping trades or bars/);
});

Deno.test("house.stream({ source: topic() }): two datasets of one topic, proven, said apart", async () => {
  using folder = new TempFolder();
  const { house, notes } = await place(folder);
  await using _ = house;
  // Beside the stream that follows, into the log only.
  const logged = await house.streamIntoLog({
    source: "topic",
    topic: THEIRS,
    mapping: "bars",
    toEnd: true,
  });
  assertEquals(logged, { accepted: 1, refused: 0, skipped: 1 });
  const source = topic(THEIRS, { mapping: "trades", toEnd: true });
  const report = await house.stream({ source, models: false }).report;
  const { reasons, ...counts } = report.read;
  assertEquals([counts, reasons?.length], [{ accepted: 2, refused: 1, skipped: 1 }, 1]);
  assertEquals(report.proven, true);
  assertMatch(
    String(report),
    /^read +2 records, 1 refused, 1 messages skipped as declared$/m,
  );
  assertMatch(notes.join("\n"), /left out, since no column is filled from it: extra/);
  assertMatch(notes.join("\n"), /refused partition \d offset \d: price, from p, is -1/);
  const rows = await house.rows("SELECT symbol, close::VARCHAR AS close FROM bronze.bars");
  assertEquals(rows, [{ symbol: "A", close: "0.000001230000000000" }]);
  const proof = await house.reconcile();
  assert(proof.proven);
});

Deno.test("a file of mappings that can't be read is named", async () => {
  using folder = new TempFolder();
  const { house } = await place(folder);
  await using _ = house;
  const file = join(folder.path, "mappings.json");
  for (const [text, said] of [["{", /is not JSON/], ['{"name": 7}', /name is 7/]] as const) {
    Deno.writeTextFileSync(file, text);
    const error = await assertRejects(() => house.preview({ topic: THEIRS }), TickhouseError);
    assertEquals(error.code, "MAPPING_INVALID");
    assertMatch(error.message, said);
    assert(error.message.includes("mappings.json"));
  }
});

Deno.test("house.preview() says why it proposes nothing", async () => {
  using folder = new TempFolder();
  const { house } = await place(folder);
  await using _ = house;
  await using broker = new EmbeddedBroker({ path: join(folder.path, "home", "broker.sqlite") });
  const avro = Uint8Array.of(0, 0, 0, 0, 7, 2);
  for (
    const [name, values, said] of [
      ["nothing", [], /holds no messages/],
      ["lines", ["AAPL,1.5,2024-03-11"], /no message of it is JSON or Avro/],
      ["avro", [avro], /TICKHOUSE_REGISTRY_URL: the messages are Avro/],
    ] as const
  ) {
    await broker.createTopic({ name, partitions: 1 });
    if (values.length > 0) await broker.produce(name, [{ key: "k", values: Packed.from(values) }]);
    const error = await assertRejects(() => house.preview({ topic: name }), TickhouseError);
    assertMatch(error.message, said);
  }
});

Deno.test("tickhouse's own topics are no topics of others", async () => {
  using folder = new TempFolder();
  const { house } = await place(folder);
  await using _ = house;
  for (const own of ["ticks", "ticks.dead"]) {
    const error = await assertRejects(() => house.preview({ topic: own }), TickhouseError);
    assertMatch(error.message, /tickhouse writes its own records/);
  }
});
