/**
 * Packs records of Kafka's wire format into batches: no object per record.
 * @module
 */
import { type Headers, Packed, type RecordRun } from "../../batch.ts";
import { KeyTexts } from "./texts.ts";

const NEWLINE = 10;
const RECORDS_MIN = 256;
const decoder = new TextDecoder();

/** The records of one record batch, and what its head says of them. */
export interface Section {
  readonly count: number;
  readonly baseOffset: number;
  /** The offset behind the last one that the batch covers. */
  readonly nextOffset: number;
  /** Records below this offset are skipped. */
  readonly from: number;
  /** Milliseconds since 1970. */
  readonly baseTimestamp: number;
  /** The broker's time, where the topic keeps that. */
  readonly appendTimestamp: number | undefined;
}

/** What was packed. */
export interface PackedRecords {
  readonly values: Packed;
  readonly runs: readonly RecordRun[];
  readonly offsets?: Float64Array;
}

/** Reads sections and packs their records until it is full. */
export class RecordPacker {
  static readonly #texts = new KeyTexts();
  #bytes = new Uint8Array(0);
  #length = 0;
  #ends = new Uint32Array(0);
  #offsets = new Float64Array(0);
  #count = 0;
  #max = 0;
  #maxBytes = 0;
  #startOffset = 0;
  #isDense = true;
  #runs: RecordRun[] = [];
  #runKey: string | null = null;
  #runTime = 0;
  #runHeaders: Headers | undefined;
  #runCount = 0;
  // The section being read.
  #source: Uint8Array = new Uint8Array(0);
  #at = 0;
  #left = 0;
  #section: Section | undefined;
  #nextOffset = 0;

  /**
   * Forgets what was packed and gets ready for `max` records from `offset` on; with that which
   * reaches `maxBytes` it is full.
   */
  start(offset: number, max: number, maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#startOffset = offset;
    this.#max = max;
    this.#count = 0;
    this.#length = 0;
    this.#isDense = true;
    this.#runs = [];
    this.#runCount = 0;
    this.#bytes = new Uint8Array(this.#source.length - this.#at);
    const records = Math.max(RECORDS_MIN, Math.min(max, this.#left));
    this.#ends = new Uint32Array(records);
    this.#offsets = new Float64Array(records);
  }

  /** True while records of the section are left. */
  get hasMore(): boolean {
    return this.#left > 0;
  }

  /** True when no further record fits. */
  get isFull(): boolean {
    return this.#count >= this.#max || this.#length >= this.#maxBytes;
  }

  /** The offset behind the last record packed. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** The offset behind the section. */
  get sectionEnd(): number {
    return this.#section?.nextOffset ?? 0;
  }

  /** Takes the records of a batch to read next; those before must be read. */
  enter(source: Uint8Array, section: Section): void {
    this.#source = source;
    this.#section = section;
    this.#at = 0;
    this.#left = section.count;
    this.#nextOffset = section.from;
    this.#reserve(source.length, section.count);
  }

  /** Packs until the section ends or it is full. */
  pack(): void {
    while (this.#left > 0 && !this.isFull) {
      this.#record();
      this.#left--;
    }
  }

  /** What was packed since `start`, as a batch that covers the offsets below `nextOffset`. */
  finish(nextOffset: number): PackedRecords {
    this.#endRun();
    const bytes = this.#bytes.slice(0, this.#length);
    const values = new Packed(bytes, this.#ends.slice(0, this.#count));
    const packed = { values, runs: this.#runs };
    if (this.#isDense && this.#startOffset + this.#count === nextOffset) return packed;
    return { ...packed, offsets: this.#offsets.slice(0, this.#count) };
  }

  #record(): void {
    const section = this.#section;
    if (!section) return;
    const length = this.#varint();
    const end = this.#at + length;
    if (length < 0 || end > this.#source.length) throw new RangeError("a record is cut off");
    this.#at++; // attributes: unused
    const time = section.baseTimestamp + this.#varlong();
    const offset = section.baseOffset + this.#varint();
    if (offset < section.from) {
      this.#at = end;
      return;
    }
    const keyLength = this.#varint();
    const keyStart = this.#at;
    if (keyLength > 0) this.#at += keyLength;
    const valueLength = this.#varint();
    const valueStart = this.#at;
    if (valueLength > 0) this.#at += valueLength;
    if (this.#at > end) throw new RangeError("a record is longer than it says");
    this.#value(valueStart, Math.max(0, valueLength), offset);
    this.#run(
      keyLength < 0 ? null : RecordPacker.#texts.of(this.#source, keyStart, keyStart + keyLength),
      section.appendTimestamp ?? time,
      this.#headers(),
    );
    this.#at = end;
  }

  /** A value that is null (a tombstone) is packed as an empty one. */
  #value(start: number, length: number, offset: number): void {
    if (length > 0) this.#bytes.set(this.#source.subarray(start, start + length), this.#length);
    this.#length += length;
    this.#bytes[this.#length++] = NEWLINE;
    this.#ends[this.#count] = this.#length;
    this.#offsets[this.#count] = offset;
    if (offset !== this.#startOffset + this.#count) this.#isDense = false;
    this.#count++;
    this.#nextOffset = offset + 1;
  }

  #headers(): Headers | undefined {
    const count = this.#varint();
    if (count <= 0) return undefined;
    const headers: Record<string, string> = {};
    for (let i = 0; i < count; i++) {
      const name = this.#text();
      headers[name] = this.#text();
    }
    return headers;
  }

  #text(): string {
    const length = this.#varint();
    if (length <= 0) return "";
    const start = this.#at;
    this.#at += length;
    return decoder.decode(this.#source.subarray(start, this.#at));
  }

  #run(key: string | null, timestampMs: number, headers: Headers | undefined): void {
    if (
      this.#runCount > 0 && key === this.#runKey && timestampMs === this.#runTime &&
      (headers === this.#runHeaders || areEqual(headers, this.#runHeaders))
    ) {
      this.#runCount++;
      return;
    }
    this.#endRun();
    this.#runKey = key;
    this.#runTime = timestampMs;
    this.#runHeaders = headers;
    this.#runCount = 1;
  }

  #endRun(): void {
    if (this.#runCount === 0) return;
    const run = { key: this.#runKey, count: this.#runCount, timestampMs: this.#runTime };
    this.#runs.push(this.#runHeaders ? { ...run, headers: this.#runHeaders } : run);
    this.#runCount = 0;
  }

  /** A record has at least seven bytes besides its value: what comes in is room enough. */
  #reserve(bytes: number, records: number): void {
    const length = this.#length + bytes;
    if (length > this.#bytes.length) {
      const wider = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      wider.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = wider;
    }
    const count = Math.min(this.#max, this.#count + records);
    if (count <= this.#ends.length) return;
    const room = Math.max(count, this.#ends.length * 2);
    const ends = new Uint32Array(room);
    ends.set(this.#ends.subarray(0, this.#count));
    this.#ends = ends;
    const offsets = new Float64Array(room);
    offsets.set(this.#offsets.subarray(0, this.#count));
    this.#offsets = offsets;
  }

  #varint(): number {
    const source = this.#source;
    let at = this.#at;
    let byte = source[at++] ?? 0;
    let value = byte & 0x7f;
    for (let shift = 7; byte & 0x80; shift += 7) {
      byte = source[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
    }
    this.#at = at;
    return (value >>> 1) ^ -(value & 1);
  }

  /** Up to 53 bits, which no difference of times exceeds. */
  #varlong(): number {
    const source = this.#source;
    let byte = source[this.#at++] ?? 0;
    let value = byte & 0x7f;
    for (let scale = 128; byte & 0x80; scale *= 128) {
      byte = source[this.#at++] ?? 0;
      value += (byte & 0x7f) * scale;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

function areEqual(a: Headers | undefined, b: Headers | undefined): boolean {
  if (!a || !b) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
