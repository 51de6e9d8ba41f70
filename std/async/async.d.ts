export interface DelayOptions { signal?: AbortSignal; persistent?: boolean }
export function delay(ms: number, options?: DelayOptions): Promise<void>;
export function deadline<T>(p: Promise<T>, ms: number, options?: { signal?: AbortSignal }): Promise<T>;
export class RetryError extends Error { constructor(cause: unknown, attempts: number) }
export interface RetryOptions {
  multiplier?: number;
  maxTimeout?: number;
  maxAttempts?: number;
  minTimeout?: number;
  jitter?: number;
  isRetriable?: (err: unknown) => boolean;
  signal?: AbortSignal;
}
export function retry<T>(fn: (() => Promise<T>) | (() => T), options?: RetryOptions): Promise<T>;
