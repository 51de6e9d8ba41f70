/** Options of `deadline`. */
export interface DeadlineOptions {
  /** Rejects at once when it aborts. */
  signal?: AbortSignal;
}
/** The promise's outcome, or a rejection with a `TimeoutError` after `ms` milliseconds. */
export function deadline<T>(p: Promise<T>, ms: number, options?: DeadlineOptions): Promise<T>;
