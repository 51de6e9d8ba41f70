/**
 * Dead letters as records of the dead-letter topic, which takes each of them whatever its size.
 * @module
 */
import { type Headers, type KeyedValues, Packed, type RecordBatch } from "../batch.ts";
import type { Broker } from "../broker/broker.ts";
import { deadLetterTopic } from "../datasets/dataset.ts";
import { hasCode } from "../errors.ts";
import type { DeadLetterQueue } from "./sink.ts";

/** Header names of a dead letter. */
export const DEAD_LETTER_HEADERS = {
  topic: "topic",
  partition: "partition",
  offset: "offset",
  reason: "reason",
  sink: "sink",
  /** How often the payload was tried; missing for once. */
  tries: "tries",
  /** Which part of the payload the record holds, from 0 on; missing where it holds all. */
  part: "part",
  /** Into how many parts the payload is cut. */
  parts: "parts",
  /** Says that the record's key is not the letter's, which is too large. */
  key: "key",
  /** Says where the payload is, where the topic takes it in no size. */
  payload: "payload",
} as const;

/** Header names of a record that was a dead letter and is tried again. */
export const REPLAY_HEADERS = {
  /** The letter that it was, as topic/partition/offset. */
  of: "replay_of",
  /** How often the payload is tried with this record. */
  tries: "tries",
} as const;

/** How often a record's payload is tried with it; undefined unless it is a replay. */
export function triesOf(headers: Headers = {}): number | undefined {
  const tries = Number(headers[REPLAY_HEADERS.tries]);
  const isReplay = REPLAY_HEADERS.of in headers && Number.isSafeInteger(tries) && tries > 1;
  return isReplay ? tries : undefined;
}

/** What is to be kept. */
export interface Letter {
  readonly key: string;
  readonly value: Uint8Array<ArrayBuffer>;
  readonly headers: Headers;
}

/** Bytes of a record's payload; by default Kafka refuses record batches above 1 MiB. */
const PART_BYTES = 2 ** 19;
/** Parts are not cut smaller, nor into more: then the payload is left where it came from. */
const PART_BYTES_MIN = 128;
const PARTS_MAX = 1_024;
/** Characters of a header or key at the most. */
const TEXT_MAX = 1_000;
/** The same of one that goes without its payload. */
const REFERENCE_TEXT_MAX = 100;

/**
 * A queue that appends to the dead-letter topic of the letters' topic: the payload byte for byte,
 * with topic, partition, offset, reason and sink as headers. A crash between here and the move of
 * the position repeats letters; (topic, partition, offset, sink) tells repeats apart.
 */
export function deadLetterQueue(broker: Broker, sink: string): DeadLetterQueue {
  return async (letters) => {
    for (const topic of new Set(letters.map((letter) => letter.topic))) {
      await keepLetters(
        broker,
        topic,
        letters.filter((letter) => letter.topic === topic).map((letter) => ({
          key: letter.key ?? "",
          value: letter.value,
          headers: {
            [DEAD_LETTER_HEADERS.topic]: letter.topic,
            [DEAD_LETTER_HEADERS.partition]: String(letter.partition),
            [DEAD_LETTER_HEADERS.offset]: String(letter.offset),
            [DEAD_LETTER_HEADERS.reason]: letter.reason,
            [DEAD_LETTER_HEADERS.sink]: sink,
            ...(letter.tries === undefined
              ? {}
              : { [DEAD_LETTER_HEADERS.tries]: String(letter.tries) }),
          },
        })),
      );
    }
  };
}

/**
 * Appends letters to the dead-letter topic of `topic`. A payload that is too large for one record
 * goes in parts, as small as that topic's limit asks; one that it takes in no size is left where
 * it came from, and the letter says so. Throws `RECORD_TOO_LARGE` if even that is refused.
 */
export async function keepLetters(
  broker: Broker,
  topic: string,
  letters: readonly Letter[],
): Promise<void> {
  const bounded = letters.map((letter) => boundedLetter(letter));
  const records = bounded.flatMap((letter) => partsOf(letter, leastParts(letter)));
  if (await takes(broker, topic, records)) return;
  const [only] = bounded;
  if (only && bounded.length === 1) return await keepCut(broker, topic, only);
  // A limit of the topic holds for what is sent together.
  const middle = Math.ceil(letters.length / 2);
  await keepLetters(broker, topic, letters.slice(0, middle));
  await keepLetters(broker, topic, letters.slice(middle));
}

/** Record by record, each half as large until the topic takes them. */
async function keepCut(broker: Broker, topic: string, letter: Letter): Promise<void> {
  const { length } = letter.value;
  for (let count = leastParts(letter); count <= PARTS_MAX; count *= 2) {
    if (count > 1 && length / count < PART_BYTES_MIN) break;
    let kept = 0;
    for (const record of partsOf(letter, count)) {
      if (!await takes(broker, topic, [record])) break;
      kept++;
    }
    if (kept === count) return;
  }
  await broker.produce(deadLetterTopic(topic), [referenceTo(letter)]);
}

/** False if it is too large for the topic. */
async function takes(
  broker: Broker,
  topic: string,
  records: readonly KeyedValues[],
): Promise<boolean> {
  try {
    await broker.produce(deadLetterTopic(topic), records);
    return true;
  } catch (error) {
    if (hasCode(error, "RECORD_TOO_LARGE")) return false;
    throw error;
  }
}

function leastParts({ value }: Letter): number {
  return Math.max(1, Math.ceil(value.length / PART_BYTES));
}

/** Cut by the count alone: whoever cuts the same payload into as many parts cuts the same ones. */
function partsOf({ key, value, headers }: Letter, count: number): KeyedValues[] {
  if (count === 1) return [{ key, values: Packed.from([value]), headers }];
  const cutAt = (part: number) => Math.floor(part * value.length / count);
  return Array.from({ length: count }, (_, part) => ({
    key,
    values: Packed.from([value.subarray(cutAt(part), cutAt(part + 1))]),
    headers: {
      ...headers,
      [DEAD_LETTER_HEADERS.part]: String(part),
      [DEAD_LETTER_HEADERS.parts]: String(count),
    },
  }));
}

/** The letter without its payload. */
function referenceTo(letter: Letter): KeyedValues {
  const { key, headers } = boundedLetter(letter, REFERENCE_TEXT_MAX);
  const left = `left at its offset: ${letter.value.length} bytes`;
  const values = Packed.from([""]);
  return { key, values, headers: { ...headers, [DEAD_LETTER_HEADERS.payload]: left } };
}

function boundedLetter({ key, value, headers }: Letter, max = TEXT_MAX): Letter {
  const texts = Object.entries(headers).map(([name, text]) => [name, bounded(text, max)]);
  const short: Headers = Object.fromEntries(texts);
  if (key.length <= max) return { key, value, headers: short };
  const left = `left out: ${key.length} characters`;
  return { key: "", value, headers: { ...short, [DEAD_LETTER_HEADERS.key]: left } };
}

function bounded(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
}

/** A letter that was kept, read back. */
export interface KeptLetter {
  /** As the letter's record has it. */
  readonly key: string | null;
  /** Without those of the parts. */
  readonly headers: Headers;
  /** The payload, byte for byte; undefined if it was left at its offset. */
  readonly value: Uint8Array<ArrayBuffer> | undefined;
  /** When it was appended, or its last part, milliseconds since 1970 UTC. */
  readonly timestampMs: number;
}

/** As `LetterReader`, of all batches at once. */
export function lettersOf(batches: Iterable<RecordBatch>): KeptLetter[] {
  const reader = new LetterReader();
  return [...batches].flatMap((batch) => reader.read(batch));
}

/**
 * Reads the letters out of the records of one partition of a dead-letter topic, from its beginning
 * on: parts are put together again. One that a crash cut off is there once more, whole, and given
 * once; one that was whole may be there twice, and is given twice.
 */
export class LetterReader {
  /** Parts of letters that are not whole yet. */
  readonly #open = new Map<string, Uint8Array<ArrayBuffer>[]>();

  /** The letters that end in the batch, which follows the one before. */
  read(batch: RecordBatch): KeptLetter[] {
    const letters: KeptLetter[] = [];
    let index = 0;
    for (const { key, count, timestampMs, headers: all = {} } of batch.runs) {
      const { part, parts = "1", ...headers } = all;
      for (const end = index + count; index < end; index++) {
        const value = batch.values.at(index);
        if (part === undefined) {
          const isLeft = DEAD_LETTER_HEADERS.payload in headers;
          letters.push({ key, headers, value: isLeft ? undefined : value, timestampMs });
          continue;
        }
        const name = JSON.stringify([headers, key, parts]);
        const found = Number(part) === 0 ? [] : this.#open.get(name) ?? [];
        // Two that keep one letter at once cut it alike: the next part is taken of either.
        if (found.length === Number(part)) found.push(value);
        this.#open.set(name, found);
        if (found.length < Number(parts)) continue;
        this.#open.delete(name);
        letters.push({ key, headers, value: joined(found), timestampMs });
      }
    }
    return letters;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
