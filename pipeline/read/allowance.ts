/** How much of the time the engine that writes may work for readers. @module */
import { type Clock, systemClock } from "../clock.ts";

/** How an allowance is made. */
export interface AllowanceOptions {
  /** Part of the time for which readers may have the engine, as it is just now. Default: 0.125. */
  readonly share?: () => number;
  /** Milliseconds that are saved up while nobody reads. Default: 2,000. */
  readonly savedMaxMs?: number;
  /** Default: the system's. */
  readonly clock?: Pick<Clock, "now" | "sleep">;
}

/**
 * One reader's work at a time, and so much that what streams hardly feels it: who comes after much
 * was done waits until it is paid for.
 */
export class Allowance {
  readonly #share: () => number;
  readonly #savedMaxMs: number;
  readonly #clock: Pick<Clock, "now" | "sleep">;
  #balanceMs: number;
  #countedAt: number;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(
    { share = () => 0.125, savedMaxMs = 2_000, clock = systemClock }: AllowanceOptions = {},
  ) {
    this.#share = share;
    this.#savedMaxMs = savedMaxMs;
    this.#clock = clock;
    this.#balanceMs = savedMaxMs;
    this.#countedAt = clock.now();
  }

  /**
   * Runs `work` when its turn has come and what was done before is paid for. Throws the signal's
   * reason as soon as it aborts, unless the work has begun: that must look at the signal itself.
   */
  spend<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const giveUp = () => reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    const begin = () => {
      signal.removeEventListener("abort", giveUp);
      return work();
    };
    const turn = this.#tail.then(() => this.#spend(signal, begin));
    this.#tail = turn.then(() => {}, () => {});
    turn.then(resolve, reject);
    return promise;
  }

  async #spend<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    this.#count();
    if (this.#balanceMs < 0) await this.#clock.sleep(-this.#balanceMs / this.#share(), signal);
    signal.throwIfAborted();
    const startedAt = this.#clock.now();
    try {
      return await work();
    } finally {
      this.#count();
      this.#balanceMs -= this.#clock.now() - startedAt;
    }
  }

  #count(): void {
    const now = this.#clock.now();
    const earned = (now - this.#countedAt) * this.#share();
    this.#balanceMs = Math.min(this.#savedMaxMs, this.#balanceMs + earned);
    this.#countedAt = now;
  }
}
