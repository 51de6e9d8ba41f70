/**
 * Messages as `@platformatic/kafka` takes them, and how they are sent so that none is lost.
 * @module
 */
import { Buffer } from "node:buffer";
import type { MessageToProduce } from "@platformatic/kafka";
import { fitTogether, type Piece } from "./producer.ts";
import type { Request } from "./send_queue.ts";

/** One record. */
export type Message = MessageToProduce<Buffer, Buffer, Buffer, Buffer> & {
  readonly value: Buffer;
  headers?: Map<Buffer, Buffer>;
};

/**
 * One request a partition: the client sends a request again as a whole, to the leader of its first
 * record, and leaders of several partitions part when a broker dies. Returns when all have ended,
 * so that nothing of the next request overtakes one that is repeated.
 */
export async function sendAll(
  sender: { send(options: { messages: Message[] }): Promise<unknown> },
  messages: readonly Message[],
): Promise<void> {
  const groups = Map.groupBy(messages, ({ topic, partition }) => `${topic}/${partition}`);
  const sends = [...groups.values()].map((group) => sender.send({ messages: group }));
  for (const result of await Promise.allSettled(sends)) {
    if (result.status === "rejected") throw result.reason;
  }
}

/** The topics of the requests. */
export function topicsOf(requests: readonly Request[]): string[] {
  return [...new Set(requests.map(({ topic }) => topic))];
}

/** What fits goes out at once, whatever its topic: each round trip costs. */
export function together(requests: readonly Request[]): Message[][] {
  const [first, second, ...rest] = requests;
  const join = first && second && rest.length === 0 && fitTogether(first.pieces, second.pieces);
  const each = requests.map(({ topic, pieces }) => messagesOf(topic, pieces));
  return join ? [each.flat()] : each;
}

/** The records of the pieces. */
export function messagesOf(topic: string, pieces: readonly Piece[]): Message[] {
  const messages: Message[] = [];
  for (const { record: { key, partition, values, headers }, from, to } of pieces) {
    const bytes = Buffer.from(values.bytes.buffer, values.bytes.byteOffset, values.bytes.length);
    const keyBytes = Buffer.from(key);
    const named = headers && new Map(
      Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)]),
    );
    let start = from === 0 ? 0 : values.ends[from - 1] ?? 0;
    for (let i = from; i < to; i++) {
      const end = values.ends[i] ?? 0;
      const value = bytes.subarray(start, end - 1);
      const message = { topic, partition, key: keyBytes, value };
      messages.push(named ? { ...message, headers: named } : message);
      start = end;
    }
  }
  return messages;
}
