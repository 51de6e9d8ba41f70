/**
 * Records in batches. No object is made per message: values lie end to end in one buffer.
 * @module
 */

const NEWLINE = 10;

/**
 * Byte strings packed end to end, each followed by one newline, so that single-line JSON payloads
 * are NDJSON as they lie.
 */
export class Packed {
  /** All values, each followed by "\n". */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `ends[i]` is the index just behind the newline that follows value `i`. */
  readonly ends: Uint32Array<ArrayBuffer>;

  /** `ends[i]` is where value i ends in `bytes`. */
  constructor(bytes: Uint8Array<ArrayBuffer>, ends: Uint32Array<ArrayBuffer>) {
    this.bytes = bytes;
    this.ends = ends;
  }

  /** Packs the given values; strings as UTF-8. */
  static from(values: readonly (string | Uint8Array)[]): Packed {
    const encoder = new TextEncoder();
    const parts = values.map((v) => typeof v === "string" ? encoder.encode(v) : v);
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length + 1, 0));
    const ends = new Uint32Array(parts.length);
    let at = 0;
    parts.forEach((part, i) => {
      bytes.set(part, at);
      at += part.length;
      bytes[at++] = NEWLINE;
      ends[i] = at;
    });
    return new Packed(bytes, ends);
  }

  /** Puts several packings one behind the other; a single one is returned as it is. */
  static concat(parts: readonly Packed[]): Packed {
    const [only] = parts;
    if (only && parts.length === 1) return only;
    const bytes = new Uint8Array(parts.reduce((sum, p) => sum + p.bytes.length, 0));
    const ends = new Uint32Array(parts.reduce((sum, p) => sum + p.length, 0));
    let at = 0;
    let index = 0;
    for (const part of parts) {
      bytes.set(part.bytes, at);
      for (let i = 0; i < part.ends.length; i++) ends[index++] = at + (part.ends[i] ?? 0);
      at += part.bytes.length;
    }
    return new Packed(bytes, ends);
  }

  /** Number of values. */
  get length(): number {
    return this.ends.length;
  }

  /** The bytes of value `index`, without its newline; a view, not a copy. */
  at(index: number): Uint8Array<ArrayBuffer> {
    const end = this.ends[index];
    if (end === undefined) throw new RangeError(`value ${index} of ${this.length}`);
    return this.bytes.subarray(index === 0 ? 0 : this.ends[index - 1], end - 1);
  }

  /** How many values from `from` on are no more than so many, of so many bytes; at least one. */
  fitting(from: number, maxRecords: number, maxBytes: number): number {
    const start = from === 0 ? 0 : this.ends[from - 1] ?? 0;
    let low = 1;
    let high = Math.max(1, Math.min(maxRecords, this.length - from));
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.ends[from + middle - 1] ?? 0) - start <= maxBytes) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Values `from` up to and without `to`. */
  slice(from: number, to: number): Packed {
    if (from === 0 && to === this.length) return this;
    const start = from === 0 ? 0 : this.ends[from - 1] ?? 0;
    const end = to === 0 ? 0 : this.ends[to - 1] ?? this.bytes.length;
    const ends = this.ends.slice(from, to);
    for (let i = 0; i < ends.length; i++) ends[i] = (ends[i] ?? 0) - start;
    return new Packed(this.bytes.subarray(start, end), ends);
  }
}

/** Values under one key; they are appended in order, to the partition the key hashes to. */
export interface KeyedValues {
  /** Decides the partition. */
  readonly key: string;
  /** The values, in order. */
  readonly values: Packed;
  /** Of each of them. Default: none. */
  readonly headers?: Headers;
}

/** Some of a record's metadata as text. */
export type Headers = Readonly<Record<string, string>>;

/** `count` neighbouring records that share key, append time and headers. */
export interface RecordRun {
  /** Decided the partition; null where a producer gave none. */
  readonly key: string | null;
  /** How many records they are. */
  readonly count: number;
  /** When the broker appended them, milliseconds since 1970 UTC. */
  readonly timestampMs: number;
  /** Of each of them. Default: none. */
  readonly headers?: Headers;
}

/** Records of one partition in log order, covering the offsets [startOffset, nextOffset). */
export interface RecordBatch {
  /** As the broker's caller names it. */
  readonly topic: string;
  /** From 0. */
  readonly partition: number;
  /** First offset covered. */
  readonly startOffset: number;
  /** The offset after the last one covered. */
  readonly nextOffset: number;
  /**
   * Offset of each record, where they are not startOffset, startOffset + 1, …: a log may have gaps
   * (compaction, transaction markers, retention). Gaps at the end need none.
   */
  readonly offsets?: Float64Array;
  /** One a record, in order. */
  readonly values: Packed;
  /** Keys, times and headers, run-length encoded; the counts sum to `values.length`. */
  readonly runs: readonly RecordRun[];
}

/** Number of records in the batch. */
export function countOf(batch: RecordBatch): number {
  return batch.values.length;
}

/** Offset of record `index`. */
export function offsetAt(batch: RecordBatch, index: number): number {
  return batch.offsets?.[index] ?? batch.startOffset + index;
}

/** Key, time and headers of record `index`. */
export function runAt(batch: RecordBatch, index: number): RecordRun {
  let seen = 0;
  for (const run of batch.runs) {
    seen += run.count;
    if (index < seen) return run;
  }
  throw new RangeError(`record ${index} of ${countOf(batch)}`);
}

/** One batch out of neighbouring ones; they must follow each other without gap. */
export function concatBatches(batches: readonly RecordBatch[]): RecordBatch {
  const [first] = batches;
  const last = batches.at(-1);
  if (!first || !last) throw new RangeError("no batch to concatenate");
  if (batches.length === 1) return first;
  batches.reduce((previous, batch) => {
    if (batch.startOffset !== previous.nextOffset) {
      throw new RangeError(`batch at ${batch.startOffset} does not follow ${previous.nextOffset}`);
    }
    return batch;
  });
  const joined = {
    topic: first.topic,
    partition: first.partition,
    startOffset: first.startOffset,
    nextOffset: last.nextOffset,
    values: Packed.concat(batches.map((b) => b.values)),
    runs: joinRuns(batches),
  };
  return batches.some(hasGaps) ? { ...joined, offsets: joinOffsets(batches) } : joined;
}

/** Whether some offsets of the batch have no record. */
function hasGaps(batch: RecordBatch): boolean {
  return batch.offsets !== undefined || countOf(batch) < batch.nextOffset - batch.startOffset;
}

/** The batch from `offset` on; undefined when nothing of it is left. */
export function batchFrom(batch: RecordBatch, offset: number): RecordBatch | undefined {
  if (offset <= batch.startOffset) return batch;
  if (offset >= batch.nextOffset) return undefined;
  const count = countOf(batch);
  let skip = 0;
  while (skip < count && offsetAt(batch, skip) < offset) skip++;
  const rest = {
    topic: batch.topic,
    partition: batch.partition,
    startOffset: offset,
    nextOffset: batch.nextOffset,
    values: batch.values.slice(skip, count),
    runs: dropRecords(batch.runs, skip),
  };
  return batch.offsets ? { ...rest, offsets: batch.offsets.slice(skip) } : rest;
}

/** The batch up to, not including, `offset`. */
export function batchUpTo(batch: RecordBatch, offset: number): RecordBatch {
  if (offset >= batch.nextOffset) return batch;
  let take = countOf(batch);
  while (take > 0 && offsetAt(batch, take - 1) >= offset) take--;
  const values = batch.values.slice(0, take);
  return { ...batch, nextOffset: offset, values, runs: keepRecords(batch.runs, take) };
}

/** The batch, covering also the offsets from `startOffset` on, of which the log has no records. */
export function widenBatch(batch: RecordBatch, startOffset: number): RecordBatch {
  const offsets = Float64Array.from({ length: countOf(batch) }, (_, i) => offsetAt(batch, i));
  return { ...batch, startOffset, offsets };
}

/** Where a run goes on in the next batch it is one. */
function joinRuns(batches: readonly RecordBatch[]): RecordRun[] {
  const joined: RecordRun[] = [];
  for (const { runs } of batches) {
    const last = joined.at(-1);
    const [first] = runs;
    const isOne = last && first && last.key === first.key && !last.headers && !first.headers &&
      last.timestampMs === first.timestampMs;
    if (isOne) joined[joined.length - 1] = { ...last, count: last.count + first.count };
    for (const run of isOne ? runs.slice(1) : runs) joined.push(run);
  }
  return joined;
}

function joinOffsets(batches: readonly RecordBatch[]): Float64Array {
  const offsets = new Float64Array(batches.reduce((sum, b) => sum + countOf(b), 0));
  let at = 0;
  for (const batch of batches) {
    for (let i = 0; i < countOf(batch); i++) offsets[at++] = offsetAt(batch, i);
  }
  return offsets;
}

function keepRecords(runs: readonly RecordRun[], count: number): RecordRun[] {
  let left = count;
  return runs.flatMap((run) => {
    const kept = Math.min(left, run.count);
    left -= kept;
    return kept > 0 ? [{ ...run, count: kept }] : [];
  });
}

function dropRecords(runs: readonly RecordRun[], count: number): RecordRun[] {
  let left = count;
  const rest: RecordRun[] = [];
  for (const run of runs) {
    const dropped = Math.min(left, run.count);
    left -= dropped;
    if (dropped < run.count) rest.push({ ...run, count: run.count - dropped });
  }
  return rest;
}
