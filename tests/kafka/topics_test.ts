/**
 * Topics as other people's producers fill them, by Confluent's client for Python: three partitions,
 * no keys. What they hold reaches lake and warehouse by a mapping, each message once.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import type { Kafka } from "services/mod.ts";
import { open } from "tickhouse/house/open.ts";
import { programIn, pythonEnvironment } from "tickhouse/install/python.ts";
import { topic } from "tickhouse/source/topic/entry.ts";
import { KafkaBroker } from "tickhouse/broker/kafka/kafka.ts";
import { sourceConformance } from "tickhouse/source/conformance.ts";
import { TopicSource } from "tickhouse/source/topic/topic.ts";
import { findMapping } from "tickhouse/mapping/find.ts";
import { DATASETS } from "tickhouse/datasets/datasets.ts";
import { toJsonLines } from "tickhouse/codec/json.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { sharedKafka } from "./rig.ts";

const kafka = sharedKafka();
const PACKAGES = ["confluent-kafka==2.16.1"];
const MESSAGES = join(import.meta.dirname ?? "", "messages");

/** Makes a topic of three partitions and lets Confluent's client fill it. */
async function filled(under: Kafka, file: string, times = 1): Promise<string> {
  const name = `${file}-${crypto.randomUUID().slice(0, 8)}`;
  await using broker = await KafkaBroker.open({ brokers: under.brokers });
  await broker.createTopic({ name, partitions: 3 });
  const folder = await pythonEnvironment({ name: "confluent-kafka-2.16.1", packages: PACKAGES });
  const script = join(import.meta.dirname ?? "", "produce.py");
  const path = join(MESSAGES, `${file}.ndjson`);
  const { success, stderr } = await new Deno.Command(programIn(folder, "python"), {
    args: [script, under.brokers.join(","), name, path, String(times)],
    stderr: "piped",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return name;
}

/** A house on the cluster: its own log there too, or embedded beside it. */
async function houseOn(folder: TempFolder, broker: "kafka" | "embedded", notes: string[] = []) {
  const { brokers } = await kafka();
  return await open({
    home: join(folder.path, "home"),
    settings: {
      TICKHOUSE_BROKER: broker,
      TICKHOUSE_KAFKA_BROKERS: brokers.join(","),
      TICKHOUSE_KAFKA_PREFIX: `${crypto.randomUUID().slice(0, 8)}.`,
    },
    onNote: (text) => notes.push(text),
  });
}

const TICKS =
  `SELECT symbol, price::VARCHAR, size::VARCHAR, event_time::VARCHAR, source, trade_id, side,
  sequence::INTEGER FROM bronze.ticks ORDER BY event_time, price`;

for (
  const [file, mapping, sql, expected] of [
    ["tutorial-ticks", "plain-ticks", TICKS, [
      ["AAPL", "231.57000000", null, "2024-03-11 14:30:00", "TOPIC", "PLACE", null, null],
      ["MSFT", "427.90000000", null, "2024-03-11 14:30:02", "TOPIC", "PLACE", null, null],
      ["AAPL", "231.61000000", null, "2024-03-11 14:30:04", "TOPIC", "PLACE", null, null],
    ]],
    ["binance-trades", "binance-trades", TICKS, [[
      "BTCUSDT",
      "72000.10000000",
      "0.00100000",
      "2024-03-11 13:30:00.12",
      "binance",
      "12345",
      "sell",
      12345,
    ]]],
    ["coinbase-matches", "coinbase-matches", TICKS, [[
      "BTC-USD",
      "400.23000000",
      "5.23512000",
      "2024-03-11 14:30:00.123456",
      "coinbase",
      "10",
      "buy",
      50,
    ]]],
    [
      "finnhub-quotes-with-symbol",
      "finnhub-quotes",
      "SELECT symbol, c::DOUBLE, pc::DOUBLE, t::VARCHAR, source FROM bronze.quotes",
      [["AAPL", 191.5, 190, "2024-03-11 13:30:00", "finnhub"]],
    ],
  ] as const
) {
  for (const log of ["kafka", "embedded"] as const) {
    Deno.test(`${file} reach the warehouse as they are meant, over a log that is ${log}`, async () => {
      using folder = new TempFolder();
      const name = await filled(await kafka(), file);
      const notes: string[] = [];
      await using house = await houseOn(folder, log, notes);
      const run = house.stream({ source: topic(name, { mapping, toEnd: true }), models: false });
      const report = await run.report;
      assertEquals([report.read.refused, report.proven], [0, true], notes.join("\n"));
      assertEquals(report.read.skipped, file === "coinbase-matches" ? 1 : undefined);
      const { rows } = await house.query(sql);
      const plain = rows.map((row) =>
        row.map((cell) => {
          const text = String(cell);
          if (text.startsWith(`${name}#`)) return "PLACE";
          return text === name ? "TOPIC" : cell;
        })
      );
      assertEquals(plain, expected.map((row) => [...row]));
      assertEquals((await house.reconcile()).proven, true);
      const again = await house.stream({ source: topic(name, { mapping, toEnd: true }) }).report;
      assertEquals(again.read.accepted, 0);
      if (file === "tutorial-ticks") {
        assertEquals(notes.filter((text) => text.includes("taken for UTC")).length, 1);
      }
      if (mapping === "finnhub-quotes") {
        assert(notes.some((text) => text.endsWith("no column is filled from it: fetched_at")));
      }
    });
  }
}

Deno.test("index-rows need no mapping: preview says so, and a stream takes them", async () => {
  using folder = new TempFolder();
  const under = await kafka();
  const name = await filled(under, "index-rows");
  await using house = await open({
    home: join(folder.path, "home"),
    settings: {
      TICKHOUSE_BROKER: "kafka",
      TICKHOUSE_KAFKA_BROKERS: under.brokers.join(","),
      TICKHOUSE_TOPICS: `index_bars=${name}`,
      TICKHOUSE_SINKS: "warehouse",
    },
  });
  await using other = await houseOn(folder, "embedded");
  assertEquals((await other.preview({ topic: name })).fits, "index_bars");
  const run = house.stream({ source: null, seconds: 4, models: false });
  assertEquals((await run.report).proven, true);
  const { rows } = await house.query(`SELECT index, close::DOUBLE FROM bronze.index_bars`);
  assertEquals(rows, [["HSI", 2568.300049]]);
});

Deno.test("a relay that is stopped again and again takes each message once", async () => {
  using folder = new TempFolder();
  const times = 4_000;
  const name = await filled(await kafka(), "tutorial-ticks", times);
  await using house = await houseOn(folder, "kafka");
  let total = 0;
  for (let i = 0; i < 3; i++) {
    const run = house.stream({
      source: topic(name, {
        mapping: "plain-ticks",
        toEnd: true,
        ...(i < 2 ? { limit: 3_000 } : {}),
      }),
      models: false,
    });
    const report = await run.report;
    assertEquals(report.proven, true);
    total += report.read.accepted;
  }
  assertEquals(total, 3 * times);
  const { rows } = await house.query(
    "SELECT count(*), count(DISTINCT trade_id), count(DISTINCT _topic) FROM bronze.ticks",
  );
  assertEquals(rows, [[3 * times, 3 * times, 1]]);
});

Deno.test("preview takes part in no group and stores nothing", async () => {
  using folder = new TempFolder();
  const under = await kafka();
  const name = await filled(under, "coinbase-matches");
  await using house = await houseOn(folder, "embedded");
  await using broker = await KafkaBroker.open({ brokers: under.brokers });
  const topics = async () => (await broker.topics()).map((one) => one.name).sort();
  const before = await topics();
  const report = await house.preview({ topic: name });
  assertEquals([report.builtIn, report.partitions, report.rows.length], ["coinbase-matches", 3, 2]);
  assertEquals([...Deno.readDirSync(folder.path)].length, 0);
  assertEquals(await topics(), before);
});

sourceConformance("TopicSource on Kafka", async () => {
  const { brokers } = await kafka();
  conformed ??= filled(await kafka(), "tutorial-ticks", 20);
  const name = await conformed;
  return new TopicSource({
    topic: name,
    checked: findMapping({
      topic: name,
      mapping: "plain-ticks",
      declared: [],
      datasets: DATASETS,
    }),
    open: () => KafkaBroker.open({ brokers }),
    toLines: toJsonLines,
    toEnd: true,
    batchMessages: 9,
  });
});
let conformed: Promise<string> | undefined;
