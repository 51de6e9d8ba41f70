/** A provider that is down is left alone for a while. @module */
import { type Clock, systemClock } from "../clock.ts";

/** When a breaker opens, and for how long. */
export interface BreakerOptions {
  /** Requests in a row that fail before it opens. Default: 5. */
  readonly failuresMax?: number;
  /** Milliseconds until one request may try; it doubles, up to 16 times that, while those fail. Default: 5,000. */
  readonly waitMs?: number;
  readonly clock?: Clock;
}

/** Opens after failures in a row; lets one request try after a while, and closes if it succeeds. */
export class Breaker {
  readonly #failuresMax: number;
  readonly #waitMs: number;
  readonly #clock: Clock;
  #failures = 0;
  #opened = 0;
  #trying = false;
  #until = 0;

  constructor({ failuresMax = 5, waitMs = 5_000, clock = systemClock }: BreakerOptions = {}) {
    this.#failuresMax = failuresMax;
    this.#waitMs = waitMs;
    this.#clock = clock;
  }

  /** Milliseconds until a request may go out; 0 when one may now, which is then the one that tries. */
  admit(): number {
    if (this.#opened === 0) return 0;
    const left = this.#until - this.#clock.now();
    if (left > 0) return left;
    if (this.#trying) return this.#waitMs;
    this.#trying = true;
    return 0;
  }

  /** The provider answered, whatever it said. */
  succeeded(): void {
    this.#failures = 0;
    this.#opened = 0;
    this.#trying = false;
  }

  /** It did not answer, or only that it can't. */
  failed(): void {
    this.#failures++;
    this.#trying = false;
    if (this.#failures < this.#failuresMax) return;
    this.#until = this.#clock.now() + this.#waitMs * Math.min(16, 2 ** this.#opened);
    this.#opened++;
  }

  /** The request was given up by who asked: it says nothing of the provider. */
  abandoned(): void {
    this.#trying = false;
  }
}
