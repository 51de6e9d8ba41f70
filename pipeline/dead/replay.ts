/**
 * Dead letters appended again to the topic that they came from: each once, since what was appended
 * is kept in the same commit.
 * @module
 */
import { type KeyedValues, Packed, runAt } from "../batch.ts";
import type { Broker } from "../broker/broker.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { hasCode } from "../errors.ts";
import { DEAD_LETTER_HEADERS, REPLAY_HEADERS } from "../sink/dead_letters.ts";
import { type DeadFilter, matching } from "./filter.ts";
import { type FoundLetter, type Place, placeText } from "./letters.ts";
import { replayCursor, Replayed } from "./replayed.ts";

/** What was appended again. */
export interface Replay {
  /** Letters that match. */
  readonly matched: number;
  /** Those that were appended again now. */
  readonly appended: number;
  /** Those that were before. */
  readonly before: number;
  /** Rows that a source refused, which are no messages: read the corrected file again. */
  readonly rows: number;
  /** Those that can't be appended, and why. */
  readonly impossible: readonly { readonly place: string; readonly reason: string }[];
}

/** Letters and bytes of one commit. */
const COMMIT_LETTERS_MAX = 1_000;
const COMMIT_BYTES_MAX = 4 * 2 ** 20;

/** A letter on its way. */
interface Due {
  readonly name: string;
  readonly offset: number;
  readonly record: KeyedValues;
}

/** Letters of one cursor on their way. */
class Block {
  /** Those that were appended. */
  appended = 0;
  /** Those that are too large for the topic. */
  readonly refused: string[] = [];
  readonly #broker: Broker;
  readonly #topic: string;
  readonly #source: string;
  #replayed: Replayed;
  #due: Due[] = [];
  #bytes = 0;

  private constructor(broker: Broker, topic: string, source: string, replayed: Replayed) {
    this.#broker = broker;
    this.#topic = topic;
    this.#source = source;
    this.#replayed = replayed;
  }

  /** Takes the block over: another replay of it that still runs appends nothing more. */
  static async open(broker: Broker, topic: string, source: string): Promise<Block> {
    const state = await broker.cursor(source);
    return new Block(broker, topic, source, Replayed.parse(state));
  }

  has(offset: number): boolean {
    return this.#replayed.has(offset);
  }

  async add(due: Due): Promise<void> {
    this.#due.push(due);
    this.#bytes += due.record.values.bytes.length;
    const isFull = this.#due.length >= COMMIT_LETTERS_MAX || this.#bytes >= COMMIT_BYTES_MAX;
    if (isFull) await this.commit();
  }

  /** Appends what is due. */
  async commit(): Promise<void> {
    const due = this.#due;
    [this.#due, this.#bytes] = [[], 0];
    if (due.length > 0) await this.#append(due);
  }

  /** Appends them, and notes that they were, in one commit. What is too large together goes apart. */
  async #append(due: readonly Due[]): Promise<void> {
    const replayed = this.#replayed.with(due.map(({ offset }) => offset));
    const cursor = { source: this.#source, state: String(replayed) };
    const records = due.map(({ record }) => record);
    try {
      await this.#broker.produce(this.#topic, records, cursor);
    } catch (error) {
      if (!hasCode(error, "RECORD_TOO_LARGE")) throw error;
      const [only] = due;
      if (only && due.length === 1) {
        this.refused.push(only.name);
        return;
      }
      const middle = Math.ceil(due.length / 2);
      await this.#append(due.slice(0, middle));
      await this.#append(due.slice(middle));
      return;
    }
    this.#replayed = replayed;
    this.appended += due.length;
  }
}

/** Appends again what matches and was not before. Interrupted, the next call goes on. */
export async function replayLetters(
  broker: Broker,
  datasets: readonly Dataset[],
  filter: DeadFilter,
): Promise<Replay> {
  const blocks = new Map<string, Block>();
  const seen = new Set<string>();
  const impossible: { place: string; reason: string }[] = [];
  let [before, rows] = [0, 0];
  for await (const letter of matching(broker, datasets, filter)) {
    if (seen.has(letter.name)) continue;
    seen.add(letter.name);
    const { place } = letter;
    if (!place) {
      rows++;
      continue;
    }
    const source = replayCursor(place);
    const block = blocks.get(source) ?? await Block.open(broker, place.topic, source);
    blocks.set(source, block);
    if (block.has(place.offset)) {
      before++;
      continue;
    }
    const record = await recordOf(broker, letter, place);
    if (typeof record === "string") impossible.push({ place: letter.name, reason: record });
    else await block.add({ name: letter.name, offset: place.offset, record });
  }
  let appended = 0;
  for (const block of blocks.values()) {
    await block.commit();
    appended += block.appended;
    const reason = "with the headers that say so it is too large for the topic";
    impossible.push(...block.refused.map((place) => ({ place, reason })));
  }
  return { matched: seen.size, appended, before, rows, impossible };
}

/** The letter as a record; or why it can't be one. */
async function recordOf(
  broker: Broker,
  letter: FoundLetter,
  place: Place,
): Promise<KeyedValues | string> {
  const headers = {
    [REPLAY_HEADERS.of]: placeText(place),
    [REPLAY_HEADERS.tries]: String(letter.tries + 1),
  };
  const isWhole = letter.value && !(DEAD_LETTER_HEADERS.key in letter.headers);
  if (letter.value && isWhole) {
    return { key: letter.key ?? "", values: Packed.from([letter.value]), headers };
  }
  // What was too large for the dead-letter topic is where it came from, as long as the log keeps it.
  const { earliest, next } = await broker.offsets(place.topic, place.partition);
  const batch = place.offset >= earliest && place.offset < next
    ? await broker.read(place.topic, place.partition, place.offset, 1)
    : undefined;
  if (
    !batch || batch.values.length === 0 || (batch.offsets?.[0] ?? place.offset) !== place.offset
  ) {
    return "its payload or key is not in the letter, and the log no longer has the record";
  }
  const values = batch.values.slice(0, 1);
  return { key: runAt(batch, 0).key ?? "", values, headers };
}
