/**
 * Kafka's record batches (format v2) as they lie on the wire, packed without an object per record.
 * @module
 */
import type { Buffer } from "node:buffer";
import { compressionsAlgorithmsByBitmask, crc32c } from "@platformatic/kafka";
import type { RecordBatch } from "../../batch.ts";
import { messageOf, TickhouseError } from "../../errors.ts";
import { RecordPacker } from "./packer.ts";

/** A transaction of that producer, begun at that offset, was given up. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** What a fetch brought of one partition. */
export interface FetchedRecords {
  readonly topic: string;
  readonly partition: number;
  /** The offset that was asked for; records below it are skipped. */
  readonly from: number;
  /** Record batches end to end; the last may be cut off. */
  readonly bytes: Buffer;
  /** Ordered by offset. */
  readonly aborted: readonly AbortedTransaction[];
}

/** Bytes of a batch's head: what lies before its records. */
const HEAD_BYTES = 61;
/** Bytes before the part that the length counts. */
const LENGTH_END = 12;
const CRC_END = 21;
const COMPRESSION = 0b111;
const APPEND_TIME = 1 << 3;
const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
/** Type of the control record that ends a transaction without keeping it. */
const ABORT = 0;

interface Head {
  readonly end: number;
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly attributes: number;
  readonly producerId: bigint;
  readonly count: number;
}

/** Reads what a fetch brought, a bounded number of records at a time. */
export class RecordReader {
  readonly #fetched: FetchedRecords;
  readonly #view: DataView;
  readonly #aborting = new Set<bigint>();
  #abortedSeen = 0;
  /** Where the next record batch starts. */
  #at = 0;
  #next: number;
  /** The records of the batch being read, decompressed, and how many of them are left. */
  #packer: RecordPacker | undefined;

  constructor(fetched: FetchedRecords) {
    const { bytes } = fetched;
    this.#fetched = fetched;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#next = fetched.from;
  }

  /** The offset that reading goes on from. */
  get next(): number {
    return this.#next;
  }

  /** The offset behind the last whole batch: what to fetch next. */
  get end(): number {
    const at = this.#at;
    let end = this.#next;
    for (let head = this.#peek(); head; head = this.#peek()) {
      end = Math.max(end, head.nextOffset);
      this.#at = head.end;
    }
    this.#at = at;
    return end;
  }

  /** Bytes held, as they came. */
  get byteLength(): number {
    return this.#fetched.bytes.byteLength;
  }

  /** False once everything was taken. */
  get hasMore(): boolean {
    return this.#packer?.hasMore === true || this.#peek() !== undefined;
  }

  /**
   * The next records, `maxRecords` and about `maxBytes` at the most, but one; the batch covers the offsets up to `next` and so
   * also those that hold no record: markers of transactions, records given up or compacted away.
   * It may be without any record. Undefined if nothing is left.
   * Throws `RECORDS_DAMAGED`.
   */
  take(maxRecords: number, maxBytes = Infinity): RecordBatch | undefined {
    const { topic, partition } = this.#fetched;
    const startOffset = this.#next;
    const packer = this.#packer ?? new RecordPacker();
    try {
      packer.start(startOffset, maxRecords, maxBytes);
      this.#fill(packer);
    } catch (cause) {
      if (cause instanceof TickhouseError) throw cause;
      throw this.#damaged(messageOf(cause), cause);
    }
    this.#packer = packer.hasMore ? packer : undefined;
    if (this.#next === startOffset) return undefined;
    const nextOffset = this.#next;
    return { topic, partition, startOffset, nextOffset, ...packer.finish(nextOffset) };
  }

  /** Goes through record batches until the packer is full; what holds no record is passed. */
  #fill(packer: RecordPacker): void {
    for (;;) {
      if (packer.hasMore) {
        packer.pack();
        if (packer.hasMore) {
          this.#next = packer.nextOffset;
          return;
        }
        this.#next = Math.max(this.#next, packer.sectionEnd);
      }
      const head = this.#peek();
      if (!head) return;
      const kept = this.#isKept(head);
      if (kept && packer.isFull) return;
      this.#enter(head, packer, kept);
    }
  }

  #enter(head: Head, packer: RecordPacker, kept: boolean): void {
    const start = this.#at;
    this.#at = head.end;
    if (head.nextOffset <= this.#next) return;
    if (!kept || head.count === 0) {
      this.#next = head.nextOffset;
      return;
    }
    this.#check(start, head.end);
    const view = this.#view;
    packer.enter(this.#section(start, head), {
      count: head.count,
      baseOffset: head.baseOffset,
      nextOffset: head.nextOffset,
      from: this.#next,
      baseTimestamp: Number(view.getBigInt64(start + 27)),
      appendTimestamp: head.attributes & APPEND_TIME
        ? Number(view.getBigInt64(start + 35))
        : undefined,
    });
  }

  /** The head of the next whole batch. Has no effect. */
  #peek(): Head | undefined {
    const start = this.#at;
    const view = this.#view;
    if (start + HEAD_BYTES > view.byteLength) return undefined;
    const end = start + LENGTH_END + view.getInt32(start + 8);
    if (end > view.byteLength) return undefined;
    const magic = view.getInt8(start + 16);
    if (magic !== 2) throw this.#damaged(`record batches of format ${magic}, not 2`);
    const baseOffset = Number(view.getBigInt64(start));
    return {
      end,
      baseOffset,
      nextOffset: baseOffset + view.getInt32(start + 23) + 1,
      attributes: view.getInt16(start + 21),
      producerId: view.getBigInt64(start + 43),
      count: view.getInt32(start + 57),
    };
  }

  /** False for markers and for records of transactions that were given up. */
  #isKept({ attributes, producerId, nextOffset, end }: Head): boolean {
    const { aborted } = this.#fetched;
    for (let next = aborted[this.#abortedSeen]; next && next.firstOffset < nextOffset;) {
      this.#aborting.add(next.producerId);
      next = aborted[++this.#abortedSeen];
    }
    if (attributes & CONTROL) {
      if (this.#controlType(end) === ABORT) this.#aborting.delete(producerId);
      return false;
    }
    return !(attributes & TRANSACTIONAL && this.#aborting.has(producerId));
  }

  /** A control record: length, attributes, time, offset, key length, then version and type. */
  #controlType(end: number): number {
    const view = this.#view;
    let at = this.#at + HEAD_BYTES;
    const skipVarint = () => {
      while (at < end && view.getUint8(at++) & 0x80);
    };
    skipVarint();
    at++;
    skipVarint();
    skipVarint();
    skipVarint();
    return view.getInt16(at + 2);
  }

  #check(start: number, end: number): void {
    const { bytes } = this.#fetched;
    const found = crc32c(bytes.subarray(start + CRC_END, end));
    if (found === this.#view.getUint32(start + 17)) return;
    throw this.#damaged("the checksum of a record batch differs");
  }

  #section(start: number, { attributes, end }: Head): Uint8Array {
    const section = this.#fetched.bytes.subarray(start + HEAD_BYTES, end);
    const bits = attributes & COMPRESSION;
    if (bits === 0) return section;
    const algorithm = compressionsAlgorithmsByBitmask[bits as 1];
    if (!algorithm) throw this.#damaged(`compression ${bits} is unknown`);
    return algorithm.decompressSync(section);
  }

  #damaged(what: string, cause?: unknown): TickhouseError {
    const { topic, partition } = this.#fetched;
    return new TickhouseError("RECORDS_DAMAGED", `${what} at offset ${this.#next}`, {
      field: "topic",
      value: `${topic}/${partition}`,
      fix: "restore the topic, or start behind that offset with a new sink",
      cause,
    });
  }
}
