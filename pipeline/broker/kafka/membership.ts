/**
 * A member of a consumer group: who reads which partition.
 * @module
 */
import { Consumer } from "@platformatic/kafka";
import { messageOf, TickhouseError } from "../../errors.ts";
import { keepErrors } from "./cluster.ts";
import { isNamed, kafkaError } from "./errors.ts";
import { type KafkaConnection, type KafkaLog, platformaticOptions } from "./options.ts";

/** How to be a member. */
export interface KafkaMembershipOptions {
  readonly connection: KafkaConnection;
  readonly group: string;
  readonly topic: string;
  /** Milliseconds without a heartbeat after which the group goes on without the member. */
  readonly sessionTimeoutMs: number;
  readonly log: KafkaLog;
  /** Called when the assignment, or what is wrong, has changed. */
  readonly onChange: () => void;
}

/** Heartbeats tell of a rebalance: it is noticed within this time, milliseconds. */
const HEARTBEAT_MS = 500;
/** Longest time that a rebalance waits for a member, milliseconds. */
const REBALANCE_MS = 30_000;

/** Joins on `join`, stays in by heartbeats of its own, joins again by itself, leaves on dispose. */
export class KafkaMembership implements AsyncDisposable {
  readonly #options: KafkaMembershipOptions;
  readonly #consumer: Consumer;
  #assigned: readonly number[] = [];
  #settled = false;
  #failure: TickhouseError | undefined;

  constructor(options: KafkaMembershipOptions) {
    const { connection, group, topic, sessionTimeoutMs } = options;
    this.#options = options;
    this.#consumer = new Consumer({
      ...platformaticOptions(connection),
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: Math.max(REBALANCE_MS, sessionTimeoutMs),
      heartbeatInterval: Math.min(HEARTBEAT_MS, sessionTimeoutMs / 4),
    });
    keepErrors(this.#consumer);
    this.#consumer.topics.track(topic);
    this.#listen();
  }

  /** The partitions held at the moment. */
  get assigned(): readonly number[] {
    return this.#assigned;
  }

  /** Whether the partitions are shared out; false while they are shared out again. */
  get settled(): boolean {
    return this.#settled && !this.#failure;
  }

  /** Joins, or joins again: then all partitions are shared out again. */
  async join(): Promise<void> {
    const { topic } = this.#options;
    this.#failure = undefined;
    this.#settled = false;
    try {
      // Whoever leads the group shares out the partitions it knows of.
      await this.#consumer.metadata({ topics: [topic], forceUpdate: true });
      await this.#consumer.joinGroup({});
    } catch (cause) {
      // Until it has joined, the next call tries again.
      this.#failure = this.#error(cause);
      throw this.#failure;
    }
  }

  /** Throws, once, why the member dropped out; the next call joins again. */
  async ensure(): Promise<void> {
    const failure = this.#failure;
    if (!failure) return;
    if (failure.kind === "terminal") throw failure;
    this.#options.log("warn", `${failure.message} Joining the group again.`);
    await this.join();
  }

  /** Records how far the group is. Refusals while the group shares out again are passed over. */
  async commit(partition: number, offset: number): Promise<void> {
    const { topic, log } = this.#options;
    try {
      const committed = { topic, partition, offset: BigInt(offset), leaderEpoch: -1 };
      await this.#consumer.commit({ offsets: [committed] });
    } catch (cause) {
      if (!isNamed(cause, "REBALANCE_IN_PROGRESS", "ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID")) {
        throw this.#error(cause);
      }
      log("info", `the group is rebalancing: ${topic}/${partition} is committed later`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#consumer.leaveGroup();
    } catch (error) {
      this.#options.log("warn", `left the group without a word: ${messageOf(error)}`);
    }
    await this.#consumer.close(true);
  }

  #listen(): void {
    const { topic, group, log, onChange } = this.#options;
    this.#consumer.on("consumer:group:join", ({ assignments }) => {
      this.#assigned = assignments?.find((one) => one.topic === topic)?.partitions.toSorted(
        (a, b) => a - b,
      ) ?? [];
      this.#settled = true;
      log("info", `group ${group}: partitions ${this.#assigned.join(", ") || "none"} of ${topic}`);
      onChange();
    });
    this.#consumer.on("consumer:group:rebalance", () => this.#settled = false);
    this.#consumer.on("error", (cause: Error) => {
      this.#failure = this.#error(cause);
      onChange();
    });
    this.#consumer.on("consumer:heartbeat:stalled", ({ lastError }) => {
      this.#failure = this.#error(lastError ?? new Error("heartbeats stalled: timed out"));
      onChange();
    });
  }

  #error(cause: unknown): TickhouseError {
    const { connection, topic, group } = this.#options;
    return kafkaError(cause, { what: `be in group ${group}`, topic, connection });
  }
}
