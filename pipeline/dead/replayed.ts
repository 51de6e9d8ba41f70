/**
 * Which dead letters were appended again, as ranges of the offsets that they had: the state of a
 * cursor, kept in the commit of what is appended.
 * @module
 */
import { TickhouseError } from "../errors.ts";
import type { Place } from "./letters.ts";

/** Offsets whose letters share one cursor: its state stays below what a message may have. */
const BLOCK_OFFSETS = 50_000;

/** Name of the cursor that says whether the letter of the place was appended again. */
export function replayCursor({ topic, partition, offset }: Place): string {
  return `dead:${topic}/${partition}/${Math.floor(offset / BLOCK_OFFSETS)}`;
}

/** Offsets of one block. */
export class Replayed {
  readonly #offsets: Set<number>;

  private constructor(offsets: Set<number>) {
    this.#offsets = offsets;
  }

  /** Out of the cursor's state. Throws `LOG_DAMAGED` if it is none. */
  static parse(state: string | undefined): Replayed {
    const offsets = new Set<number>();
    for (const [from, to] of rangesOf(state)) {
      for (let offset = from; offset < to; offset++) offsets.add(offset);
    }
    return new Replayed(offsets);
  }

  has(offset: number): boolean {
    return this.#offsets.has(offset);
  }

  /** The same with these. */
  with(offsets: readonly number[]): Replayed {
    return new Replayed(new Set([...this.#offsets, ...offsets]));
  }

  /** As state of the cursor. */
  toString(): string {
    const ranges: [number, number][] = [];
    for (const offset of [...this.#offsets].sort((a, b) => a - b)) {
      const last = ranges.at(-1);
      if (last?.[1] === offset) last[1]++;
      else ranges.push([offset, offset + 1]);
    }
    return JSON.stringify({ replayed: ranges });
  }
}

function rangesOf(state: string | undefined): [number, number][] {
  if (state === undefined) return [];
  try {
    const replayed: unknown = JSON.parse(state)?.replayed;
    const isRange = (range: unknown) =>
      Array.isArray(range) && range.length === 2 && range.every(Number.isSafeInteger) &&
      range[1] > range[0] && range[1] - range[0] <= BLOCK_OFFSETS;
    if (Array.isArray(replayed) && replayed.every(isRange)) return replayed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new TickhouseError("LOG_DAMAGED", "this is no state of replayed dead letters", {
    field: "state",
    value: state,
    fix: "restore the log from a copy: which letters were appended again is not known",
  });
}
