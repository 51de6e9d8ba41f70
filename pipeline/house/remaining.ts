/** What is left to do at the end of a run, and how long it takes. @module */
import { number } from "../console.ts";

/** How much was left of something, and when. */
interface Look {
  readonly left: number;
  readonly atMs: number;
}

/** Parts of a work that shrinks; how long it takes is told by what it took until now. */
export class Remaining {
  readonly #now: () => number;
  readonly #parts = new Map<string, { first: Look; last: Look }>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** So many records are left of the part. */
  note(part: string, left: number): void {
    const last = { left, atMs: this.#now() };
    const first = this.#parts.get(part)?.first ?? last;
    // What has grown is measured from then on.
    this.#parts.set(part, { first: left > first.left ? last : first, last });
  }

  /**
   * Of the part that takes longest, such as `3,200,000 records left for the lake, about 40 s at
   * 80,000/s`. Until a rate was measured, how many are left. Undefined if nothing is.
   */
  describe(): string | undefined {
    const parts = [...this.#parts].map(([part, { first, last }]) => {
      const seconds = (last.atMs - first.atMs) / 1000;
      const rate = seconds > 0 ? (first.left - last.left) / seconds : 0;
      return { part, left: last.left, rate };
    }).filter(({ left }) => left > 0);
    const [longest] = parts.sort((a, b) => secondsOf(b) - secondsOf(a) || b.left - a.left);
    if (!longest) return undefined;
    const { part, left, rate } = longest;
    const count = `${number(left)} record${left === 1 ? "" : "s"} left for ${part}`;
    return rate > 0 ? `${count}, about ${duration(left / rate)} at ${number(rate)}/s` : count;
  }
}

/** One whose rate was not measured yet may take longest. */
function secondsOf({ left, rate }: { left: number; rate: number }): number {
  return rate > 0 ? left / rate : Number.MAX_VALUE;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${number(Math.max(1, Math.round(seconds)))} s`;
  return seconds < 7200 ? `${number(seconds / 60)} min` : `${number(seconds / 3600)} h`;
}
