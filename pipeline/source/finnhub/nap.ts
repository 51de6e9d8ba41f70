/** A wait that can be ended. @module */
import type { Clock } from "../../clock.ts";

const LONGEST_MS = 3_600_000;

/** Sleeps on a clock until a time, or until it is woken. */
export class Nap {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #isWoken = false;
  #end = () => {};

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Ends the sleep, or the next one if nobody sleeps. */
  wake(): void {
    this.#isWoken = true;
    this.#end();
  }

  /** Returns at the time, when woken, or when the signal aborts; after an hour at the latest. */
  async until(ms: number): Promise<void> {
    const left = Math.min(LONGEST_MS, ms - this.#clock.now());
    if (!this.#isWoken && left > 0 && !this.#signal.aborted) {
      const nap = new AbortController();
      this.#end = () => nap.abort();
      await this.#clock.sleep(left, AbortSignal.any([this.#signal, nap.signal]));
    }
    this.#isWoken = false;
  }
}
