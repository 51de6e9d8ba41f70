/** The pace of a replay: when a record of some event time is due. @module */
import { delay } from "@std/async";

/** Waits that many milliseconds; rejects when the signal aborts. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** Timers can't wait longer than 24 days: longer waits are made of several. */
const SLEEP_MS_MAX = 86_400_000;
/** A step back in event time by more than this begins a new series, such as the next symbol's. */
const SERIES_STEP_US = 3_600_000_000;

/** The clock of a replay: event time runs `speed` times as fast as the wall clock. */
export class Pace {
  readonly #speed: number;
  readonly #clock: () => number;
  readonly #sleep: Sleep;
  #anchor: { readonly us: number; readonly ms: number } | undefined;
  #latestUs = -Infinity;

  constructor(
    speed: number,
    clock: () => number = () => performance.now(),
    sleep: Sleep = (ms, signal) => delay(ms, { signal }),
  ) {
    this.#speed = speed;
    this.#clock = clock;
    this.#sleep = sleep;
  }

  /** True if a record of that event time is due. The first record always is. */
  due(us: number): boolean {
    if (us < this.#latestUs - SERIES_STEP_US) this.#anchor = undefined;
    if (!this.#anchor) {
      this.#anchor = { us, ms: this.#clock() };
      this.#latestUs = us;
    }
    if (this.#msUntil(us) > 0) return false;
    this.#latestUs = Math.max(this.#latestUs, us);
    return true;
  }

  /** Waits until that event time is due, at most a day; returns early when the signal aborts. */
  async wait(us: number, signal: AbortSignal): Promise<void> {
    const ms = Math.max(1, Math.min(this.#msUntil(us), SLEEP_MS_MAX));
    try {
      await this.#sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #msUntil(us: number): number {
    if (!this.#anchor) return 0;
    return (us - this.#anchor.us) / 1000 / this.#speed - (this.#clock() - this.#anchor.ms);
  }
}
