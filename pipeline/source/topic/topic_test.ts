import { assert, assertEquals, assertRejects } from "@std/assert";
import { jsonCodec } from "../../codec/json.ts";
import { TickhouseError } from "../../errors.ts";
import { ticks } from "../../datasets/ticks.ts";
import { ingest } from "../../stream/ingest.ts";
import { texts } from "../../testing.ts";
import { Others, plainTick, THEIRS } from "./fixture.ts";

const never = () => new AbortController().signal;

/** What is in tickhouse's own topic. */
async function stored(others: Others): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (let partition = 0; partition < ticks.partitions; partition++) {
    for (let offset = 0;;) {
      const batch = await others.broker.read("ticks", partition, offset, 1000);
      if (!batch) break;
      rows.push(...texts(batch.values).map((text) => JSON.parse(text)));
      offset = batch.nextOffset;
    }
  }
  return rows;
}

Deno.test("TopicSource: each message is taken once, also by runs that are cut short", async () => {
  await using others = await Others.open();
  for (let i = 0; i < 90; i++) await others.send([plainTick(i)], `k${i % 9}`);
  const { broker } = others;
  for (let run = 0; run < 6; run++) {
    const stop = new AbortController();
    const source = others.source("plain-ticks", { batchMessages: 4 });
    let batches = 0;
    const report = await ingest({
      source,
      broker,
      codec: jsonCodec,
      signal: stop.signal,
      onBatch: () => ++batches === 3 && run < 5 && stop.abort(),
    });
    if (run < 5) assert(report.accepted <= 12);
  }
  const rows = await stored(others);
  assertEquals(rows.length, 90);
  assertEquals(new Set(rows.map(({ trade_id }) => trade_id)).size, 90);
  assertEquals(new Set(rows.map(({ price }) => price)).size, 90);
});

Deno.test("TopicSource: what is skipped, refused and left out is said and counted", async () => {
  await using others = await Others.open(1);
  const match = {
    type: "match",
    trade_id: 10,
    side: "sell",
    size: "5.23512",
    price: "400.23",
    product_id: "BTC-USD",
    sequence: 50,
    time: "2024-03-11T14:30:00.123456Z",
    maker_order_id: "x",
  };
  const heartbeat = { type: "heartbeat", product_id: "BTC-USD" };
  await others.send([match, heartbeat, heartbeat, { ...match, price: "0" }, "{"]);
  const { broker } = others;
  const source = others.source("coinbase-matches");
  const report = await ingest({ source, broker, signal: never() });
  const { reasons, ...counts } = report;
  assertEquals([counts, reasons?.length], [{ accepted: 1, refused: 2, skipped: 2 }, 2]);
  assertEquals(others.notes.slice(-1), [
    "5 messages read: 1 records, 2 messages skipped as declared, 2 refused",
  ]);
  assert(others.notes.some((note) => note.endsWith("filled from it: maker_order_id")));
  assert(others.notes.some((note) => note.startsWith("refused partition 0 offset 3: price is")));
  const letters = await broker.read("ticks.dead", 0, 0, 10);
  assertEquals(letters && texts(letters.values)[1], "{");
});

Deno.test("TopicSource: times without a zone are noted once, unless the mapping says it", async () => {
  await using others = await Others.open();
  const local = { symbol: "AAPL", price: 1, timestamp: "2024-03-11 14:30:00" };
  await others.send([local, local, local]);
  const noted = () => others.notes.filter((note) => note.includes("taken for UTC")).length;
  const read = async (mapping: Parameters<Others["source"]>[0]) => {
    await Array.fromAsync(others.source(mapping, { batchMessages: 1 }).read(undefined, never()));
  };
  await read("plain-ticks");
  assertEquals(noted(), 1);
  await read({
    name: "zoned",
    dataset: "ticks",
    time_zone: "Europe/Berlin",
    fields: { symbol: "symbol", price: "price", event_time: "timestamp" },
  });
  assertEquals(noted(), 1);
});

Deno.test("TopicSource: messages that are gone before they were read are no silence", async () => {
  await using others = await Others.open(1);
  await others.send([plainTick(0), plainTick(1)]);
  const [first] = await Array.fromAsync(others.source("plain-ticks").read(undefined, never()));
  const log = {
    topic: (name: string) => others.broker.topic(name),
    topics: () => others.broker.topics(),
    offsets: () => Promise.resolve({ earliest: 7, next: 9 }),
    read: () => Promise.resolve(undefined),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const open = () => Promise.resolve(log);
  const error = await assertRejects(
    () => Array.fromAsync(others.source("plain-ticks", { open }).read(first?.state, never())),
    TickhouseError,
    "5 offsets from 2 on were never read",
  );
  assertEquals(error.code, "TOPIC_EXPIRED");
  const anew = others.source("plain-ticks", { open, beginAnew: true });
  await Array.fromAsync(anew.read(first?.state, never()));
  assert(others.notes.some((note) => note.includes("5 offsets from 2 on were never read")));
});

Deno.test("TopicSource: a topic that was created again is refused", async () => {
  await using others = await Others.open(1);
  await others.send([plainTick(0)]);
  const [first] = await Array.fromAsync(others.source("plain-ticks").read(undefined, never()));
  const state = { ...JSON.parse(first?.state ?? ""), id: "another" };
  const error = await assertRejects(
    () => Array.fromAsync(others.source("plain-ticks").read(JSON.stringify(state), never())),
    TickhouseError,
  );
  assertEquals(error.code, "LOG_REPLACED");
});

Deno.test("TopicSource: it goes on as messages come, until it is stopped", async () => {
  await using others = await Others.open();
  const stop = new AbortController();
  const { broker } = others;
  const source = others.source("plain-ticks", { toEnd: false });
  const seen: number[] = [];
  const running = ingest({
    source,
    broker,
    signal: stop.signal,
    onBatch: ({ accepted }) => {
      seen.push(accepted);
      if (accepted === 5) stop.abort();
    },
  });
  for (let i = 0; i < 5; i++) await others.send([plainTick(i)], `k${i}`);
  assertEquals((await running).accepted, 5);
  assertEquals(seen.at(-1), 5);
});

Deno.test("TopicSource: a topic that is not there is named", async () => {
  await using others = await Others.open();
  const source = others.source("plain-ticks", { topic: "none" });
  const error = await assertRejects(
    () => Array.fromAsync(source.read(undefined, never())),
    TickhouseError,
    `there are ${THEIRS}`,
  );
  assertEquals([error.code, error.field], ["TOPIC_UNKNOWN", "topic"]);
});

Deno.test("TopicSource: a mapping that has changed is said", async () => {
  await using others = await Others.open(1);
  await others.send([plainTick(0)]);
  const fields = { symbol: "symbol", price: "price", event_time: "timestamp" };
  const mapping = { name: "mine", dataset: "ticks", fields };
  const [first] = await Array.fromAsync(others.source(mapping).read(undefined, never()));
  const changed = { ...mapping, time_zone: "UTC" };
  await Array.fromAsync(others.source(changed).read(first?.state, never()));
  assert(others.notes.some((note) => note.startsWith("the mapping has changed")));
});
