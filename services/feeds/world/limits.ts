/**
 * How many requests a key may make, as the real providers limit them.
 * @module
 */

/** So many requests in so many milliseconds. */
export interface Limit {
  readonly requests: number;
  readonly perMs: number;
}

/** The limits of each provider. */
export interface FeedLimits {
  readonly finnhub: readonly Limit[];
  readonly yahoo: readonly Limit[];
  readonly alphavantage: readonly Limit[];
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Those of free keys; Yahoo publishes none. */
export const REAL_LIMITS: FeedLimits = {
  finnhub: [{ requests: 60, perMs: MINUTE_MS }, { requests: 30, perMs: SECOND_MS }],
  yahoo: [{ requests: 60, perMs: MINUTE_MS }],
  alphavantage: [{ requests: 5, perMs: MINUTE_MS }, { requests: 25, perMs: DAY_MS }],
};

/** None. */
export const NO_LIMITS: FeedLimits = { finnhub: [], yahoo: [], alphavantage: [] };

/** What a request is told. */
export interface Allowance {
  readonly ok: boolean;
  /** The limit that is closest to its end; undefined without limits. */
  readonly limit: Limit | undefined;
  readonly remaining: number;
  /** When it begins again, milliseconds since 1970. */
  readonly resetMs: number;
}

/** Counts requests in windows that begin with the multiples of their lengths. */
export class Limiter {
  readonly #used = new Map<string, { window: number; used: number }>();

  /** Takes one of each, or none. */
  take(key: string, limits: readonly Limit[], nowMs: number): Allowance {
    const states = limits.map((limit) => {
      const window = Math.floor(nowMs / limit.perMs);
      const name = `${key} ${limit.perMs}`;
      const known = this.#used.get(name);
      const state = known?.window === window ? known : { window, used: 0 };
      this.#used.set(name, state);
      return { limit, state, resetMs: (window + 1) * limit.perMs };
    });
    const full = states.find(({ limit, state }) => state.used >= limit.requests);
    if (!full) { for (const { state } of states) state.used++; }
    const tight = full ?? states.toSorted((a, b) => left(a) - left(b))[0];
    return {
      ok: full === undefined,
      limit: tight?.limit,
      remaining: tight ? left(tight) : Infinity,
      resetMs: tight?.resetMs ?? nowMs,
    };
  }

  /** All begin again. */
  reset(): void {
    this.#used.clear();
  }
}

function left({ limit, state }: { limit: Limit; state: { used: number } }): number {
  return limit.requests - state.used;
}
