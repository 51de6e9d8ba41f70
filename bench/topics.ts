/** A topic of others through a mapping, beside the same trades in tickhouse's own format. @module */
import { Packed } from "tickhouse/batch.ts";
import { toJsonLines } from "tickhouse/codec/json.ts";
import { DATASETS, ticks } from "tickhouse/datasets/datasets.ts";
import { brokerPath } from "tickhouse/house/adapters.ts";
import { EmbeddedBroker } from "tickhouse/broker/embedded/embedded.ts";
import { findMapping } from "tickhouse/mapping/find.ts";
import { TopicSource } from "tickhouse/source/topic/topic.ts";
import { createTopics, ingest } from "tickhouse/stream/ingest.ts";
import { LIVE, stream } from "tickhouse/stream/stream.ts";
import { WarehouseSink } from "tickhouse/warehouse/sink.ts";
import { type Figures, Memory, openRig } from "./rig.ts";

const SYMBOLS = 12;
const BATCH = 10_000;
const never = new AbortController().signal;

/** A trade as Binance sends it. */
function theirs(i: number, price: string | number): string {
  const symbol = `SYM${i % SYMBOLS}USDT`;
  const T = 1_710_163_800_000 + i;
  return `{"e":"trade","E":${T},"s":"${symbol}","t":${i},"p":${
    typeof price === "string" ? `"${price}"` : price
  },"q":"0.00100000","T":${T},"m":${i % 2 === 0},"M":true}`;
}

/** The same as a tick of tickhouse's own. */
function own(i: number): string {
  const symbol = `SYM${i % SYMBOLS}USDT`;
  const time = 1_710_163_800_000_000 + i * 1000;
  return `{"symbol":"${symbol}","price":"${
    72_000 + i % 100
  }.10","size":"0.00100000","event_time":${time},` +
    `"source":"binance","trade_id":"${i}","side":"${i % 2 ? "buy" : "sell"}","sequence":"${i}"}`;
}

/** Rates a second: own format into DuckDB, theirs into the log, theirs into DuckDB, with and without doubt. */
export async function topics(messages: number): Promise<Figures> {
  const price = (i: number) => `${72_000 + i % 100}.10`;
  const plain = await journey(messages, own, false);
  const mapped = await journey(messages, (i) => theirs(i, price(i)), true);
  // Of a hundred prices one is of a calculation in doubles: such messages are read by themselves.
  const noisy = await journey(
    messages,
    (i) => theirs(i, i % 100 === 0 ? 72_000.100000000006 : price(i)),
    true,
  );
  return {
    plain: plain.rate,
    relay: mapped.relay,
    mapped: mapped.rate,
    noisy: noisy.relay,
    memory: mapped.memory,
    byObject: await byObject(messages / 10, (i) => theirs(i, price(i))),
  };
}

async function journey(messages: number, make: (i: number) => string, isMapped: boolean) {
  await using rig = await openRig();
  const { broker, warehouse, config } = rig;
  await createTopics(broker, ticks);
  const topic = isMapped ? "their.trades" : ticks.topic;
  if (isMapped) await broker.createTopic({ name: topic, partitions: ticks.partitions });
  for (let i = 0; i < messages; i += BATCH) {
    const values = Array.from({ length: BATCH }, (_, j) => make(i + j));
    await broker.produce(topic, [{ key: `k${i / BATCH}`, values: Packed.from(values) }]);
  }
  const memory = new Memory();
  const source = new TopicSource({
    topic,
    checked: findMapping({ topic, mapping: "binance-trades", declared: [], datasets: DATASETS }),
    open: () => Promise.resolve(new EmbeddedBroker({ path: brokerPath(config) })),
    toLines: toJsonLines,
    toEnd: true,
  });
  const startedAt = performance.now();
  if (isMapped) await ingest({ source, broker, signal: never });
  const relay = performance.now() - startedAt;
  const loadedAt = performance.now();
  const drain = new AbortController();
  let rows = 0;
  await stream({
    broker,
    topic: ticks.topic,
    sink: new WarehouseSink(warehouse, ticks),
    policy: LIVE,
    signal: drain.signal,
    onWrite: (written) => (rows += written.rows) === messages && drain.abort(),
  });
  const load = performance.now() - loadedAt;
  if (rows !== messages) throw new Error(`${rows} rows of ${messages}`);
  const { memory_q1 = 0, memory_q4 = 0 } = memory.stop();
  return {
    rate: messages / (relay + load) * 1000,
    relay: messages / relay * 1000,
    memory: Math.max(memory_q1, memory_q4),
  };
}

/** What a loop over the messages would do, for comparison: the mapping by hand, an object each. */
// deno-lint-ignore require-await
async function byObject(messages: number, make: (i: number) => string): Promise<number> {
  const { values } = { values: Packed.from(Array.from({ length: messages }, (_, i) => make(i))) };
  const decoder = new TextDecoder();
  const startedAt = performance.now();
  const lines: string[] = [];
  for (let i = 0; i < values.length; i++) {
    const { s, p, q, T, m, t } = JSON.parse(decoder.decode(values.at(i)));
    lines.push(JSON.stringify({
      symbol: s,
      price: p,
      size: q,
      event_time: T * 1000,
      source: "binance",
      trade_id: String(t),
      side: m ? "sell" : "buy",
      sequence: t,
    }));
  }
  Packed.from(lines);
  return messages / (performance.now() - startedAt) * 1000;
}
