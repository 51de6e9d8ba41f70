/**
 * Dead letters always fit, and live as long as the records they stand for.
 * @module
 */
import { Admin } from "@platformatic/kafka";
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { Packed, type RecordBatch } from "tickhouse/batch.ts";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { deadLetterTopic } from "tickhouse/datasets/dataset.ts";
import { ticks } from "tickhouse/datasets/ticks.ts";
import { listLetters } from "tickhouse/dead/list.ts";
import { replayLetters } from "tickhouse/dead/replay.ts";
import { deadLetterQueue, lettersOf } from "tickhouse/sink/dead_letters.ts";
import { LakeSink } from "tickhouse/lake/lake.ts";
import { Random } from "tickhouse/source/simulator/random.ts";
import { DirectoryStore } from "tickhouse/store/directory.ts";
import { createTopics } from "tickhouse/stream/ingest.ts";
import { LIVE, stream } from "tickhouse/stream/stream.ts";
import { TempFolder, validMessage } from "tickhouse/testing.ts";
import { freshBroker, freshPrefix, sharedKafka } from "./rig.ts";

const kafka = sharedKafka();
const DEAD = deadLetterTopic(ticks.topic);
/** What the dead-letter topic takes at once; the topic of the records has Kafka's default. */
const LETTERS_MAX = 20_000;

async function withAdmin(work: (admin: Admin) => Promise<unknown>): Promise<void> {
  const { brokers } = await kafka();
  const admin = new Admin({ clientId: "raw", bootstrapBrokers: [...brokers] });
  await work(admin);
  await admin.close();
}

/** A topic with a setting of its own, made beside tickhouse. */
async function make(name: string, partitions: number, setting: string, value: string) {
  const configs = [{ name: setting, value }];
  await withAdmin((admin) =>
    admin.createTopics({ topics: [name], partitions, replicas: 1, configs })
  );
}

Deno.test("bad records near the topic's limit stop no stream, whatever the letters' limit", async () => {
  using folder = new TempFolder();
  const prefix = freshPrefix();
  await make(prefix + DEAD, 1, "max.message.bytes", String(LETTERS_MAX));
  await using under = await freshBroker(await kafka(), { prefix });
  const { broker } = under;
  await createTopics(broker, ticks);
  const random = Random.seeded(1);
  const noise = Uint8Array.from({ length: 1_000_000 }, () => 32 + random.below(90));
  // The second is small for Kafka only as it lies in the log: compressed.
  const bad = [noise, new Uint8Array(2_500_000).fill(65), Uint8Array.of(66)];
  const good = JSON.stringify(validMessage(ticks, 1));
  for (const value of bad) {
    await broker.produce(ticks.topic, [{ key: "k", values: Packed.from([value]) }]);
  }
  await broker.produce(ticks.topic, [{ key: "k", values: Packed.from([good]) }]);

  const store = new DirectoryStore(join(folder.path, "lake"));
  const deadLetters = deadLetterQueue(broker, "lake");
  await using sink = await LakeSink.open({
    store,
    dataset: ticks,
    codec: jsonCodec,
    deadLetters,
  });
  const stop = new AbortController();
  let rows = 0;
  const onWrite = (report: { rows: number }) => {
    rows += report.rows;
    if (rows === 1) stop.abort();
  };
  await stream({ broker, topic: ticks.topic, sink, policy: LIVE, signal: stop.signal, onWrite });

  const batches: RecordBatch[] = [];
  for (let at = 0;;) {
    const batch = await broker.read(DEAD, 0, at, 1_000);
    if (!batch) break;
    batches.push(batch);
    at = batch.nextOffset;
  }
  const kept = new Map(
    lettersOf(batches).map(({ headers, value }) => [headers["offset"], value]),
  );
  assertEquals([...kept.keys()].map(Number).toSorted(), [0, 1, 2]);
  for (const [offset, value] of bad.entries()) assertEquals(kept.get(`${offset}`), value);
});

Deno.test("createTopics() keeps dead letters as long as the records of a topic that is there", async () => {
  for (const [retention, expected] of [["-1", Infinity], ["999999999999", 999999999999]] as const) {
    const prefix = freshPrefix();
    await make(prefix + ticks.topic, 2, "retention.ms", retention);
    await using under = await freshBroker(await kafka(), { prefix });
    await createTopics(under.broker, ticks, 1_000);
    assertEquals(await under.broker.retention(DEAD), expected);
  }
});

Deno.test("a letter is appended again to Kafka once, in the transaction that notes it", async () => {
  await using under = await freshBroker(await kafka(), { prefix: freshPrefix() });
  const { broker } = under;
  await createTopics(broker, ticks);
  const letters = Array.from({ length: 1_500 }, (_, i) => ({
    ...{ topic: ticks.topic, partition: 0, offset: i, key: `k${i % 7}`, reason: "odd" },
    value: new TextEncoder().encode(`v${i}`),
  }));
  for (const sink of ["lake", "warehouse"]) await deadLetterQueue(broker, sink)(letters);
  const first = await replayLetters(broker, [ticks], {});
  assertEquals([first.matched, first.appended], [1_500, 1_500]);
  const second = await replayLetters(broker, [ticks], {});
  assertEquals([second.appended, second.before], [0, 1_500]);
  const { count, replayed } = await listLetters(broker, [ticks], {}, 1);
  assertEquals([count, replayed], [1_500, 1_500]);
  const values: string[] = [];
  for (let partition = 0; partition < ticks.partitions; partition++) {
    for (let { earliest: at } = await broker.offsets(ticks.topic, partition);;) {
      const batch = await broker.read(ticks.topic, partition, at, 1_000);
      if (!batch) break;
      for (let i = 0; i < batch.values.length; i++) {
        values.push(new TextDecoder().decode(batch.values.at(i)));
      }
      at = batch.nextOffset;
    }
  }
  assertEquals(values.toSorted(), letters.map((_, i) => `v${i}`).toSorted());
});
