/**
 * Producing with kafkajs.
 * @module
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import { compressionsAlgorithms } from "@platformatic/kafka";
import kafkajs from "kafkajs";
import { messageOf, TickhouseError } from "../../errors.ts";
import { kafkaError } from "./errors.ts";
import {
  type KafkaCompression,
  type KafkaConnection,
  kafkajsOptions,
  type KafkaLog,
  TRANSACTION_MS,
} from "./options.ts";
import {
  type Append,
  DeliveryCounter,
  type KafkaProducer,
  type Piece,
  requestsOf,
} from "./producer.ts";
import { type Request, SendQueue } from "./send_queue.ts";
import { Transactions } from "./transactions.ts";

const ACKS_ALL = -1;
/** Attempts at a request, with growing pauses: brokers may be away for about two minutes. */
const RETRIES = 12;
const PAUSE_MAX_MS = 15_000;

/**
 * A producer for whoever needs kafkajs. **It loses acknowledged records when a broker dies**, also
 * idempotent with acks from all: a request that is sent again skips brokers that have answered
 * (tulios/kafkajs#1303). Use the default unless your brokers never stop.
 */
export class KafkajsProducer implements KafkaProducer {
  readonly counts = new DeliveryCounter();
  readonly #connection: KafkaConnection;
  readonly #compression: number;
  readonly #kafka: kafkajs.Kafka;
  readonly #producer: kafkajs.Producer;
  readonly #queue: SendQueue;
  readonly #transactions: Transactions<kafkajs.Producer>;
  #connected: Promise<void> | undefined;

  /** Throws `CONFIG_INVALID`. Connects when it is first used. */
  constructor(connection: KafkaConnection, compression: KafkaCompression, log?: KafkaLog) {
    quieten();
    this.#connection = connection;
    this.#compression = codecOf(compression);
    this.#kafka = new kafkajs.Kafka({
      ...kafkajsOptions(connection),
      logLevel: kafkajs.logLevel.ERROR,
      logCreator: () => ({ log: entry }) => log?.("warn", `kafkajs: ${entry.message}`),
    });
    this.#producer = this.#open();
    this.#queue = new SendQueue((request) => this.#send(request));
    this.#transactions = new Transactions(
      (id) => this.#open(id),
      (producer) => producer.disconnect(),
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
        await producer.connect();
        await (await producer.transaction()).abort();
      } catch (cause) {
        throw this.#error(cause, "");
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transactions[Symbol.asyncDispose]();
    await this.#producer.disconnect();
  }

  async #send(request: Request): Promise<void> {
    await this.counts.count(request.pieces, async () => {
      try {
        this.#connected ??= this.#producer.connect();
        await this.#connected;
        await this.#producer.sendBatch(this.#batch(request));
      } catch (cause) {
        this.#connected = undefined;
        throw this.#error(cause, request.topic);
      }
    });
  }

  async #transact(producer: kafkajs.Producer, requests: readonly Request[]): Promise<void> {
    let open: kafkajs.Transaction | undefined;
    try {
      await producer.connect();
      const transaction = await producer.transaction();
      open = transaction;
      for (const request of requests) await transaction.sendBatch(this.#batch(request));
      open = undefined; // Whether a commit that failed took effect, the cursor tells.
      await transaction.commit();
    } catch (cause) {
      const failure = this.#error(cause, requests[0]?.topic ?? "");
      if (failure.code !== "SOURCE_FENCED") await abort(open, failure);
      throw failure;
    }
  }

  #open(transactionalId?: string): kafkajs.Producer {
    return this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: { retries: RETRIES, initialRetryTime: 250, maxRetryTime: PAUSE_MAX_MS },
      ...(transactionalId === undefined
        ? {}
        : { transactionalId, transactionTimeout: TRANSACTION_MS }),
    });
  }

  #batch({ topic, pieces }: Request): kafkajs.ProducerBatch {
    const messages = pieces.flatMap(messagesOf);
    return {
      acks: ACKS_ALL,
      compression: this.#compression,
      topicMessages: [{ topic, messages }],
    };
  }

  #error(cause: unknown, topic: string): TickhouseError {
    return kafkaError(cause, { what: "append records", topic, connection: this.#connection });
  }
}

async function abort(open: kafkajs.Transaction | undefined, reason: TickhouseError): Promise<void> {
  try {
    await open?.abort();
  } catch (cause) {
    const what = `${reason.message} It could not be aborted either: ${messageOf(cause)}`;
    throw new TickhouseError(reason.code, what, { kind: reason.kind, cause });
  }
}

function messagesOf({ record, from, to }: Piece): kafkajs.Message[] {
  const { key, partition, values, headers } = record;
  return Array.from({ length: to - from }, (_, i) => {
    const value = Buffer.from(values.at(from + i));
    return headers ? { key, partition, value, headers } : { key, partition, value };
  });
}

let isQuiet = false;

/** kafkajs sets timers into the past, harmlessly, of which the runtime warns each time. */
function quieten(): void {
  if (isQuiet) return;
  isQuiet = true;
  const emit = process.emitWarning;
  process.emitWarning = (...args: unknown[]) => {
    if (args[1] !== "TimeoutNegativeWarning") Reflect.apply(emit, process, args);
  };
}

/** kafkajs's number of the compression; it brings gzip, the others come from the other client. */
function codecOf(compression: KafkaCompression): number {
  const { CompressionTypes, CompressionCodecs } = kafkajs;
  for (const name of ["lz4", "snappy", "zstd"] as const) {
    const { compressSync, decompressSync } = compressionsAlgorithms[name];
    const codec = {
      compress: (encoder: { buffer: Buffer }) => Promise.resolve(compressSync(encoder.buffer)),
      decompress: (bytes: Buffer) => Promise.resolve(decompressSync(bytes)),
    };
    CompressionCodecs[CompressionTypes[NAMES[name]]] = () => codec;
  }
  return CompressionTypes[NAMES[compression]];
}

const NAMES = {
  none: "None",
  gzip: "GZIP",
  snappy: "Snappy",
  lz4: "LZ4",
  zstd: "ZSTD",
} as const;
