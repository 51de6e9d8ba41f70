import type { Librdkafka } from "./rdkafka_library.ts";

/** Kind of a time: that of the broker, which does not fall along a partition. */
const APPEND_TIME = 2;

/** When messages were appended: where the first and the last agree, all in between do. */
export class MessageTimes {
  readonly #library: Librdkafka;
  readonly #times: Float64Array;
  readonly #kind = new Int32Array(1);
  readonly #kindBytes = new Uint8Array(this.#kind.buffer);
  #address: (record: number) => bigint = () => 0n;

  /** Of as many messages at once. */
  constructor(library: Librdkafka, capacity: number) {
    this.#library = library;
    this.#times = new Float64Array(capacity);
  }

  /**
   * Milliseconds since 1970 of the records of one partition, in log order, given the address of
   * each; valid until the next call.
   */
  read(count: number, address: (record: number) => bigint): Float64Array {
    this.#address = address;
    if (count === 0) return this.#times;
    this.#read(0);
    if (this.#kind[0] === APPEND_TIME) {
      this.#read(count - 1);
      this.#fill(0, count - 1);
    } else for (let i = 1; i < count; i++) this.#read(i);
    return this.#times;
  }

  #fill(first: number, last: number): void {
    if (last - first < 2) return;
    const time = this.#times[first] ?? 0;
    if (time === this.#times[last]) {
      this.#times.fill(time, first + 1, last);
      return;
    }
    const middle = (first + last) >>> 1;
    this.#read(middle);
    this.#fill(first, middle);
    this.#fill(middle, last);
  }

  #read(record: number): void {
    const { rd_kafka_message_timestamp } = this.#library;
    const time = rd_kafka_message_timestamp(this.#address(record), this.#kindBytes);
    this.#times[record] = Number(time);
  }
}
