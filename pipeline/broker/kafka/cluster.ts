/**
 * A client that knows topics, leaders and offsets.
 * @module
 */
import {
  Admin,
  type ClusterTopicMetadata,
  ConfigResourceTypes,
  type Connection,
  type ConnectionPool,
  metadataV10,
  ResponseError,
} from "@platformatic/kafka";
import { delay } from "@std/async";
import { hasCode, TickhouseError } from "../../errors.ts";
import type { OffsetRange, TopicInfo } from "../broker.ts";
import { isNamed, kafkaError } from "./errors.ts";
import { FETCH_API } from "./fetch.ts";
import { type KafkaConnection, platformaticOptions, RETRIES } from "./options.ts";

/** A topic as the cluster describes it. */
export interface TopicDescription {
  /** Names this log: a topic recreated under the same name has another. */
  readonly id: string;
  /** The node that leads each partition; -1 for none at the moment. */
  readonly leaders: readonly number[];
}

/** First version of the fetch API that names topics by id. */
const FETCH_BY_ID = 13;
/**
 * Looks for a topic that another client may just have made, and milliseconds between them: a broker
 * that was away has yet to hear of it.
 */
const LOOKS = 20;
const LOOK_MS = 100;
/** Looks while a partition's leader is being elected. */
const ELECTION_LOOKS = 100;
const EARLIEST = -2n;
const LATEST = -1n;
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
type Isolation = typeof READ_UNCOMMITTED | typeof READ_COMMITTED;
/** Milliseconds between looks whether transactions have ended. */
const SETTLE_MS = 5;

/** Topics by the names that the cluster has for them. */
export class KafkaCluster implements AsyncDisposable {
  readonly #connection: KafkaConnection;
  /** The client, for what is said nowhere else. */
  readonly admin: Admin;
  #fetchesById: boolean | undefined;

  /** Throws `CONFIG_INVALID`. Connects when it is first used. */
  constructor(connection: KafkaConnection) {
    this.#connection = connection;
    this.admin = new Admin(platformaticOptions(connection));
    keepErrors(this.admin);
  }

  /** Throws if the cluster can't be reached or does not let this user in. */
  async check(): Promise<void> {
    await this.attempt("connect", "", async () => {
      await this.admin.metadata({ topics: [], retries: 1 });
    });
  }

  /** Runs `call`; what it throws becomes an error of ours. */
  async attempt<T>(what: string, topic: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      throw kafkaError(cause, { what, topic, connection: this.#connection });
    }
  }

  /** Undefined if there is no such topic. `fresh`: not from memory. */
  async find(topic: string, fresh = false): Promise<TopicDescription | undefined> {
    try {
      return toDescription(await this.#metadata(topic, fresh));
    } catch (error) {
      if (hasCode(error, "TOPIC_UNKNOWN")) return undefined;
      throw error;
    }
  }

  /** Throws `TOPIC_UNKNOWN`. */
  async describe(topic: string, fresh = false): Promise<TopicDescription> {
    for (let look = 1;; look++) {
      const found = await this.find(topic, fresh || look > 1);
      if (found) return found;
      if (look === LOOKS) throw unknownTopic(topic);
      await delay(LOOK_MS);
    }
  }

  /**
   * All topics. One of others that has no leader is listed as any: the client would take it for a
   * failure of the whole answer.
   */
  async topics(): Promise<TopicInfo[]> {
    return await this.attempt("list the topics", "", async () => {
      const { brokers } = await this.admin.metadata({ topics: [], forceUpdate: true });
      const [broker] = brokers.values();
      if (!broker) throw new Error("Connection: the cluster names no broker");
      const answer = await listTopics(await this.admin.connections.get(broker));
      return answer.topics.flatMap(({ name, topicId: id, isInternal, partitions }) =>
        !name || isInternal || partitions.length === 0
          ? []
          : [{ name, partitions: partitions.length, id }]
      );
    });
  }

  /** The topic's settings, defaults included; none if this user may not see them. */
  async settings(topic: string): Promise<ReadonlyMap<string, string>> {
    const resources = [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic }];
    return await this.attempt("read the settings of a topic", topic, async () => {
      try {
        const [found] = await this.admin.describeConfigs({ resources });
        return new Map(found?.configs.map(({ name, value }) => [name, value ?? ""]));
      } catch (error) {
        if (isNamed(error, "TOPIC_AUTHORIZATION_FAILED")) return new Map();
        throw error;
      }
    });
  }

  /** The nodes of the cluster. */
  async nodes(): Promise<number> {
    return await this.attempt("count the brokers", "", async () => {
      return (await this.admin.metadata({ topics: [], forceUpdate: true })).brokers.size;
    });
  }

  /** A connection to the node. */
  async connect(node: number): Promise<Connection> {
    const { brokers } = await this.admin.metadata({ topics: [] });
    const broker = brokers.get(node);
    if (broker) return await this.admin.connections.get(broker);
    throw new TickhouseError("KAFKA_UNREACHABLE", `broker ${node} is not in the cluster`, {
      kind: "transient",
      fix: "start it",
    });
  }

  /** Whether fetches may name topics by id. */
  async fetchesById(): Promise<boolean> {
    this.#fetchesById ??= await this.attempt("ask for versions", "", async () => {
      const fetch = (await this.admin.listApis()).find(({ apiKey }) => apiKey === FETCH_API);
      return (fetch?.maxVersion ?? 0) >= FETCH_BY_ID;
    });
    return this.#fetchesById;
  }

  /** What a reader of committed records finds in the partition. */
  async offsets(topic: string, partition: number): Promise<OffsetRange> {
    const { leaders } = await this.describe(topic);
    if (leaders[partition] === undefined) throw unknownTopic(`${topic}/${partition}`);
    const [earliest, next] = await Promise.all([
      this.#offset(topic, partition, EARLIEST, READ_COMMITTED),
      this.#offset(topic, partition, LATEST, READ_COMMITTED),
    ]);
    return { earliest, next: Math.max(earliest, next) };
  }

  /**
   * Waits until all transactions that the partition has records of now have ended: that of a
   * commit, which is acknowledged before its markers are written, does in some milliseconds.
   * False if one is open after `waitMs`.
   */
  async settle(topic: string, partition: number, waitMs: number): Promise<boolean> {
    const deadline = performance.now() + waitMs;
    const end = await this.#offset(topic, partition, LATEST, READ_UNCOMMITTED);
    while (await this.#offset(topic, partition, LATEST, READ_COMMITTED) < end) {
      if (performance.now() > deadline) return false;
      await delay(SETTLE_MS);
    }
    return true;
  }

  /** Undefined if the group never committed an offset of the partition. */
  async committed(group: string, topic: string, partition: number): Promise<number | undefined> {
    const topics = [{ name: topic, partitionIndexes: [partition] }];
    const [found] = await this.attempt(
      `read offsets of group ${group}`,
      topic,
      () => this.admin.listConsumerGroupOffsets({ groups: [{ groupId: group, topics }] }),
    );
    const offset = found?.topics[0]?.partitions[0]?.committedOffset ?? -1n;
    return offset < 0n ? undefined : Number(offset);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.admin.close();
  }

  async #offset(
    topic: string,
    partition: number,
    timestamp: bigint,
    isolationLevel: Isolation,
  ): Promise<number> {
    const partitions = [{ partitionIndex: partition, timestamp }];
    const asked = { topics: [{ name: topic, partitions }], isolationLevel };
    const [found] = await this.attempt(
      "read offsets",
      topic,
      () => this.admin.listOffsets(asked),
    );
    return Number(found?.partitions[0]?.offset ?? 0);
  }

  #isUnreachable(error: unknown): boolean {
    const { code } = kafkaError(error, { what: "ask a broker", connection: this.#connection });
    return code === "KAFKA_UNREACHABLE";
  }

  async #metadata(topic: string, fresh: boolean): Promise<ClusterTopicMetadata | undefined> {
    return await this.attempt("look up a topic", topic, async () => {
      // Its own retries ask one broker after the other, but also wait for topics that are not there.
      let retries = 0;
      for (let tries = 1;; tries++) {
        try {
          const forced = fresh || tries > 1 ? { forceUpdate: true } : {};
          const found = await this.admin.metadata({ topics: [topic], retries, ...forced });
          return found.topics.get(topic);
        } catch (error) {
          if (retries === 0 && this.#isUnreachable(error)) {
            retries = RETRIES;
            continue;
          }
          const passing = isNamed(error, "LEADER_NOT_AVAILABLE", "BROKER_NOT_AVAILABLE");
          if (!passing || tries === ELECTION_LOOKS) throw error;
          await delay(LOOK_MS);
        }
      }
    });
  }
}

/** The error for a topic that the cluster does not have. */
export function unknownTopic(topic: string): TickhouseError {
  return new TickhouseError("TOPIC_UNKNOWN", "the broker has no such topic or partition", {
    field: "topic",
    value: topic,
    fix: "start `deno task ingest` or `deno task stream`, which make the topics they use",
  });
}

/** Also of an answer that the client throws for the state of some of the topics. */
function listTopics(connection: Connection): Promise<metadataV10.MetadataResponse> {
  return new Promise((resolve, reject) => {
    metadataV10.api(connection, null, false, false, false, (error, answer) => {
      const partial: unknown = error instanceof ResponseError ? error["response"] : undefined;
      if (error && !partial) reject(error);
      else resolve((answer ?? partial) as metadataV10.MetadataResponse);
    });
  });
}

/**
 * A connection that fails twice would end the process: the client listens to its first error only.
 * Every request on it is told of its failure as well, so nothing is lost here.
 */
export function keepErrors({ connections }: { readonly connections: ConnectionPool }): void {
  connections.on("connecting", ({ connection }) => connection.on("error", () => {}));
}

function toDescription(found: ClusterTopicMetadata | undefined): TopicDescription | undefined {
  if (!found) return undefined;
  return { id: found.id, leaders: found.partitions.map(({ leader }) => leader) };
}
