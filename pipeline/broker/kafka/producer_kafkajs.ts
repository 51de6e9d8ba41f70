/**
 * Producing with kafkajs.
 * @module
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import { compressionsAlgorithms } from "@platformatic/kafka";
import kafkajs from "kafkajs";
import {
  type KafkaCompression,
  type KafkaConnection,
  kafkajsOptions,
  type KafkaLog,
  TRANSACTION_MS,
} from "./options.ts";
import type { Piece } from "./producer.ts";
import { QueuedProducer } from "./queued_producer.ts";
import type { Request } from "./send_queue.ts";

const ACKS_ALL = -1;
/** Attempts at a request, with growing pauses: brokers may be away for about two minutes. */
const RETRIES = 12;
const PAUSE_MAX_MS = 15_000;

/**
 * A producer for whoever needs kafkajs. **It loses acknowledged records when a broker dies**, also
 * idempotent with acks from all: a request that is sent again skips brokers that have answered
 * (tulios/kafkajs#1303). Use the default unless your brokers never stop.
 */
export class KafkajsProducer extends QueuedProducer<kafkajs.Producer, kafkajs.Transaction> {
  readonly #compression: number;
  readonly #kafka: kafkajs.Kafka;
  readonly #producer: kafkajs.Producer;
  #connected: Promise<void> | undefined;

  /** Throws `CONFIG_INVALID`. Connects when it is first used. */
  constructor(connection: KafkaConnection, compression: KafkaCompression, log?: KafkaLog) {
    super(connection);
    quieten();
    this.#compression = codecOf(compression);
    this.#kafka = new kafkajs.Kafka({
      ...kafkajsOptions(connection),
      logLevel: kafkajs.logLevel.ERROR,
      logCreator: () => ({ log: entry }) => log?.("warn", `kafkajs: ${entry.message}`),
    });
    this.#producer = this.open();
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.close(this.#producer);
  }

  protected override async send(request: Request): Promise<void> {
    try {
      this.#connected ??= this.#producer.connect();
      await this.#connected;
      await this.#producer.sendBatch(this.#batch(request));
    } catch (cause) {
      this.#connected = undefined;
      throw cause;
    }
  }

  protected override async begin(producer: kafkajs.Producer): Promise<kafkajs.Transaction> {
    await producer.connect();
    return await producer.transaction();
  }

  protected override async fill(
    transaction: kafkajs.Transaction,
    requests: readonly Request[],
  ): Promise<void> {
    for (const request of requests) await transaction.sendBatch(this.#batch(request));
  }

  protected override giveUp(transaction: kafkajs.Transaction): Promise<void> {
    return transaction.abort();
  }

  protected override close(producer: kafkajs.Producer): Promise<void> {
    return producer.disconnect();
  }

  protected override open(transactionalId?: string): kafkajs.Producer {
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
