/** Thrown by `retry` after the last attempt; its `cause` is the last error. */
export class RetryError extends Error {
  /** Wraps the last error. */
  constructor(cause: unknown, attempts: number);
}
/** Options of `retry`. Times are in milliseconds. */
export interface RetryOptions {
  /** Growth of the wait from attempt to attempt. Default: 2. */
  multiplier?: number;
  /** The longest wait. Default: 60,000. */
  maxTimeout?: number;
  /** Default: 5. */
  maxAttempts?: number;
  /** The first wait. Default: 1,000. */
  minTimeout?: number;
  /** Randomness of the wait, 0 to 1. Default: 1. */
  jitter?: number;
  /** Whether an error is worth another attempt. Default: every error is. */
  isRetriable?: (err: unknown) => boolean;
  /** Stops when it aborts. */
  signal?: AbortSignal;
}
/** Calls a function until it succeeds, waiting longer each time. */
export function retry<T>(fn: (() => Promise<T>) | (() => T), options?: RetryOptions): Promise<T>;
