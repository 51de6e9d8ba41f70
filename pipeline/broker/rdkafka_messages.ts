/**
 * librdkafka's message structure, by its 32-bit words.
 * @module
 */
import { Gatherer } from "./rdkafka_system.ts";

/** Bytes of a message. */
export const MESSAGE_BYTES = 72;
/** 32-bit words of a message. */
export const WORDS = MESSAGE_BYTES / 4;
/** Which word a field starts at; addresses, lengths and offsets take two. */
export const FIELD = {
  error: 0,
  partition: 4,
  payload: 6,
  length: 8,
  key: 10,
  keyLength: 12,
  offset: 14,
  opaque: 16,
} as const;

/** 2 ** 32, what the second word of a number counts. */
export const WORD = 2 ** 32;

/** Messages whose addresses the library has written into an array. */
export class MessageTable implements Disposable {
  /** The addresses. */
  readonly addresses: BigUint64Array<ArrayBuffer>;
  /** The same as bytes, for the library to write to. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #halves: Uint32Array;
  readonly #words: Uint32Array<ArrayBuffer>;
  readonly #gatherer = new Gatherer();

  /** For as many messages at once. */
  constructor(capacity: number) {
    this.addresses = new BigUint64Array(capacity);
    this.bytes = new Uint8Array(this.addresses.buffer);
    this.#halves = new Uint32Array(this.addresses.buffer);
    this.#words = new Uint32Array(capacity * WORDS);
  }

  /** How many messages it takes. */
  get capacity(): number {
    return this.addresses.length;
  }

  /** The words of the first `count` messages; valid until the next call. */
  load(count: number): Uint32Array<ArrayBuffer> {
    this.#gatherer.reset(); // Of what a failure left.
    for (let i = 0; i < count; i++) {
      this.#gatherer.add(this.#halves[2 * i] ?? 0, this.#halves[2 * i + 1] ?? 0, MESSAGE_BYTES);
    }
    this.#gatherer.finish(new Uint8Array(this.#words.buffer, 0, count * MESSAGE_BYTES));
    return this.#words;
  }

  [Symbol.dispose](): void {
    this.#gatherer[Symbol.dispose]();
  }
}
