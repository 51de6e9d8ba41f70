/** Dead letters counted by reason, and the latest of them. @module */
import type { Broker } from "../broker/broker.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { DEAD_LETTER_HEADERS } from "../sink/dead_letters.ts";
import { type DeadFilter, matching } from "./filter.ts";
import { type FoundLetter, sourceOf } from "./letters.ts";
import { type Payload, payloadOf } from "./payload.ts";
import { replayCursor, Replayed } from "./replayed.ts";

/** A dead letter. */
export interface DeadRecord extends Payload {
  /** Name of the dataset that it was to be a record of. */
  readonly dataset: string;
  /** The topic that it came from, or was to go to. */
  readonly topic: string;
  /** Null for what a source refused, which never was in the log. */
  readonly partition: number | null;
  /** As `partition`. */
  readonly offset: number | null;
  /** The source that refused it, such as `csv:/data/prices.csv`; null for a message of the log. */
  readonly source: string | null;
  /** Where the source found it, such as `line 17`; null for a message of the log. */
  readonly line: string | null;
  /** The sinks that gave it up. */
  readonly sinks: readonly string[];
  /** When the first of them did, ISO 8601 in UTC. */
  readonly time: string;
  /** What is wrong, naming field and value. */
  readonly reason: string;
  /** The record's key, if it had one. */
  readonly key: string | null;
  /** How often the payload was tried, from 1 on. */
  readonly tries: number;
  /** Whether it was appended again. */
  readonly replayed: boolean;
}

/** How many letters have one reason, whatever the value is that is wrong. */
export interface DeadReason {
  /** What is wrong, with `…` for the value. */
  readonly reason: string;
  /** The reason of one of them, as it is. */
  readonly example: string;
  /** Letters. */
  readonly count: number;
  /** Topics that they came from. */
  readonly topics: readonly string[];
}

/** The dead letters that match, each counted once, however many sinks gave it up. */
export interface DeadList {
  /** Letters that match. */
  readonly count: number;
  /** Those that were appended again. */
  readonly replayed: number;
  /** Those that a source refused: rows of a file. */
  readonly rows: number;
  /** By count. */
  readonly reasons: readonly DeadReason[];
  /** The latest ones, newest first. */
  readonly letters: readonly DeadRecord[];
}

/** A letter, and who gave it up; its payload is kept for the latest ones only. */
interface Entry {
  readonly letter: Omit<FoundLetter, "value">;
  readonly sinks: Set<string>;
}

/** A letter with its payload. */
interface Kept {
  readonly name: string;
  readonly timeMs: number;
  readonly value: FoundLetter["value"];
}

/** Keeps the latest so many: topics are read one after the other, each in the order of time. */
class Latest {
  readonly #max: number;
  #kept: Kept[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  add(letter: Kept): void {
    this.#kept.push(letter);
    if (this.#kept.length > 2 * this.#max) this.#kept = this.newestFirst().reverse();
  }

  newestFirst(): Kept[] {
    // Of one time, the one that was kept last is the newest.
    return this.#kept.toReversed().sort((a, b) => b.timeMs - a.timeMs).slice(0, this.#max);
  }
}

/** Lists letters; at most `limit` of them one by one. */
export async function listLetters(
  broker: Broker,
  datasets: readonly Dataset[],
  filter: DeadFilter,
  limit: number,
): Promise<DeadList> {
  const entries = new Map<string, Entry>();
  const latest = new Latest(limit);
  for await (const { value, ...letter } of matching(broker, datasets, filter)) {
    const known = entries.get(letter.name);
    if (known) known.sinks.add(letter.by);
    else {
      entries.set(letter.name, { letter, sinks: new Set([letter.by]) });
      latest.add({ name: letter.name, timeMs: letter.timestampMs, value });
    }
  }
  const replayed = await replayedAmong(broker, entries);
  const letters = latest.newestFirst().flatMap(({ name, value }) => {
    const entry = entries.get(name);
    return entry ? [recordOf(entry, payloadOf(value), replayed.has(name))] : [];
  });
  const all = [...entries.values()];
  return {
    count: all.length,
    replayed: replayed.size,
    rows: all.filter(({ letter }) => !letter.place).length,
    reasons: reasonsOf(all),
    letters,
  };
}

/** Names of the letters that were appended again. */
async function replayedAmong(
  broker: Broker,
  entries: ReadonlyMap<string, Entry>,
): Promise<Set<string>> {
  const places = [...entries].flatMap(([name, { letter: { place } }]) =>
    place ? [{ name, place, cursor: replayCursor(place) }] : []
  );
  const cursors = [...new Set(places.map(({ cursor }) => cursor))];
  const states = await broker.states(cursors);
  const known = new Map([...states].map(([cursor, state]) => [cursor, Replayed.parse(state)]));
  const isReplayed = places.filter(({ place, cursor }) => known.get(cursor)?.has(place.offset));
  return new Set(isReplayed.map(({ name }) => name));
}

function reasonsOf(entries: readonly Entry[]): DeadReason[] {
  const reasons = new Map<string, { example: string; count: number; topics: Set<string> }>();
  for (const { letter: { reason: example, dataset } } of entries) {
    const reason = withoutValues(example);
    const one = reasons.get(reason) ?? { example, count: 0, topics: new Set() };
    one.count++;
    one.topics.add(dataset.topic);
    reasons.set(reason, one);
  }
  return [...reasons].map(([reason, one]) => ({ reason, ...one, topics: [...one.topics] }))
    .sort((a, b) => b.count - a.count);
}

/** A value, quoted or not, between `is` and a colon, or at the end after `which is`. */
const VALUES = /\bis (?:"(?:[^"\\]|\\.){0,1000}"|[^\s:"]{1,1000})(?=:|$)/g;

/** Reasons name field and value: those that differ in the value only are one. */
function withoutValues(reason: string): string {
  return reason.replaceAll(VALUES, "is …");
}

function recordOf(entry: Entry, payload: Payload, replayed: boolean): DeadRecord {
  const { letter: { dataset, place, by, headers, reason, key, tries, timestampMs } } = entry;
  return {
    dataset: dataset.name,
    topic: dataset.topic,
    partition: place?.partition ?? null,
    offset: place?.offset ?? null,
    source: place ? null : sourceOf(by),
    line: place ? null : headers[DEAD_LETTER_HEADERS.offset] ?? null,
    sinks: place ? [...entry.sinks] : [],
    time: new Date(timestampMs).toISOString(),
    reason,
    key: place ? key : null,
    ...{ tries, replayed },
    ...payload,
  };
}
