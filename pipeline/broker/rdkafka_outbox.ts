/**
 * Hands records to librdkafka, thousands a call.
 * @module
 */
import type { Addressed } from "./kafka_producer.ts";
import { LOCAL, type RdkafkaClient } from "./rdkafka_client.ts";
import { produceWithHeaders } from "./rdkafka_headers.ts";
import { addressOf } from "./rdkafka_library.ts";
import { FIELD, MESSAGE_BYTES, WORD, WORDS } from "./rdkafka_messages.ts";

/** What came of handing records over. */
export interface Handed {
  /** Records that the library took; it reports on each. */
  readonly accepted: number;
  /** Why it did not take the next, as librdkafka numbers errors; 0 if it took all. */
  readonly error: number;
}

/** Records of a call, which blocks the event loop for some milliseconds. */
const RECORDS = 5_000;
/** Bytes of a call, unless one record alone has more. */
const BYTES = 2 ** 20;
/** Let the library copy the values; each record names its partition. */
const FLAGS = 0x2 | 0x10;
const NO_PARTITION = -1;
const encoder = new TextEncoder();

/** Keys and values in one buffer, and the messages that point into it. */
export class RdkafkaOutbox {
  readonly #client: RdkafkaClient;
  /** Returns when the library may have room again; false to give up. */
  readonly #room: () => Promise<boolean>;
  readonly #messages = new Uint8Array(RECORDS * MESSAGE_BYTES);
  readonly #words = new Uint32Array(this.#messages.buffer);
  readonly #errors = new Int32Array(this.#messages.buffer);
  #count = 0;
  #bytes = new Uint8Array(BYTES);
  #address = Number(addressOf(this.#bytes));
  #length = 0;

  constructor(client: RdkafkaClient, room: () => Promise<boolean>) {
    this.#client = client;
    this.#room = room;
  }

  /** Hands over all, or up to the first that is refused. `opaque` comes back with each report. */
  async hand(topic: bigint, records: readonly Addressed[], opaque: number): Promise<Handed> {
    let accepted = 0;
    for (const record of records) {
      const { values: { length }, headers } = record;
      for (let from = 0; from < length;) {
        const to = headers ? from : this.#fill(record, from, opaque);
        if (to > from) {
          from = to;
          continue;
        }
        // Full, or one by one.
        const sent = await this.#flush(topic);
        accepted += sent.accepted;
        if (sent.error !== 0) return { ...sent, accepted };
        if (!headers) continue;
        const error = await this.#handOne(topic, record, from++, opaque);
        if (error !== 0) return { accepted, error };
        accepted++;
      }
    }
    const last = await this.#flush(topic);
    return { accepted: accepted + last.accepted, error: last.error };
  }

  /** Adds values of the record from index `from` on, as many as fit, and returns the next one. */
  #fill({ key, partition, values }: Addressed, from: number, opaque: number): number {
    const { bytes, ends } = values;
    const start = from === 0 ? 0 : ends[from - 1] ?? 0;
    const keyMax = 3 * key.length;
    if (this.#count === 0) this.#grow(keyMax + (ends[from] ?? 0) - start);
    const room = this.#bytes.length - this.#length - keyMax;
    let to = from;
    while (
      to < ends.length && this.#count + to - from < RECORDS && (ends[to] ?? 0) - start <= room
    ) {
      to++;
    }
    if (to === from) return from;
    const keyAt = this.#length;
    const { written } = encoder.encodeInto(key, this.#bytes.subarray(keyAt));
    const shift = keyAt + written - start;
    const end = ends[to - 1] ?? 0;
    this.#bytes.set(bytes.subarray(start, end), keyAt + written);
    this.#length = shift + end;
    let valueAt = start;
    for (let i = from; i < to; i++) {
      const valueEnd = ends[i] ?? 0;
      this.#message(partition, shift + valueAt, valueEnd - 1 - valueAt, keyAt, written, opaque);
      valueAt = valueEnd;
    }
    return to;
  }

  #message(
    partition: number,
    valueAt: number,
    length: number,
    keyAt: number,
    keyLength: number,
    opaque: number,
  ): void {
    const words = this.#words;
    const at = this.#count++ * WORDS;
    const value = this.#address + valueAt;
    const key = this.#address + keyAt;
    words[at + FIELD.partition] = partition;
    words[at + FIELD.payload] = value;
    words[at + FIELD.payload + 1] = value / WORD;
    words[at + FIELD.length] = length;
    words[at + FIELD.key] = key;
    words[at + FIELD.key + 1] = key / WORD;
    words[at + FIELD.keyLength] = keyLength;
    words[at + FIELD.opaque] = opaque;
  }

  /** Hands over what was filled; waits while the library's queue is full. */
  async #flush(topic: bigint): Promise<Handed> {
    const { library } = this.#client;
    let accepted = 0;
    let error = 0;
    while (this.#count > 0 && error === 0) {
      const count = this.#count;
      const taken = library.rd_kafka_produce_batch(
        topic,
        NO_PARTITION,
        FLAGS,
        this.#messages,
        count,
      );
      accepted += taken;
      if (taken === count) break;
      error = this.#keepRefused();
      if (error === LOCAL.queueFull) error = await this.#room() ? 0 : LOCAL.closed;
    }
    this.#count = 0;
    this.#length = 0;
    return { accepted, error };
  }

  /** Moves the refused messages to the front; returns what they were refused for. */
  #keepRefused(): number {
    let kept = 0;
    let error = 0;
    for (let i = 0; i < this.#count; i++) {
      const code = this.#errors[i * WORDS + FIELD.error] ?? 0;
      if (code === 0) continue;
      if (error === 0 || code !== LOCAL.queueFull) error = code;
      this.#words.copyWithin(kept++ * WORDS, i * WORDS, (i + 1) * WORDS);
    }
    this.#count = kept;
    return error;
  }

  async #handOne(topic: bigint, record: Addressed, index: number, opaque: number): Promise<number> {
    const { library, handle } = this.#client;
    for (;;) {
      const error = produceWithHeaders(library, handle, topic, record, index, opaque);
      if (error !== LOCAL.queueFull) return error;
      if (!await this.#room()) return LOCAL.closed;
    }
  }

  /** A value that is larger than the buffer gets a larger one; the next call has the usual. */
  #grow(bytes: number): void {
    const length = Math.max(BYTES, bytes);
    if (length === this.#bytes.length) return;
    this.#bytes = new Uint8Array(length);
    this.#address = Number(addressOf(this.#bytes));
  }
}
