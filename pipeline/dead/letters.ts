/**
 * The dead letters of a topic, each once: a sink that gave a record up keeps a letter of it, and so
 * does the next one, and a crash may repeat both.
 * @module
 */
import { createHash } from "node:crypto";
import type { Headers } from "../batch.ts";
import type { Broker } from "../broker/broker.ts";
import { type Dataset, deadLetterTopic } from "../datasets/dataset.ts";
import { DEAD_LETTER_HEADERS, type KeptLetter, LetterReader } from "../sink/dead_letters.ts";

/** Where a record stood that sinks gave up. */
export interface Place {
  /** Of the log. */
  readonly topic: string;
  /** Its partition. */
  readonly partition: number;
  /** Its offset there. */
  readonly offset: number;
}

/** A letter as it is read. */
export interface FoundLetter extends KeptLetter {
  readonly dataset: Dataset;
  /** Names what it stands for: letters of the same name are the same. */
  readonly name: string;
  /** Undefined for what a source refused, which never was in the log. */
  readonly place: Place | undefined;
  /** Who gave it up: a sink, or `source` and its name. */
  readonly by: string;
  readonly reason: string;
  /** How often its payload was tried, from 1 on. */
  readonly tries: number;
}

/** Records read at once. */
const READ_RECORDS = 10_000;

/**
 * Reads the letters of the dataset's topic, in the order in which they were kept, up to where the
 * dead-letter topic ends now. Repeats are among them.
 */
export async function* readLetters(
  broker: Broker,
  dataset: Dataset,
): AsyncGenerator<FoundLetter> {
  const topic = deadLetterTopic(dataset.topic);
  const { partitions = 0 } = await broker.topic(topic) ?? {};
  for (let partition = 0; partition < partitions; partition++) {
    const reader = new LetterReader();
    const { earliest, next } = await broker.offsets(topic, partition);
    for (let at = earliest; at < next;) {
      const batch = await broker.read(topic, partition, at, Math.min(READ_RECORDS, next - at));
      if (!batch) break;
      for (const letter of reader.read(batch)) yield found(dataset, letter);
      at = batch.nextOffset;
    }
  }
}

/** Counts the letters, each once; only those that the source of that name refused, if one is given. */
export async function countLetters(
  broker: Broker,
  dataset: Dataset,
  source?: string,
): Promise<number> {
  const names = new Set<string>();
  for await (const { name, place, by } of readLetters(broker, dataset)) {
    if (source === undefined || !place && sourceOf(by) === source) names.add(name);
  }
  return names.size;
}

/** The source's name, as its letters say who refused them. */
export function sourceOf(by: string): string {
  return by.replace(/^source /, "");
}

function found(dataset: Dataset, letter: KeptLetter): FoundLetter {
  const { headers } = letter;
  const place = placeOf(headers);
  const tries = Number(headers[DEAD_LETTER_HEADERS.tries]);
  return {
    ...letter,
    dataset,
    place,
    name: place ? placeText(place) : nameOfRow(letter),
    by: headers[DEAD_LETTER_HEADERS.sink] ?? "",
    reason: headers[DEAD_LETTER_HEADERS.reason] ?? "",
    tries: Number.isSafeInteger(tries) && tries > 1 ? tries : 1,
  };
}

function placeOf(headers: Headers): Place | undefined {
  const { topic, partition, offset } = headers;
  if (topic === undefined || partition === undefined || offset === undefined) return undefined;
  return { topic, partition: Number(partition), offset: Number(offset) };
}

/** As topic/partition/offset. */
export function placeText({ topic, partition, offset }: Place): string {
  return `${topic}/${partition}/${offset}`;
}

/** What a source refused is known by where it stood, why it was refused, and what it was. */
function nameOfRow({ headers, value }: KeptLetter): string {
  const { sink, offset, reason } = DEAD_LETTER_HEADERS;
  const hash = createHash("sha256").update(value ?? new Uint8Array()).digest("hex");
  return JSON.stringify([headers[sink], headers[offset], headers[reason], hash]);
}
