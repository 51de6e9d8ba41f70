/** Time as an argument, so that a seeded run repeats exactly. @module */
import { delay } from "@std/async";

/** A clock to read and to wait on. */
export interface Clock {
  /** Milliseconds since 1970 UTC, fractions allowed. */
  now(): number;
  /** Returns after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock, to the microsecond. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, signal ? { signal } : {});
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};

/** A clock that only moves when it is slept on. */
export class VirtualClock implements Clock {
  #now: number;

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    this.#now += ms;
    return Promise.resolve();
  }
}
