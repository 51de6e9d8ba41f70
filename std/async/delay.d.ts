/** Options of `delay`. */
export interface DelayOptions {
  /** Rejects at once when it aborts. */
  signal?: AbortSignal;
  /** Whether the wait keeps the process alive. Default: true. */
  persistent?: boolean;
}
/** Resolves after `ms` milliseconds. */
export function delay(ms: number, options?: DelayOptions): Promise<void>;
