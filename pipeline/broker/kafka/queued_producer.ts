import { messageOf, TickhouseError } from "../../errors.ts";
import { kafkaError } from "./errors.ts";
import type { KafkaConnection } from "./options.ts";
import { type Append, DeliveryCounter, type KafkaProducer, requestsOf } from "./producer.ts";
import { type Request, SendQueue } from "./send_queue.ts";
import { Transactions } from "./transactions.ts";

/** A transaction of a client. */
interface OpenTransaction {
  commit(): Promise<unknown>;
  abort(): Promise<unknown>;
}

/** What producing needs beside a client: a queue, transactions in order, counts, errors with names. */
export abstract class QueuedProducer<Client, Transaction extends OpenTransaction>
  implements KafkaProducer {
  readonly counts = new DeliveryCounter();
  readonly #connection: KafkaConnection;
  readonly #queue: SendQueue;
  readonly #transactions: Transactions<Client>;

  constructor(connection: KafkaConnection) {
    this.#connection = connection;
    this.#queue = new SendQueue((request) =>
      this.counts.count(
        request.pieces,
        () => this.#naming(request.topic, () => this.send(request)),
      )
    );
    this.#transactions = new Transactions((id) => this.open(id), (client) => this.close(client));
  }

  async append(append: Append): Promise<void> {
    await this.#queue.push(append);
  }

  async transact(id: string, appends: readonly Append[]): Promise<void> {
    const requests = requestsOf(appends);
    await this.counts.count(
      requests.flatMap(({ pieces }) => pieces),
      () => this.#transactions.run(id, (client) => this.#transact(client, requests)),
    );
  }

  async claim(id: string): Promise<void> {
    await this.#transactions.run(
      id,
      (client) => this.#naming("", async () => await this.giveUp(await this.begin(client))),
    );
  }

  /** Closes the clients of transactions; the one that sends is the adapter's. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transactions[Symbol.asyncDispose]();
  }

  /** A client, connected when it is first used; with an id, for its transactions. */
  protected abstract open(transactionalId?: string): Client;
  protected abstract close(client: Client): Promise<void>;
  /** Sends a request by the client that is for no transaction. */
  protected abstract send(request: Request): Promise<void>;
  protected abstract begin(client: Client): Promise<Transaction>;
  /** Sends the requests within the transaction. */
  protected abstract fill(
    transaction: Transaction,
    requests: readonly Request[],
    client: Client,
  ): Promise<void>;
  /** Ends a transaction in which nothing was sent. */
  protected abstract giveUp(transaction: Transaction): Promise<void>;

  async #transact(client: Client, requests: readonly Request[]): Promise<void> {
    let open: Transaction | undefined;
    try {
      const transaction = await this.begin(client);
      open = transaction;
      await this.fill(transaction, requests, client);
      open = undefined; // Whether a commit that failed took effect, the cursor tells.
      await transaction.commit();
    } catch (cause) {
      const failure = this.#error(cause, requests[0]?.topic ?? "");
      // One that was fenced is already ended, by the one that took over.
      if (failure.code !== "SOURCE_FENCED") await abort(open, failure);
      throw failure;
    }
  }

  async #naming(topic: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      throw this.#error(cause, topic);
    }
  }

  #error(cause: unknown, topic: string): TickhouseError {
    return kafkaError(cause, { what: "append records", topic, connection: this.#connection });
  }
}

/** Records given up at once are skipped at once; else the broker gives them up after a minute. */
async function abort(open: OpenTransaction | undefined, reason: TickhouseError): Promise<void> {
  try {
    await open?.abort();
  } catch (cause) {
    const what = `${reason.message} It could not be aborted either: ${messageOf(cause)}`;
    throw new TickhouseError(reason.code, what, { kind: reason.kind, cause });
  }
}
