/**
 * A batch as the embedded log stores it, and the checksum over all of it: SQLite finds damage to its
 * own structure, not to what lies in it.
 * @module
 */
import { crc32 } from "node:zlib";
import { Packed, type RecordRun } from "../../batch.ts";
import { TickhouseError } from "../../errors.ts";

/** Records of one key appended at once. */
export interface StoredBatch {
  readonly topic: string;
  readonly partition: number;
  readonly next_offset: number;
  readonly records: number;
  readonly key: string;
  readonly timestamp_ms: number;
  readonly headers: string | null;
  readonly ends: Uint8Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** CRC-32 of everything above; null for one that a version without checksums appended. */
  readonly checksum: number | null;
}

/** Where a batch is looked for, and from where on all have checksums. */
export interface Sought {
  readonly topic: string;
  readonly partition: number;
  readonly checkedFrom: number;
}

/** The batch as it is to be stored. */
export function toStored(
  topic: string,
  partition: number,
  nextOffset: number,
  run: RecordRun & { key: string },
  { ends, bytes, length }: Packed,
): StoredBatch {
  const batch = {
    topic,
    partition,
    next_offset: nextOffset,
    records: length,
    key: run.key,
    timestamp_ms: run.timestampMs,
    headers: run.headers ? JSON.stringify(run.headers) : null,
    ends: new Uint8Array(ends.buffer, ends.byteOffset, ends.byteLength),
    bytes,
  };
  return { ...batch, checksum: checksumOf(batch) };
}

/**
 * The values of a batch. Throws `LOG_DAMAGED` unless it is what was appended, at this place; of one
 * without a checksum, unless its parts can belong together.
 */
export function valuesOf(row: StoredBatch, { topic, partition, checkedFrom }: Sought): Packed {
  const start = Number(row.next_offset) - Number(row.records);
  const damaged = (what: string) => logDamaged(topic, partition, start, what);
  if (row.checksum === null && row.next_offset > checkedFrom) {
    throw damaged("it has lost its checksum");
  }
  if (row.checksum !== null && checksumOf(row) !== row.checksum) {
    throw damaged("its checksum differs");
  }
  const values = new Packed(row.bytes, toOffsets(row.ends));
  if (row.checksum === null && !fits(row, values)) throw damaged("its parts don't fit each other");
  return values;
}

function fits({ records, bytes }: StoredBatch, { length, ends }: Packed): boolean {
  return length === records && ends.at(-1) === bytes.length &&
    ends.every((end, i) => end > (ends[i - 1] ?? 0));
}

/** Key, time and headers of `count` records of the batch. */
export function toRun(row: StoredBatch, count: number): RecordRun {
  const run = { key: row.key, count, timestampMs: row.timestamp_ms };
  return row.headers === null ? run : { ...run, headers: JSON.parse(row.headers) };
}

/** The checksum of a source's state. */
export function checksumOfState(source: string, state: string): number {
  return crc32(JSON.stringify([source, state]));
}

/** Something in the log is not what was appended. */
export function logDamaged(
  topic: string,
  partition: number,
  offset: number,
  what: string,
): TickhouseError {
  return new TickhouseError(
    "LOG_DAMAGED",
    `the log is not what was appended, from ${topic}/${partition} offset ${offset} on: ${what}`,
    {
      field: "log",
      value: `${topic}/${partition}`,
      fix:
        `restore broker.sqlite from a copy; what is before offset ${offset} is sound, and what ` +
        "lake and warehouse took before the damage they still have",
    },
  );
}

function checksumOf(row: Omit<StoredBatch, "checksum">): number {
  const { topic, partition, next_offset, records, key, timestamp_ms, headers, ends, bytes } = row;
  const place = [topic, partition, next_offset, records, key, timestamp_ms, headers];
  // Damage can turn a cell into one of another type.
  if (!(ends instanceof Uint8Array) || !(bytes instanceof Uint8Array)) return -1;
  return crc32(bytes, crc32(ends, crc32(JSON.stringify(place))));
}

function toOffsets(blob: Uint8Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const aligned = blob.byteOffset % 4 === 0 ? blob : blob.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.byteLength / 4));
}
