/**
 * Producing with `@platformatic/kafka`: idempotent, acknowledged by all replicas in step.
 * @module
 */
import { type ClusterMetadata, kListApis, Producer } from "@platformatic/kafka";
import { delay } from "@std/async";
import { TickhouseError } from "../../errors.ts";
import { keepErrors } from "./cluster.ts";
import { isNamed, kafkaError } from "./errors.ts";
import { type Message, messagesOf, sendAll, together, topicsOf } from "./messages.ts";
import {
  type KafkaCompression,
  type KafkaConnection,
  platformaticOptions,
  RETRY_MS,
  TRANSACTION_MS,
} from "./options.ts";
import { type Append, DeliveryCounter, type KafkaProducer, requestsOf } from "./producer.ts";
import { type Request, SendQueue } from "./send_queue.ts";
import { Transactions } from "./transactions.ts";

const ACKS_ALL = -1;
/** Attempts at a request, `RETRY_MS` apart: brokers may be away for about two minutes. */
const ATTEMPTS_MAX = 480;
/** Looks whether the transaction's broker has heard of a new topic, `RETRY_MS` apart. */
const LOOKS_MAX = 40;
/** Milliseconds until the markers of the transaction before are written. */
const MARKER_MS = 4;

/** What the broker refuses until they are. */
const AFTER_MARKERS = new Set(["addPartitionsToTransaction", "initProducerId"]);

type Transaction = Awaited<ReturnType<typeof begin>>;

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
export class PlatformaticProducer implements KafkaProducer {
  readonly counts = new DeliveryCounter();
  readonly #connection: KafkaConnection;
  readonly #compression: KafkaCompression;
  readonly #producer: Producer;
  readonly #queue: SendQueue;
  readonly #transactions: Transactions<Producer>;

  /** Throws `CONFIG_INVALID`. Connects when it is first used. */
  constructor(connection: KafkaConnection, compression: KafkaCompression) {
    this.#connection = connection;
    this.#compression = compression;
    this.#producer = this.#open();
    this.#queue = new SendQueue((request) => this.#send(request));
    this.#transactions = new Transactions(
      (id) => this.#open(id),
      (producer) => producer.close(),
    );
  }

  async append(append: Append): Promise<void> {
    await this.#queue.push(append);
  }

  async transact(id: string, appends: readonly Append[]): Promise<void> {
    const requests = requestsOf(appends);
    await this.counts.count(
      requests.flatMap(({ pieces }) => pieces),
      () => this.#transactions.run(id, (producer) => this.#transact(producer, requests)),
    );
  }

  async claim(id: string): Promise<void> {
    await this.#transactions.run(id, async (producer) => {
      try {
        await (await begin(producer)).cancel();
      } catch (cause) {
        throw this.#error(cause, "");
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer.close();
    await this.#transactions[Symbol.asyncDispose]();
  }

  async #send({ topic, pieces }: Request): Promise<void> {
    await this.counts.count(pieces, async () => {
      try {
        await sendAll(this.#producer, messagesOf(topic, pieces));
      } catch (cause) {
        throw this.#error(cause, topic);
      }
    });
  }

  async #transact(producer: Producer, requests: readonly Request[]): Promise<void> {
    let open: Transaction | undefined;
    try {
      const transaction = await begin(producer);
      open = transaction;
      const metadata = await producer.metadata({ topics: topicsOf(requests) });
      for (const messages of together(requests)) {
        // All partitions at once: the client would take the calls of several sends for one.
        await addPartitions(transaction, metadata, messages);
        await sendAll(transaction, messages);
      }
      open = undefined; // Whether a commit that failed took effect, the cursor tells.
      await transaction.commit();
    } catch (cause) {
      const failure = this.#error(cause, requests[0]?.topic ?? "");
      // One that was fenced is already ended, by the one that took over.
      if (failure.code !== "SOURCE_FENCED") await this.#abort(open, failure);
      throw failure;
    }
  }

  /** Records given up at once are skipped at once; else the broker gives them up after a minute. */
  async #abort(transaction: Transaction | undefined, reason: TickhouseError): Promise<void> {
    try {
      await transaction?.abort();
    } catch (cause) {
      throw new TickhouseError(reason.code, `${reason.message} It could not be aborted either.`, {
        kind: reason.kind,
        cause,
      });
    }
  }

  #open(transactionalId?: string): Producer {
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

  #error(cause: unknown, topic: string): TickhouseError {
    return kafkaError(cause, { what: "append records", topic, connection: this.#connection });
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

/** Without an id of its own the broker would take the client for an older one, and fence it. */
function begin(producer: Producer) {
  return producer.beginTransaction({ producerId: -1n, producerEpoch: -1 });
}
