/**
 * Kafka's fetch request, answered with undecoded record batches.
 * @module
 */
import { Buffer } from "node:buffer";
import { type Connection, fetchV12, fetchV13, type Reader } from "@platformatic/kafka";
import type { AbortedTransaction } from "./records.ts";

/** Kafka's number of the fetch API. */
export const FETCH_API = 1;
const READ_COMMITTED = 1;

/** What to read of one partition. */
export interface FetchPartition {
  readonly partition: number;
  readonly offset: number;
}

/** A request to the broker that leads the partitions. */
export interface FetchRequest {
  readonly topic: string;
  /** Names this incarnation of the topic: one recreated under the same name is refused. */
  readonly topicId: string;
  /** False for brokers before Kafka 3.1, which know topics by name only. */
  readonly byId: boolean;
  readonly partitions: readonly FetchPartition[];
  /** Milliseconds the broker may wait for a first record. */
  readonly waitMs: number;
  readonly partitionBytesMax: number;
  readonly bytesMax: number;
}

/** What the broker says of one partition. */
export interface FetchAnswer {
  readonly partition: number;
  /** Kafka's number of the error; 0 for none. */
  readonly error: number;
  /** Records below this offset can be read; behind it are open transactions. */
  readonly stableOffset: number;
  readonly startOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly bytes: Buffer;
}

/** What a broker answers. */
export interface Fetched {
  /** A broker that throttles this client answers of no partition. */
  readonly answers: readonly FetchAnswer[];
  /** Milliseconds that the client is to leave the broker alone. */
  readonly throttleMs: number;
}

/** Sends one fetch, isolation read_committed. Rejects with what the client throws. */
export function fetchRecords(connection: Connection, request: FetchRequest): Promise<Fetched> {
  const { createRequest } = request.byId ? fetchV13 : fetchV12;
  const topicId = request.byId ? request.topicId : request.topic;
  const partitions = request.partitions.map(({ partition, offset }) => ({
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(offset),
    lastFetchedEpoch: -1,
    partitionMaxBytes: request.partitionBytesMax,
  }));
  const create = () =>
    createRequest(
      request.waitMs,
      1,
      request.bytesMax,
      READ_COMMITTED,
      0,
      -1,
      [{ topicId, partitions }],
      [],
      "",
    );
  return new Promise((resolve, reject) => {
    connection.send(
      FETCH_API,
      request.byId ? 13 : 12,
      create,
      (_id, _key, version, reader) => parse(version, reader, partitions),
      true,
      true,
      (error, fetched) => fetched ? resolve(fetched) : reject(error),
    );
  });
}

function parse(
  version: number,
  reader: Reader,
  asked: readonly { readonly partition: number }[],
): Fetched {
  const throttleMs = reader.readInt32();
  const error = reader.readInt16();
  if (error !== 0) {
    return { throttleMs, answers: asked.map(({ partition }) => refusal(partition, error)) };
  }
  reader.readInt32(); // session
  const topics = reader.readArray((topic) => {
    if (version < 13) topic.readString();
    else topic.readUUID();
    return topic.readArray(parsePartition);
  });
  return { throttleMs, answers: (topics ?? []).flatMap((partitions) => partitions ?? []) };
}

/** When the whole request is refused, so is each partition. */
function refusal(partition: number, error: number): FetchAnswer {
  const bytes = Buffer.alloc(0);
  return { partition, error, stableOffset: -1, startOffset: -1, aborted: [], bytes };
}

function parsePartition(reader: Reader): FetchAnswer {
  const partition = reader.readInt32();
  const error = reader.readInt16();
  reader.readInt64(); // high watermark
  const stableOffset = Number(reader.readInt64());
  const startOffset = Number(reader.readInt64());
  const aborted = reader.readNullableArray((transaction) => ({
    producerId: transaction.readInt64(),
    firstOffset: Number(transaction.readInt64()),
  }));
  reader.readInt32(); // preferred replica
  const length = Math.max(0, reader.readUnsignedVarInt() - 1);
  const bytes = reader.buffer.slice(reader.position, reader.position + length);
  reader.skip(length);
  return {
    partition,
    error,
    stableOffset,
    startOffset,
    aborted: (aborted ?? []).sort((a, b) => a.firstOffset - b.firstOffset),
    bytes,
  };
}
