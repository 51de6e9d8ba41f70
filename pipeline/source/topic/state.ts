/** How far a topic of others was read. @module */
import { TickhouseError } from "../../errors.ts";

/** What the cursor keeps. */
export interface TopicState {
  /** Id of the topic: one that was deleted and created again has another. */
  readonly id: string;
  /** By partition, the offset of the next message. */
  readonly next: readonly number[];
  /** The partition whose turn it is: the order is the same, wherever a run was cut short. */
  readonly turn: number;
  /** What became of all messages since the first, so that each is accounted for. */
  readonly counts: Counts;
  /** A hash of the mapping that the last messages were read by. */
  readonly mapping: string;
}

/** Messages and what became of them. */
export interface Counts {
  readonly messages: number;
  /** Records that they gave. */
  readonly records: number;
  /** Messages that the mapping says are none. */
  readonly skipped: number;
  /** Messages of other mappings. */
  readonly elsewhere: number;
  /** Messages, or records of them, that were refused. */
  readonly refused: number;
}

/** Before the first message. */
export const NO_COUNTS: Counts = { messages: 0, records: 0, skipped: 0, elsewhere: 0, refused: 0 };

/** Both together. */
export function plus(a: Counts, b: Counts): Counts {
  return {
    messages: a.messages + b.messages,
    records: a.records + b.records,
    skipped: a.skipped + b.skipped,
    elsewhere: a.elsewhere + b.elsewhere,
    refused: a.refused + b.refused,
  };
}

/** The state of the text. Throws `TOPIC_STATE_INVALID`. */
export function parseState(text: string): TopicState {
  let found: Partial<TopicState> | undefined;
  let cause: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    cause = error;
  }
  const { id, next, turn = 0, counts = NO_COUNTS, mapping = "" } = found ?? {};
  const isWhole = Array.isArray(next) && next.every((one) => Number.isSafeInteger(one) && one >= 0);
  if (typeof id === "string" && isWhole) return { id, next, turn, counts, mapping };
  throw new TickhouseError("TOPIC_STATE_INVALID", "this is no state of a topic", {
    field: "state",
    value: text,
    fix: "give the mapping another name, to read the topic from its start",
    cause,
  });
}
