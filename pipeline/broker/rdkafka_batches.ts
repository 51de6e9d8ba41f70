/**
 * Messages of librdkafka as batches: values, keys and the message structures are gathered by a few
 * system calls for thousands of records.
 * @module
 */
import { type Headers, Packed, type RecordBatch, type Run } from "../batch.ts";
import { KeyTexts } from "./kafka_texts.ts";
import { LOCAL } from "./rdkafka_client.ts";
import { headersOf } from "./rdkafka_headers.ts";
import { addressOf, type Librdkafka } from "./rdkafka_library.ts";
import { FIELD, MessageTable, WORD, WORDS } from "./rdkafka_messages.ts";
import { Gatherer } from "./rdkafka_system.ts";
import { MessageTimes } from "./rdkafka_times.ts";

/** Records of a batch at the most. */
const RECORDS = 10_000;
const NEWLINE = 10;
/** What stands for a value that is null: no header follows it. */
const NOTHING = new Uint8Array(8);

/** What a queue gave. */
export interface Taken {
  /** Undefined when the queue was empty. */
  readonly batch: RecordBatch | undefined;
  /** The error that came behind the batch, as librdkafka numbers errors; 0 for none. */
  readonly error: number;
}

/** The partition whose queue is read, and the offset to go on at. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Takes messages off queues. */
export class RdkafkaBatches implements Disposable {
  readonly #library: Librdkafka;
  readonly #table = new MessageTable(RECORDS);
  readonly #gatherer = new Gatherer();
  // Not when the module is loaded, which other clients do too: it takes the permission.
  readonly #nothingAt = Number(addressOf(NOTHING));
  readonly #texts = new KeyTexts();
  readonly #times: MessageTimes;
  /** The index of each record among the messages. */
  readonly #records = new Uint32Array(RECORDS);
  #words = new Uint32Array(0);

  constructor(library: Librdkafka) {
    this.#library = library;
    this.#times = new MessageTimes(library, RECORDS);
  }

  /** What the queue holds at the moment, `maxRecords` at the most. */
  take(queue: bigint, place: Place, maxRecords: number): Taken {
    const { rd_kafka_consume_batch_queue, rd_kafka_message_destroy } = this.#library;
    const max = BigInt(Math.min(maxRecords, RECORDS));
    const count = Number(rd_kafka_consume_batch_queue(queue, 0, this.#table.bytes, max));
    if (count <= 0) return { batch: undefined, error: 0 };
    try {
      this.#gatherer.reset(); // Of what a failure left.
      this.#words = this.#table.load(count);
      return this.#read(place, count);
    } finally {
      const { addresses } = this.#table;
      for (let i = 0; i < count; i++) rd_kafka_message_destroy(addresses[i] ?? 0n);
    }
  }

  [Symbol.dispose](): void {
    this.#table[Symbol.dispose]();
    this.#gatherer[Symbol.dispose]();
  }

  #read(place: Place, messages: number): Taken {
    const { offset: startOffset, topic, partition } = place;
    const offsets = new Float64Array(messages);
    let nextOffset = startOffset;
    let count = 0;
    let error = 0;
    for (let i = 0; i < messages && error === 0; i++) {
      const code = this.#field(i, FIELD.error) | 0;
      const offset = this.#long(i, FIELD.offset);
      if (code === LOCAL.partitionEnd) nextOffset = Math.max(nextOffset, offset);
      else if (code !== 0) error = code;
      else if (offset >= nextOffset) {
        this.#records[count] = i;
        offsets[count++] = offset;
        nextOffset = offset + 1;
      }
    }
    if (nextOffset === startOffset) return { batch: undefined, error };
    const marked = new Uint8Array(count);
    const values = this.#values(count, marked);
    const runs = this.#runs(count, marked);
    const batch = { topic, partition, startOffset, nextOffset, values, runs };
    // Rising, so the last tells whether there is a gap before it.
    const isDense = count === 0 || offsets[count - 1] === startOffset + count - 1;
    return { batch: isDense ? batch : { ...batch, offsets: offsets.slice(0, count) }, error };
  }

  /**
   * In Kafka's record format the number of headers follows the value: it is taken along, marks the
   * records that have some, and gives way to the newline.
   */
  #values(count: number, marked: Uint8Array): Packed {
    const ends = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const message = this.#records[i] ?? 0;
      const length = this.#field(message, FIELD.length);
      const low = this.#field(message, FIELD.payload);
      const high = this.#field(message, FIELD.payload + 1);
      if (low === 0 && high === 0) {
        this.#gatherer.add(this.#nothingAt, this.#nothingAt / WORD, 1);
        marked[i] = 1;
      } else this.#gatherer.add(low, high, length + 1);
      ends[i] = this.#gatherer.length;
    }
    const bytes = new Uint8Array(this.#gatherer.length);
    this.#gatherer.finish(bytes);
    for (let i = 0; i < count; i++) {
      const at = (ends[i] ?? 0) - 1;
      if (bytes[at] !== 0) marked[i] = 1;
      bytes[at] = NEWLINE;
    }
    return new Packed(bytes, ends);
  }

  /** Keys, times and headers. */
  #runs(count: number, marked: Uint8Array): Run[] {
    const keys = this.#keys(count);
    const { addresses } = this.#table;
    const times = this.#times.read(count, (i) => addresses[this.#records[i] ?? 0] ?? 0n);
    const runs: Run[] = [];
    let last: { key: string | null; count: number; timestampMs: number } | undefined;
    let keyAt = 0;
    for (let i = 0; i < count; i++) {
      const message = this.#records[i] ?? 0;
      const keyEnd = keyAt + this.#field(message, FIELD.keyLength);
      const isNull = keyEnd === keyAt && this.#isNull(message, FIELD.key);
      const key = isNull ? null : this.#texts.of(keys, keyAt, keyEnd);
      keyAt = keyEnd;
      const timestampMs = times[i] ?? 0;
      const headers = marked[i] ? this.#headers(message) : undefined;
      if (headers) {
        runs.push({ key, count: 1, timestampMs, headers });
        last = undefined;
      } else if (last && last.key === key && last.timestampMs === timestampMs) last.count++;
      else runs.push(last = { key, count: 1, timestampMs });
    }
    return runs;
  }

  #keys(count: number): Uint8Array {
    for (let i = 0; i < count; i++) {
      const message = this.#records[i] ?? 0;
      const length = this.#field(message, FIELD.keyLength);
      if (length === 0) continue;
      const low = this.#field(message, FIELD.key);
      this.#gatherer.add(low, this.#field(message, FIELD.key + 1), length);
    }
    const bytes = new Uint8Array(this.#gatherer.length);
    this.#gatherer.finish(bytes);
    return bytes;
  }

  #headers(message: number): Headers | undefined {
    return headersOf(this.#library, this.#table.addresses[message] ?? 0n);
  }

  #field(message: number, field: number): number {
    return this.#words[message * WORDS + field] ?? 0;
  }

  #long(message: number, field: number): number {
    return this.#field(message, field) + this.#field(message, field + 1) * WORD;
  }

  #isNull(message: number, field: number): boolean {
    return this.#field(message, field) === 0 && this.#field(message, field + 1) === 0;
  }
}
