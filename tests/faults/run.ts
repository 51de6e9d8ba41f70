/**
 * One run: a seed, a log, a lake and a warehouse of its own on the servers that all runs share.
 * @module
 */
import { Producer } from "@platformatic/kafka";
import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { countOf, type KeyedValues, offsetAt, Packed, runAt } from "tickhouse/batch.ts";
import { KafkaBroker } from "tickhouse/broker/kafka/kafka.ts";
import { CURSOR_TOPIC } from "tickhouse/broker/kafka/cursors.ts";
import { partitionOf } from "tickhouse/broker/partitioner.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { deadLetterTopic } from "tickhouse/datasets/dataset.ts";
import { messageOf, TickhouseError } from "tickhouse/errors.ts";
import { warehousePath } from "tickhouse/read/home.ts";
import { Random } from "tickhouse/source/simulator/random.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { type DataOptions, makeSends, type Message, type Send, visible } from "./data.ts";
import { commandLine, type End, type Finished, type Memory, WorkerProcess } from "./process.ts";
import { codecOf, type Defect, type Hooks, type Job, type StorePlace, work } from "./work.ts";
import { patiently, type World } from "./world.ts";

/** A record as the log holds it. */
export interface LogRecord {
  readonly partition: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a run leaves behind, whatever becomes of it. */
export interface Journal {
  readonly strikes: string[];
  readonly excuses: string[];
  readonly notes: string[];
}

/** Milliseconds without a heartbeat after which the group goes on. */
const SESSION_MS = 3_000;
/** Errors of servers that are away. */
const UNREACHED = /\b(KAFKA_UNREACHABLE|KAFKA_ERROR|KAFKA_REPLICAS|STORE_UNAVAILABLE)\b/;
/** Ways of appending, the more often the more frequent. */
const HOWS: readonly Send["how"][] = [
  "plain",
  "plain",
  "plain",
  "transaction",
  "transaction",
  "aborted",
];

/** What a kind works with. */
export class Run implements AsyncDisposable {
  readonly seed: number;
  readonly world: World;
  readonly random: Random;
  readonly name: string;
  readonly prefix: string;
  readonly folder = new TempFolder();
  readonly memory: Memory;
  readonly broker: KafkaBroker;
  /** Partitions of the topic; a kind that recreates the topic says how many it has then. */
  partitions: number;
  /** The faults that really struck. */
  readonly strikes: string[];
  /** How work ended that another run's blow was too much for. */
  readonly excuses: string[];
  /** What was decided, for the report of a failure. */
  readonly notes: string[];
  /** Messages that readers must see, by their bytes. */
  readonly produced = new Map<string, Message>();
  /** The Schema Registry, for messages in Avro. */
  registryUrl: string | undefined;
  /** Planted in each worker, to see that the checks find it. */
  defect: Defect | undefined;
  readonly #closing = new AsyncDisposableStack();
  /** Blows to this run come after it. */
  readonly #mark: number;
  /** Valid messages so far, by key. */
  readonly #trades = new Map<string, number>();
  #sent = 0;
  #clients = 0;

  private constructor(
    world: World,
    seed: number,
    memory: Memory,
    name: string,
    broker: KafkaBroker,
    journal: Journal,
  ) {
    this.strikes = journal.strikes;
    this.excuses = journal.excuses;
    this.notes = journal.notes;
    this.world = world;
    this.#mark = world.mark();
    this.seed = seed;
    this.memory = memory;
    this.random = Random.seeded(seed);
    this.name = name;
    this.prefix = `${name}.`;
    this.broker = broker;
    this.partitions = 1 + this.random.below(3);
  }

  /** Makes the topics of the run. */
  static async open(world: World, seed: number, memory: Memory, journal: Journal): Promise<Run> {
    const name = world.name(seed);
    const broker = await patiently(() =>
      KafkaBroker.open({
        brokers: world.kafka.brokers,
        clientId: `${name}-harness`,
        prefix: `${name}.`,
      })
    );
    const run = new Run(world, seed, memory, name, broker, journal);
    const { partitions } = run;
    // Made while a broker is away they would have fewer copies, and refuse all while the next one is.
    await world.inTurn(async () => {
      await patiently(() => broker.createTopic({ name: ticks.topic, partitions }));
      for (const name of [deadLetterTopic(ticks.topic), CURSOR_TOPIC]) {
        await patiently(() => broker.createTopic({ name, partitions: 1 }));
      }
    });
    return run;
  }

  /** A whole number from `from` to `to`. */
  between(from: number, to: number): number {
    return from + this.random.below(to - from + 1);
  }

  /** One of them. */
  pick<T>(values: readonly T[]): T {
    const value = values[this.random.below(values.length)];
    if (value === undefined) throw new RangeError("nothing to pick from");
    return value;
  }

  /** Says what was decided. */
  note(text: string): void {
    this.notes.push(text);
  }

  /** Counts a fault that really struck. */
  struck(what: string): void {
    this.strikes.push(what);
  }

  /** Disposed of with the run. */
  use<T extends AsyncDisposable | Disposable>(thing: T): T {
    return this.#closing.use(thing);
  }

  /** Appends what the seed chooses. */
  async produce(
    options: Partial<DataOptions> = {},
    codec = codecOf({}),
    hows: readonly Send["how"][] = HOWS,
  ): Promise<void> {
    const messages = options.messages ?? this.between(100, 400);
    const keys = options.keys ?? this.between(2, 9);
    const bad = options.bad ?? this.pick([0, 0.005, 0.02]);
    this.note(`${messages} messages of ${keys} keys, ${bad} bad, ${this.partitions} partitions`);
    const data = { ...options, messages, keys, bad };
    const sends = makeSends(this.random, this.#trades, data, hows);
    const encoded = async ({ text }: Message) => {
      const packed = Packed.from([text]);
      // What is no tick goes out as it is: a producer of another kind wrote it.
      const { values, failures } = await codec.fromLines(packed, ticks);
      return failures.size > 0 ? packed : values;
    };
    for (const { how, messages } of sends) {
      const records: KeyedValues[] = [];
      for (const message of messages) {
        const values = await encoded(message);
        records.push({ key: message.key, values });
        if (how !== "aborted") this.produced.set(latin1(values.at(0)), message);
      }
      if (how === "plain") await this.#append(records);
      else if (how === "aborted") await this.#abort(records);
      else await this.#transact(records, String(this.produced.size));
    }
    this.#sent += visible(sends).length;
    if (this.produced.size !== this.#sent) throw new Error("two messages are equal");
  }

  /** Appends some more. */
  async produceMore(): Promise<void> {
    await this.produce({ messages: this.between(30, 100) });
  }

  /** What a worker is told, unless the kind says otherwise. */
  job(more: Partial<Job> = {}): Job {
    return {
      clientId: `${this.name}-worker${++this.#clients}`,
      brokers: this.world.kafka.brokers,
      prefix: this.prefix,
      rollRecords: 60,
      rollMs: 200,
      sessionTimeoutMs: SESSION_MS,
      ...(this.defect ? { defect: this.defect } : {}),
      ...more,
    };
  }

  /** The lake of this run, perhaps behind a proxy. */
  lake(endpoint = this.world.minio.endpoint, more: Partial<StorePlace> = {}): StorePlace {
    const { variables } = this.world.minio;
    return {
      endpoint,
      bucket: "raw",
      accessKey: variables["TICKHOUSE_S3_ACCESS_KEY"] ?? "",
      secretKey: variables["TICKHOUSE_S3_SECRET_KEY"] ?? "",
      prefix: `${this.name}/`,
      ...more,
    };
  }

  /** The file of this run's warehouse. */
  get warehouse(): string {
    Deno.mkdirSync(this.home, { recursive: true });
    return warehousePath(this.home);
  }

  /** The folder of it. */
  get home(): string {
    return join(this.folder.path, "home");
  }

  /** Lake, warehouse or both, as the seed chooses. */
  ends(): Pick<Job, "store" | "warehouse"> {
    const ends = this.pick(["lake", "warehouse", "both"]);
    this.note(ends);
    return {
      ...(ends === "warehouse" ? {} : { store: this.lake() }),
      ...(ends === "lake" ? {} : { warehouse: this.warehouse }),
    };
  }

  /** A worker in this process. */
  async work(job: Job, hooks: Hooks = {}): Promise<End> {
    return await endOf(() => work(job, hooks));
  }

  /** A worker in this process that must come to a good end, if need be at another start. */
  async complete(job: Job): Promise<void> {
    const end = await this.work(job);
    if (this.isExcused(end)) await this.complete(job);
    else assertEquals(end, {});
  }

  /**
   * Whether a server that another run hurts was away for longer than the work waits for it. It
   * says so and ends, as it must.
   */
  isExcused({ code = "", message = "" }: End): boolean {
    const isExcused = UNREACHED.test(code) && this.world.isHurtSince(this.#mark, this.seed);
    if (isExcused) this.excuses.push(message);
    return isExcused;
  }

  /** A worker in a process of its own. */
  async start(): Promise<WorkerProcess> {
    const worker = this.use(new WorkerProcess(this.memory));
    await worker.ready();
    return worker;
  }

  /** A verb of the command line, as a user runs it; `fileKib` limits the size of its files. */
  async cli(
    args: readonly string[],
    { store, warehouse }: Pick<Job, "store" | "warehouse">,
    fileKib?: number,
  ): Promise<Finished> {
    const sinks = [...(store ? ["lake"] : []), ...(warehouse ? ["warehouse"] : [])];
    const env = {
      TICKHOUSE_BROKER: "kafka",
      TICKHOUSE_KAFKA_BROKERS: this.world.kafka.brokers.join(","),
      TICKHOUSE_KAFKA_PREFIX: this.prefix,
      ...this.world.minio.variables,
      TICKHOUSE_LAKE_PREFIX: `${this.name}/`,
      TICKHOUSE_SINKS: sinks.join(","),
      TICKHOUSE_HOME: this.home,
      TICKHOUSE_PARTITIONS: String(this.partitions),
      TICKHOUSE_ROUTE: "",
    };
    const { folder, world } = this;
    for (;;) {
      const mark = world.mark();
      const finished = await commandLine(args, env, this.memory, folder.path, fileKib);
      // A verb that meets a dying broker says so and ends: that is another run's fault.
      const isHit = UNREACHED.test(finished.err) && world.isHurtSince(mark);
      if (!isHit) return finished;
    }
  }

  /** All committed records of a topic, in order. */
  read(topic: string, partitions = this.partitions): Promise<LogRecord[]> {
    return patiently(() => this.#read(topic, partitions));
  }

  async #read(topic: string, partitions: number): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      let { earliest: at } = await this.broker.offsets(topic, partition);
      for (;;) {
        const batch = await this.broker.read(topic, partition, at, 10_000);
        if (!batch) break;
        for (let i = 0; i < countOf(batch); i++) {
          const { headers = {} } = runAt(batch, i);
          records.push({
            partition,
            offset: offsetAt(batch, i),
            bytes: batch.values.at(i),
            headers,
          });
        }
        at = batch.nextOffset;
      }
    }
    return records;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing[Symbol.asyncDispose]();
    const topics = await patiently(() => this.world.cluster.topics());
    const own = topics.filter(({ name }) => name.startsWith(this.prefix));
    await this.world.deleteTopics(own.map(({ name }) => name));
    await this.broker[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }

  /** Without a cursor; should that fail, the log tells what is there already. */
  async #append(records: readonly KeyedValues[]): Promise<void> {
    let rest = records;
    await this.#again(
      () => this.broker.produce(ticks.topic, rest),
      async () => {
        const log = await this.read(ticks.topic);
        const there = new Set(log.map(({ bytes }) => latin1(bytes)));
        rest = rest.filter(({ values }) => !there.has(latin1(values.at(0))));
        return rest.length === 0;
      },
    );
  }

  /** With a cursor, which tells whether a transaction that failed took effect. */
  async #transact(records: readonly KeyedValues[], state: string): Promise<void> {
    const source = "harness";
    await this.#again(
      () => this.broker.produce(ticks.topic, records, { source, state }),
      async () => await this.broker.cursor(source) === state,
    );
  }

  /** In a transaction that is given up: readers must never see it. */
  async #abort(records: readonly KeyedValues[]): Promise<void> {
    const messages = records.map(({ key, values }) => ({
      topic: this.prefix + ticks.topic,
      partition: partitionOf(key, this.partitions),
      key: Buffer.from(key),
      value: Buffer.from(values.at(0)),
    }));
    // What one producer could not give up, the next one of its name does.
    await patiently(async () => {
      const producer = new Producer({
        clientId: `${this.name}-aborting`,
        bootstrapBrokers: [...this.world.kafka.brokers],
        idempotent: true,
        acks: -1,
        transactionalId: `${this.prefix}aborting`,
        retries: 100,
        retryDelay: 50,
      });
      try {
        const transaction = await producer.beginTransaction({ producerId: -1n, producerEpoch: -1 });
        await transaction.send({ messages });
        await transaction.abort();
      } finally {
        await producer.close();
      }
    });
  }

  /** Another run's blow may fail a call of the harness: again, unless that took effect. */
  async #again(call: () => Promise<void>, isDone: () => Promise<boolean>): Promise<void> {
    try {
      return await call();
    } catch (error) {
      if (!this.world.isHurtSince(this.#mark)) throw error;
      this.note(`appended again after: ${messageOf(error)}`);
    }
    await patiently(async () => {
      if (!await isDone()) await call();
    });
  }
}

/** How the work ended. */
export async function endOf(run: () => Promise<void>): Promise<End> {
  try {
    await run();
    return {};
  } catch (error) {
    if (error instanceof TickhouseError) return { code: error.code, message: error.message };
    const stack = error instanceof Error ? String(error.stack) : messageOf(error);
    return { code: "UNEXPECTED", message: stack };
  }
}

/** Bytes as text, one character each: a key for maps. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
