/**
 * Producing with `@platformatic/kafka`: idempotent, acknowledged by all replicas in step.
 * @module
 */
import { type ClusterMetadata, kListApis, Producer } from "@platformatic/kafka";
import { delay } from "@std/async";
import { keepErrors } from "./cluster.ts";
import { isNamed } from "./errors.ts";
import { type Message, messagesOf, sendAll, together, topicsOf } from "./messages.ts";
import {
  type KafkaCompression,
  type KafkaConnection,
  platformaticOptions,
  RETRY_MS,
  TRANSACTION_MS,
} from "./options.ts";
import { QueuedProducer } from "./queued_producer.ts";
import type { Request } from "./send_queue.ts";

const ACKS_ALL = -1;
/** Attempts at a request, `RETRY_MS` apart: brokers may be away for about two minutes. */
const ATTEMPTS_MAX = 480;
/** Looks whether the transaction's broker has heard of a new topic, `RETRY_MS` apart. */
const LOOKS_MAX = 40;
/** Milliseconds until the markers of the transaction before are written. */
const MARKER_MS = 4;

/** What the broker refuses until they are. */
const AFTER_MARKERS = new Set(["addPartitionsToTransaction", "initProducerId"]);

type Transaction = Awaited<ReturnType<Producer["beginTransaction"]>>;

/** Newer versions of this call are for brokers among themselves, and need a broker's rights. */
const CLIENT_CALL = "AddPartitionsToTxn";
const CLIENT_VERSION = 3;

class ClientProducer extends Producer {
  override [kListApis](callback: Parameters<Producer[typeof kListApis]>[0]): void {
    super[kListApis]((error, apis) => {
      const client = apis?.find(({ name }) => name === CLIENT_CALL);
      if (client) client.maxVersion = Math.min(client.maxVersion, CLIENT_VERSION);
      callback(error, apis);
    });
  }
}

/** The default producer: in broker kills it lost nothing and repeated nothing. */
export class PlatformaticProducer extends QueuedProducer<Producer, Transaction> {
  readonly #connection: KafkaConnection;
  readonly #compression: KafkaCompression;
  readonly #producer: Producer;

  /** Throws `CONFIG_INVALID`. Connects when it is first used. */
  constructor(connection: KafkaConnection, compression: KafkaCompression) {
    super(connection);
    this.#connection = connection;
    this.#compression = compression;
    this.#producer = this.open();
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.close(this.#producer);
  }

  protected override async send({ topic, pieces }: Request): Promise<void> {
    await sendAll(this.#producer, messagesOf(topic, pieces));
  }

  /** Without an id of its own the broker would take the client for an older one, and fence it. */
  protected override begin(producer: Producer): Promise<Transaction> {
    return producer.beginTransaction({ producerId: -1n, producerEpoch: -1 });
  }

  protected override async fill(
    transaction: Transaction,
    requests: readonly Request[],
    producer: Producer,
  ): Promise<void> {
    const metadata = await producer.metadata({ topics: topicsOf(requests) });
    for (const messages of together(requests)) {
      // All partitions at once: the client would take the calls of several sends for one.
      await addPartitions(transaction, metadata, messages);
      await sendAll(transaction, messages);
    }
  }

  protected override async giveUp(transaction: Transaction): Promise<void> {
    await transaction.cancel();
  }

  protected override close(producer: Producer): Promise<void> {
    return producer.close();
  }

  protected override open(transactionalId?: string): Producer {
    const producer = new ClientProducer({
      ...platformaticOptions(this.#connection),
      idempotent: true,
      acks: ACKS_ALL,
      compression: this.#compression,
      retries: ATTEMPTS_MAX,
      retryDelay: (_client, operation, attempt) =>
        AFTER_MARKERS.has(operation) ? Math.min(RETRY_MS, MARKER_MS * attempt) : RETRY_MS,
      ...(transactionalId === undefined ? {} : { transactionalId, timeout: TRANSACTION_MS }),
    });
    keepErrors(producer);
    producer.on("client:performWithRetry:retry", (operation: string) => {
      if (operation === "produce") this.counts.retried++;
    });
    return producer;
  }
}

/**
 * Again while the transaction's broker has yet to hear of a topic that was just made: then it adds
 * none of the partitions, which the client takes for final.
 */
async function addPartitions(
  transaction: Transaction,
  metadata: ClusterMetadata,
  messages: Message[],
): Promise<void> {
  for (let look = 1;; look++) {
    try {
      return await transaction.addPartitions(metadata, messages);
    } catch (error) {
      const isNew = isNamed(error, "UNKNOWN_TOPIC_OR_PARTITION") &&
        isNamed(error, "OPERATION_NOT_ATTEMPTED");
      if (!isNew || look === LOOKS_MAX) throw error;
      await delay(RETRY_MS);
    }
  }
}
