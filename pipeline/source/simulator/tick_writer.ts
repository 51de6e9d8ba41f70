import { Packed } from "../../batch.ts";

const encoder = new TextEncoder();
const SIZE = encoder.encode(`,"size":`);
const TIME = encoder.encode(`,"event_time":`);
const TRADE = encoder.encode(`,"source":"simulator","trade_id":"`);
const END = encoder.encode(`"}\n`);
const TRADE_ID_WIDTH = 12;
const ZERO = 48;
const DOT = 46;
/** Longest line, beyond the symbol's part: four numbers of at most 17 digits and the names. */
const LINE_MAX = 160;

/** Writes the ticks of one symbol as JSON lines, digit by digit: no string is made per tick. */
export class TickWriter {
  readonly #head: Uint8Array;
  #bytes: Uint8Array<ArrayBuffer>;
  #ends: Uint32Array<ArrayBuffer>;
  #at = 0;
  #count = 0;

  constructor(symbol: string) {
    this.#head = encoder.encode(`{"symbol":${JSON.stringify(symbol)},"price":`);
    this.#ends = new Uint32Array(64);
    this.#bytes = new Uint8Array(this.#ends.length * this.#lineMax);
  }

  /** Ticks written since the last `take`. */
  get count(): number {
    return this.#count;
  }

  /** Appends a tick. Price in cents, size in shares, time in microseconds since 1970. */
  write(cents: number, size: number, timeUs: number, tradeId: number): void {
    if (this.#count === this.#ends.length) this.#grow();
    this.#put(this.#head);
    this.#digits(Math.floor(cents / 100));
    this.#bytes[this.#at++] = DOT;
    this.#fixed(cents % 100, 2);
    this.#put(SIZE);
    this.#digits(size);
    this.#put(TIME);
    // Two halves: arithmetic on numbers below 2^31 is several times faster.
    this.#digits(Math.floor(timeUs / 1e8));
    this.#fixed(timeUs % 1e8, 8);
    this.#put(TRADE);
    // Padded: ids then sort as they came, and a warehouse can skip blocks by their text.
    this.#fixed(tradeId, TRADE_ID_WIDTH);
    this.#put(END);
    this.#ends[this.#count++] = this.#at;
  }

  /** Appends the last line once more, as a feed that repeats itself does. */
  repeat(): void {
    if (this.#count === 0) return;
    if (this.#count === this.#ends.length) this.#grow();
    const start = this.#count === 1 ? 0 : this.#ends[this.#count - 2] ?? 0;
    this.#bytes.copyWithin(this.#at, start, this.#at);
    this.#at += this.#at - start;
    this.#ends[this.#count++] = this.#at;
  }

  /** Breaks the last line: its closing brace is lost. */
  spoil(): void {
    if (this.#count > 0) this.#bytes[this.#at - 2] = 0x20;
  }

  /** What was written; the writer starts again. */
  take(): Packed {
    const packed = new Packed(this.#bytes.slice(0, this.#at), this.#ends.slice(0, this.#count));
    this.#at = 0;
    this.#count = 0;
    return packed;
  }

  get #lineMax(): number {
    return this.#head.length + LINE_MAX;
  }

  #grow(): void {
    const ends = new Uint32Array(this.#ends.length * 2);
    ends.set(this.#ends);
    this.#ends = ends;
    const bytes = new Uint8Array(ends.length * this.#lineMax);
    bytes.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = bytes;
  }

  #put(part: Uint8Array): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < part.length; i++) bytes[at++] = part[i] ?? 0;
    this.#at = at;
  }

  #digits(value: number): void {
    let width = 1;
    for (let limit = 10; value >= limit; limit *= 10) width++;
    this.#fixed(value, width);
  }

  #fixed(value: number, width: number): void {
    const bytes = this.#bytes;
    let rest = value;
    for (let at = this.#at + width - 1; at >= this.#at; at--) {
      const next = Math.floor(rest / 10);
      bytes[at] = ZERO + rest - next * 10;
      rest = next;
    }
    this.#at += width;
  }
}
