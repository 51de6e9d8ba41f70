/**
 * A client of librdkafka: its settings, its events, its end.
 * @module
 */
import { TickhouseError } from "../errors.ts";
import { answerError, type Attempt, kafkaError } from "./kafka_errors.ts";
import type { KafkaConnection, KafkaLog } from "./kafka_options.ts";
import { cString, type Librdkafka, openLibrdkafka, textAt } from "./rdkafka_library.ts";
import { connectionSettings, type Settings } from "./rdkafka_settings.ts";
import { Alarm, WAKE } from "./rdkafka_system.ts";

/** Which of the two clients. */
export const PRODUCER = 0;
/** Which of the two clients. */
export const CONSUMER = 1;

/** Its kinds of events. */
export const EVENT = { delivery: 1, log: 4, error: 8 } as const;

/** librdkafka's own errors, which no broker sends. */
export const LOCAL = {
  closed: -196,
  partitionEnd: -191,
  timedOut: -192,
  queueFull: -184,
  noOffset: -140,
} as const;

/** How a client is made. */
export interface RdkafkaOptions {
  readonly kind: typeof PRODUCER | typeof CONSUMER;
  readonly connection: KafkaConnection;
  readonly libraryPath?: string | undefined;
  /** On top of those of the connection, as librdkafka names them. */
  readonly settings: Settings;
  readonly log: KafkaLog;
  /** Given each event besides errors and what is logged; it is destroyed afterwards. */
  readonly onEvent: (event: bigint) => void;
  /** Called when any queue that rings has something new, after events were handled. */
  readonly onArrival: () => void;
}

const ERROR_BYTES = 512;
/** Events between two turns of the event loop. */
const EVENTS_MAX = 16;
/** The group is another client's: it is not left at the end. */
const DESTROY_NO_CLOSE = 8;
const UNKNOWN_SETTING = -2;
/** Since 2.2; without it, reading is slow where queues fill up. */
const OPTIONAL = new Set(["fetch.queue.backoff.ms"]);

/** Owns the client, its main queue and the alarm that the queues ring. */
export class RdkafkaClient implements AsyncDisposable {
  readonly library: Librdkafka;
  /** Of the client, for the library's calls. */
  readonly handle: bigint;
  readonly #options: RdkafkaOptions;
  readonly #queue: bigint;
  readonly #alarm: Alarm;
  /** The last failure that was told, which says more than time-outs do. */
  #failure: string | undefined;

  /** Throws `LIBRDKAFKA_MISSING`, `CONFIG_INVALID`. Connects by itself. */
  constructor(options: RdkafkaOptions) {
    this.#options = options;
    this.library = openLibrdkafka(options.libraryPath);
    this.handle = this.#open();
    this.#queue = this.library.rd_kafka_queue_get_main(this.handle);
    this.library.rd_kafka_set_log_queue(this.handle, this.#queue);
    this.#alarm = new Alarm(() => this.#drain());
    this.ring(this.#queue);
  }

  /** From now on the queue rings when it gets something after it was emptied. */
  ring(queue: bigint): void {
    const { rd_kafka_queue_io_event_enable } = this.library;
    rd_kafka_queue_io_event_enable(queue, this.#alarm.fd, WAKE, BigInt(WAKE.length));
  }

  /** What an error number says, as an error of ours. */
  error(code: number, what: string, topic: string): TickhouseError {
    const attempt: Attempt = { what, topic, connection: this.#options.connection };
    if (code > 0) return answerError(code, attempt);
    const name = textAt(this.library.rd_kafka_err2name(code));
    const reason = code === LOCAL.timedOut && this.#failure ? ` (${this.#failure})` : "";
    const text = `${textAt(this.library.rd_kafka_err2str(code))}${reason}`;
    return kafkaError(Object.assign(new Error(text), { apiId: name }), attempt);
  }

  /** Throws what one of the library's error objects says, and frees it; 0 is none. */
  check(error: bigint, what: string, topic: string): void {
    if (error === 0n) return;
    const code = this.library.rd_kafka_error_code(error);
    this.library.rd_kafka_error_destroy(error);
    throw this.error(code, what, topic);
  }

  /** Ends its threads. Whatever else was got from the library must be given back before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#alarm[Symbol.asyncDispose]();
    this.#drain();
    this.library.rd_kafka_queue_destroy(this.#queue);
    await this.library.rd_kafka_destroy_flags(this.handle, DESTROY_NO_CLOSE);
  }

  #open(): bigint {
    const { library } = this;
    const { kind, connection, settings } = this.#options;
    const conf = library.rd_kafka_conf_new();
    const said = new Uint8Array(ERROR_BYTES);
    const all = { ...connectionSettings(connection), ...settings };
    for (const [name, value] of Object.entries(all)) {
      const done = library.rd_kafka_conf_set(
        conf,
        cString(name),
        cString(String(value)),
        said,
        BigInt(said.length),
      );
      if (done === 0 || done === UNKNOWN_SETTING && OPTIONAL.has(name)) continue;
      library.rd_kafka_conf_destroy(conf);
      throw refused(said, connection);
    }
    library.rd_kafka_conf_set_events(conf, EVENT.delivery | EVENT.log | EVENT.error);
    const handle = library.rd_kafka_new(kind, conf, said, BigInt(said.length));
    if (handle !== 0n) return handle;
    library.rd_kafka_conf_destroy(conf);
    throw refused(said, connection);
  }

  #drain(): void {
    const { library } = this;
    for (let count = 0;; count++) {
      if (count === EVENTS_MAX) {
        this.#alarm.set();
        break;
      }
      const event = library.rd_kafka_queue_poll(this.#queue, 0);
      if (event === 0n) break;
      this.#handle(event);
      library.rd_kafka_event_destroy(event);
    }
    this.#options.onArrival();
  }

  #handle(event: bigint): void {
    const { library } = this;
    const { log, connection, onEvent } = this.#options;
    const type = library.rd_kafka_event_type(event);
    if (type === EVENT.log) {
      log("warn", hide(`librdkafka: ${loggedText(library, event)}`, connection));
    } else if (type === EVENT.error) {
      const text = textAt(library.rd_kafka_event_error_string(event));
      this.#failure = hide(text, connection);
      log("warn", `librdkafka: ${this.#failure}`);
    } else onEvent(event);
  }
}

function loggedText(library: Librdkafka, event: bigint): string {
  const facility = new BigUint64Array(1);
  const text = new BigUint64Array(1);
  const level = new Int32Array(1);
  const out = (of: { readonly buffer: ArrayBuffer }) => new Uint8Array(of.buffer);
  library.rd_kafka_event_log(event, out(facility), out(text), out(level));
  return textAt(text[0] ?? 0n);
}

function hide(text: string, { password }: KafkaConnection): string {
  return password ? text.replaceAll(password, "***") : text;
}

function refused(said: Uint8Array, connection: KafkaConnection): TickhouseError {
  const text = new TextDecoder().decode(said.subarray(0, said.indexOf(0)));
  return new TickhouseError("CONFIG_INVALID", hide(`librdkafka says: ${text}`, connection), {
    mend: "check the settings of TICKHOUSE_KAFKA",
  });
}
