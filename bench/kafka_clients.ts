/**
 * Kafka's clients beside each other on one broker, in one run: each in a process of its own, one
 * after the other, and Kafka's own tools for measure. Processor time is that of the client's whole
 * process, all threads; the broker shares the machine.
 *
 * It looks into /proc, which no smaller set of permissions allows:
 *
 *     deno run --allow-all bench/kafka_clients.ts [records]
 * @module
 */
import process from "node:process";
import kafkajs from "kafkajs";
import { install } from "services/install.ts";
import { kafkaJava, kafkaRecipe } from "services/kafka/recipe.ts";
import { installLibrdkafka } from "services/librdkafka.ts";
import { startKafka } from "services/mod.ts";
import { Packed } from "tickhouse/batch.ts";
import type { KeyedValues } from "tickhouse/broker/broker.ts";
import { KafkaBroker, type KafkaBrokerOptions, type KafkaClient } from "tickhouse/broker/kafka.ts";
import { number, print, table } from "tickhouse/cli/console.ts";

const TOPIC = "bench";
const PARTITIONS = 6;
const SYMBOLS = 60;
/** Records of one `produce`, and how many of those are under way. */
const RECORDS_A_CALL = 6_000;
const CALLS = 4;
const CLIENTS = ["librdkafka", "platformatic", "kafkajs"] as const;
const ROUNDS = 3;

/** What a client does. */
interface Job {
  readonly verb: "produce" | "consume" | "bare";
  readonly options: KafkaBrokerOptions;
  readonly topic: string;
  readonly records: number;
}

/** Wall-clock seconds, processor seconds, MiB at the most. */
interface Figures {
  readonly wall: number;
  readonly cpu: number;
  readonly mib: number;
}

/** One line of JSON of 126 bytes. */
function line(index: number): string {
  const head = `{"symbol":"S${index % SYMBOLS}","price":${100 + index % 900}.25,"size":${
    index % 500
  }`;
  const tail = `,"event_time":${1_763_700_000_000_000 + index},"source":"bench","trade_id":"`;
  return `${head}${tail}${String(index).padStart(124 - head.length - tail.length, "0")}"}`;
}

/** One call's records: all symbols, some values each. */
function callRecords(): KeyedValues[] {
  return Array.from({ length: SYMBOLS }, (_, s) => ({
    key: `S${s}`,
    values: Packed.from(
      Array.from({ length: RECORDS_A_CALL / SYMBOLS }, (_, i) => line(s + i * SYMBOLS)),
    ),
  }));
}

/** Measures from when it is made. */
class Meter {
  readonly #startedAt = performance.now();
  readonly #cpu = process.cpuUsage();

  stop(): Figures {
    const { user, system } = process.cpuUsage(this.#cpu);
    const peak = /VmHWM:\s+(\d+) kB/.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
    const wall = (performance.now() - this.#startedAt) / 1000;
    return { wall, cpu: (user + system) / 1e6, mib: Number(peak) / 1024 };
  }
}

async function produce({ options, topic, records }: Job): Promise<Figures> {
  await using broker = await KafkaBroker.open(options);
  const call = callRecords();
  await broker.produce(topic, call); // Connected, and compiled a little.
  const meter = new Meter();
  let left = records - RECORDS_A_CALL;
  const worker = async () => {
    while (left > 0) {
      left -= RECORDS_A_CALL;
      await broker.produce(topic, call);
    }
  };
  await Promise.all(Array.from({ length: CALLS }, worker));
  return meter.stop();
}

async function consume({ options, topic, records }: Job): Promise<Figures> {
  await using broker = await KafkaBroker.open(options);
  const position = () => Promise.resolve(0);
  const group = crypto.randomUUID();
  await using consumer = await broker.consumer({ group, topic, position });
  const meter = new Meter();
  for (let count = 0; count < records;) {
    const batches = await consumer.poll({ maxRecords: 20_000, waitMs: 5_000 });
    for (const { values } of batches) count += values.length;
  }
  return meter.stop();
}

/** kafkajs's own consumer, which throws the records away. */
async function bare({ options, topic, records }: Job): Promise<Figures> {
  const kafka = new kafkajs.Kafka({ brokers: [...options.brokers], logLevel: 1 });
  const { lz4 } = (await import("@platformatic/kafka")).compressionsAlgorithms;
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = () => ({
    compress: () => Promise.reject(new Error("reads only")),
    decompress: (bytes: Parameters<typeof lz4.decompressSync>[0]) =>
      Promise.resolve(lz4.decompressSync(bytes)),
  });
  const consumer = kafka.consumer({ groupId: crypto.randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const joined = Promise.withResolvers<Meter>();
  consumer.on("consumer.group_join", () => joined.resolve(new Meter()));
  const all = Promise.withResolvers<void>();
  let count = 0;
  await consumer.run({
    partitionsConsumedConcurrently: PARTITIONS,
    eachBatch: ({ batch }) => {
      count += batch.messages.length;
      if (count >= records) all.resolve();
      return Promise.resolve();
    },
  });
  const meter = await joined.promise;
  await all.promise;
  const figures = meter.stop();
  await consumer.disconnect();
  return figures;
}

async function runJob(job: Job): Promise<Figures> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--quiet", import.meta.filename ?? "", JSON.stringify(job)],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`${job.verb} with ${job.options.client} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** One of Kafka's own tools; its processor time is all of Java's, the start included. */
async function runJava(
  args: readonly string[],
): Promise<{ text: string; cpu: number; mib: number }> {
  const java = await kafkaJava(await install(kafkaRecipe), ["-Xmx512m"]);
  const child = new Deno.Command("java", {
    args: [...java.options, "-cp", java.classPath, ...args],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let stat = "";
  let status = "";
  const timer = setInterval(() => {
    try {
      stat = Deno.readTextFileSync(`/proc/${child.pid}/stat`);
      const text = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      if (text.includes("VmHWM")) status = text; // Not once it has ended.
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }, 20);
  const { success, stdout } = await child.output();
  clearInterval(timer);
  if (!success) throw new Error(`${args[0]} failed`);
  const [user = 0, system = 0] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13)
    .map(Number);
  const mib = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  return { text: new TextDecoder().decode(stdout), cpu: (user + system) / 100, mib };
}

async function javaProduce(servers: string, topic: string, records: number): Promise<Figures> {
  const file = Deno.makeTempFileSync({ prefix: "tickhouse-bench-" });
  Deno.writeTextFileSync(
    file,
    Array.from({ length: RECORDS_A_CALL }, (_, i) => line(i)).join("\n"),
  );
  const { text, ...rest } = await runJava([
    ...["org.apache.kafka.tools.ProducerPerformance", "--topic", topic, "--payload-file", file],
    ...["--num-records", `${records}`, "--throughput", "-1", "--producer-props", "acks=all"],
    ...[`bootstrap.servers=${servers}`, "compression.type=lz4", "linger.ms=5"],
  ]);
  Deno.removeSync(file);
  const rate = Number(/([\d.]+) records\/sec[^\n]*\n?$/.exec(text.trim())?.[1]);
  return { ...rest, wall: records / rate };
}

async function javaConsume(servers: string, topic: string, records: number): Promise<Figures> {
  const { text, ...rest } = await runJava([
    ...["org.apache.kafka.tools.ConsumerPerformance", "--topic", topic, "--hide-header"],
    ...["--bootstrap-server", servers, "--num-records", `${records}`, "--timeout", "60000"],
  ]);
  // start.time, end.time, MB, MB/s, records, records/s, rebalance ms, fetch ms, MB/s, records/s
  const fields = text.trim().split("\n").at(-1)?.split(",") ?? [];
  return { ...rest, wall: records / Number(fields[9]) };
}

/** The middle one of the rounds, by time. */
function median(all: readonly Figures[]): Figures {
  const sorted = all.toSorted((a, b) => a.wall - b.wall);
  return sorted[Math.floor(sorted.length / 2)] ?? { wall: NaN, cpu: NaN, mib: NaN };
}

async function main(records: number): Promise<void> {
  const libraryPath = await installLibrdkafka();
  await using kafka = await startKafka({ javaOptions: ["-Xms512m", "-Xmx512m"] });
  const servers = kafka.brokers.join(",");
  const options = (client: KafkaClient) => ({ brokers: kafka.brokers, client, libraryPath });
  await using broker = await KafkaBroker.open({ brokers: kafka.brokers });
  const newTopic = async (name: string) => {
    await broker.createTopic({ name, partitions: PARTITIONS });
    return name;
  };
  const source = await newTopic(TOPIC);
  await runJob({ verb: "produce", options: options("librdkafka"), topic: source, records });
  const runs: [string, (round: number) => Promise<Figures>][] = [
    ...CLIENTS.map((client): typeof runs[number] => [
      `produce: ${client}`,
      async (round) => {
        const topic = await newTopic(`${client}-${round}`);
        // kafkajs takes long: less of it tells as much.
        const fewer = client === "kafkajs" ? records / 5 : records;
        const figures = await runJob({
          verb: "produce",
          options: options(client),
          topic,
          records: fewer,
        });
        const scale = records / fewer;
        return { ...figures, wall: figures.wall * scale, cpu: figures.cpu * scale };
      },
    ]),
    [
      "produce: kafka-producer-perf-test (no keys)",
      async (round) => await javaProduce(servers, await newTopic(`java-${round}`), records),
    ],
    ...(["librdkafka", "platformatic"] as const).map((client): typeof runs[number] => [
      `consume: ${client === "platformatic" ? "default (own fetches)" : client}`,
      () => runJob({ verb: "consume", options: options(client), topic: source, records }),
    ]),
    [
      "consume: kafkajs, bare",
      () => runJob({ verb: "bare", options: options("kafkajs"), topic: source, records }),
    ],
    ["consume: kafka-consumer-perf-test", () => javaConsume(servers, source, records)],
  ];
  const figures = new Map<string, Figures[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of runs) {
      console.error(`round ${round + 1}: ${name}; load ${Deno.loadavg()[0]?.toFixed(1)}`);
      figures.set(name, [...figures.get(name) ?? [], await run(round)]);
    }
  }
  const rows = [...figures].map(([name, all]) => {
    const { wall, cpu, mib } = median(all);
    const best = Math.max(...all.map((one) => records / one.wall));
    const cells = [number(records / wall), number(best), (cpu / records * 1e6).toFixed(1)];
    return [name, ...cells, number(mib)];
  });
  print(
    `${number(records)} records of ${line(0).length} B, ${PARTITIONS} partitions, one broker, ` +
      `${navigator.hardwareConcurrency} cores shared with it; ${ROUNDS} rounds`,
  );
  print(table(["client", "records/s (median)", "best", "processor µs a record", "MiB"], rows));
}

const [first] = Deno.args;
if (first?.startsWith("{")) {
  const job: Job = JSON.parse(first);
  const verbs = { produce, consume, bare };
  print(JSON.stringify(await verbs[job.verb](job)));
  Deno.exit(0);
}
await main(Number(first ?? 1_000_000));
