/**
 * The seam behind which Kafka's producing clients stand.
 * @module
 */
import type { DeliveryCounts } from "../broker.ts";
import type { KeyedValues } from "../../batch.ts";

export type { DeliveryCounts };

/** Values under one key, and the partition that the key hashes to. */
export interface Addressed extends KeyedValues {
  readonly partition: number;
}

/** What goes to one topic, in order. */
export interface Append {
  /** As the cluster names it. */
  readonly topic: string;
  readonly records: readonly Addressed[];
}

/** A client that appends. Each append is durable on all replicas in step when it returns. */
export interface KafkaProducer extends AsyncDisposable {
  /** Delivery reports so far. */
  readonly counts: DeliveryCounts;
  /** Appends; records of one partition keep their order. After an error some may be there. */
  append(append: Append): Promise<void>;
  /**
   * Appends all in one transaction, or nothing. A second client that uses the same id takes it
   * over: from then on this one throws `SOURCE_FENCED`.
   */
  transact(id: string, appends: readonly Append[]): Promise<void>;
  /**
   * Takes the id over: what another client left open under it is given up, and that client fenced.
   * When it returns, every transaction of the id has ended and its records are there, or never.
   */
  claim(id: string): Promise<void>;
}

/** Counts deliveries. */
export class DeliveryCounter implements DeliveryCounts {
  records = 0;
  bytes = 0;
  failed = 0;
  retried = 0;

  /** Counts the pieces as what becomes of `sending` says. */
  async count(pieces: readonly Piece[], sending: () => Promise<void>): Promise<void> {
    try {
      await sending();
    } catch (error) {
      this.failed += recordsIn(pieces);
      throw error;
    }
    this.records += recordsIn(pieces);
    this.bytes += bytesIn(pieces);
  }
}

/** Part of an addressed packing: values `from` up to `to`. */
export interface Piece {
  readonly record: Addressed;
  readonly from: number;
  readonly to: number;
  /** Of the values. */
  readonly bytes: number;
}

/** What goes into one request at the most; the default limit of a record batch is 1 MiB. */
const RECORDS_MAX = 5_000;
const BYTES_MAX = 700 * 1024;

/** The requests that the appends are cut into, in order. */
export function requestsOf(appends: readonly Append[]): { topic: string; pieces: Piece[] }[] {
  return appends.flatMap((append) =>
    cut(append).map((pieces) => ({ topic: append.topic, pieces }))
  );
}

/** Cuts an append into pieces, and those into requests. */
export function cut({ records }: Append): Piece[][] {
  const requests: Piece[][] = [];
  let request: Piece[] = [];
  let room = { records: RECORDS_MAX, bytes: BYTES_MAX };
  const next = () => {
    if (request.length > 0) requests.push(request);
    request = [];
    room = { records: RECORDS_MAX, bytes: BYTES_MAX };
  };
  for (const record of records) {
    const { values: { ends }, key } = record;
    for (let from = 0; from < ends.length;) {
      const start = from === 0 ? 0 : ends[from - 1] ?? 0;
      const overhead = key.length + 16;
      let to = from;
      const size = () => (ends[to] ?? 0) - start + (to + 1 - from) * overhead;
      while (to < ends.length && to - from < room.records && size() <= room.bytes) to++;
      // A value that is larger than any request goes alone: the broker decides.
      if (to === from && request.length === 0) to++;
      if (to > from) {
        const bytes = (ends[to - 1] ?? 0) - start;
        request.push({ record, from, to, bytes });
        room.records -= to - from;
        room.bytes -= bytes + (to - from) * overhead;
        from = to;
      }
      if (from < ends.length) next();
    }
  }
  next();
  return requests;
}

/** Records in the pieces. */
export function recordsIn(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Bytes of the values in the pieces. */
export function bytesIn(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** True if both fit into one request. */
export function fitTogether(a: readonly Piece[], b: readonly Piece[]): boolean {
  return recordsIn(a) + recordsIn(b) <= RECORDS_MAX && bytesIn(a) + bytesIn(b) <= BYTES_MAX / 2;
}
