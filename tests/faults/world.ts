/**
 * The servers that all runs of a suite share: three Kafka brokers behind proxies, and MinIO.
 * @module
 */
import { assert } from "@std/assert";
import { delay, retry, RetryError } from "@std/async";
import { type Kafka, type Minio, startKafka, startMinio, startRegistry } from "services/mod.ts";
import type { Service } from "services/mod.ts";
import { KafkaCluster } from "tickhouse/broker/kafka/cluster.ts";
import { KafkaProxy } from "./kafka_proxy.ts";

/** Milliseconds to wait after a broker is back before the next one may be hurt. */
const RECOVERY_MS = 1_500;
/** Milliseconds after which clients and brokers have got over it, too. */
const AFTERMATH_MS = 15_000;

/** A fault that strikes every run under way. */
export interface Blow {
  readonly seed: number;
  readonly what: string;
  /** By the monotonic clock; not yet set while it strikes. */
  overAt?: number;
}

/** Servers, and the order in which they are hurt. */
export class World implements AsyncDisposable {
  readonly kafka: Kafka;
  readonly minio: Minio;
  readonly proxy: KafkaProxy;
  /** Looks at and changes the cluster from outside. */
  readonly cluster: KafkaCluster;
  /** All blows so far. */
  readonly blows: Blow[] = [];
  #registry: Promise<Service> | undefined;
  #turn: Promise<void> = Promise.resolve();
  #count = 0;

  private constructor(kafka: Kafka, minio: Minio, proxy: KafkaProxy) {
    this.kafka = kafka;
    this.minio = minio;
    this.proxy = proxy;
    this.cluster = new KafkaCluster({ brokers: kafka.brokers, clientId: "faults-world" });
  }

  /** Starts all but the registry. */
  static async start(): Promise<World> {
    const proxy = new KafkaProxy();
    const [kafka, minio] = await Promise.all([
      startKafka({
        brokers: 3,
        advertised: (node, port) => proxy.add(node, port),
        // Each run has topics of its own, which go when it ends.
        properties: { "log.segment.delete.delay.ms": 1000, "log.index.size.max.bytes": 65536 },
      }),
      startMinio(),
    ]);
    return new World(kafka, minio, proxy);
  }

  /** The URL of the Schema Registry, which starts when it is first asked for. */
  async registryUrl(): Promise<string> {
    this.#registry ??= startRegistry();
    return (await this.#registry).variables["TICKHOUSE_REGISTRY_URL"] ?? "";
  }

  /** A name that no other run of this world has. */
  name(seed: number): string {
    return `s${seed}-${++this.#count}`;
  }

  /** Hurts a server that all runs use; one blow at a time. */
  async strike(blow: Blow, hurt: () => Promise<void>): Promise<void> {
    await this.inTurn(async () => {
      this.blows.push(blow);
      try {
        await hurt();
        await delay(RECOVERY_MS);
      } finally {
        blow.overAt = performance.now();
      }
    });
  }

  /** One after the other: blows, and what is done between them, while all servers are there. */
  async inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    await mine;
  }

  /** This moment among the blows: those that still have an effect come after it. */
  mark(): number {
    const now = performance.now();
    const felt = this.blows.findIndex(({ overAt = now }) => now - overAt < AFTERMATH_MS);
    return felt < 0 ? this.blows.length : felt;
  }

  /** Whether a blow came after the mark, other than those of `but`. */
  isHurtSince(mark: number, but?: number): boolean {
    return this.blows.slice(mark).some(({ seed }) => seed !== but);
  }

  /** Kills a broker, or ends it in order: connections to it are refused from then on. */
  async endBroker(node: number, how: "kill" | "stop"): Promise<void> {
    if (how === "stop") await this.kafka.stop(node);
    const shut = this.proxy.shut(node);
    if (how === "kill") await this.kafka.kill(node);
    await shut;
  }

  /** Starts it again. */
  async startBroker(node: number): Promise<void> {
    await this.kafka.start(node);
    await this.proxy.open(node);
  }

  /** Deletes them, and waits until they are gone. */
  async deleteTopics(topics: readonly string[]): Promise<void> {
    const { admin } = this.cluster;
    const names = async () => (await this.cluster.topics()).map(({ name }) => name);
    await patiently(async () => {
      const there = await names();
      const rest = topics.filter((topic) => there.includes(topic));
      if (rest.length === 0) return;
      await admin.deleteTopics({ topics: rest });
      while ((await names()).some((topic) => rest.includes(topic))) await delay(50);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn;
    await this.cluster[Symbol.asyncDispose]();
    await (await this.#registry)?.[Symbol.asyncDispose]();
    await this.minio[Symbol.asyncDispose]();
    await this.kafka[Symbol.asyncDispose]();
    await this.proxy[Symbol.asyncDispose]();
  }
}

/**
 * For what the harness itself asks of servers that other runs hurt: again for some seconds. The
 * code under test has to see to that by itself.
 */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await retry(ask, { maxAttempts: 8, minTimeout: 500, maxTimeout: 4_000 });
  } catch (error) {
    throw error instanceof RetryError ? error.cause : error;
  }
}

/** Waits until it is so; what says why not yet is told if it is not by then. */
export async function reached(
  what: string,
  maxMs: number,
  isSo: () => Promise<boolean | string>,
): Promise<void> {
  const deadline = performance.now() + maxMs;
  for (;;) {
    const answer = await isSo();
    if (answer === true) return;
    assert(performance.now() < deadline, `never ${what}${answer ? `: ${answer}` : ""}`);
    await delay(100);
  }
}
