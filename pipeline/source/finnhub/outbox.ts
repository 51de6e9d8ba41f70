/** What waits to be read of a feed that others fill. @module */
import { type KeyedValues, Packed } from "../../batch.ts";
import type { RefusedRecord, SourceBatch } from "../source.ts";

/** What was taken at once. */
export interface Taken extends Omit<SourceBatch, "state"> {
  /** Records in it. */
  readonly count: number;
  /** To be done once it is in the log. */
  readonly after: readonly (() => Promise<void>)[];
}

/** Records of symbols, until the reader takes all of them at once: the slower it is, the more. */
export class Outbox {
  #lines = new Map<string, string[]>();
  #refused: RefusedRecord[] = [];
  #after: (() => Promise<void>)[] = [];
  #skipped = 0;
  #count = 0;
  #isTouched = false;
  #failure: { readonly error: unknown } | undefined;
  readonly #signal: AbortSignal;
  #wake = () => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#wake(), { once: true });
  }

  /** Records that wait, refused ones too. */
  get size(): number {
    return this.#count + this.#refused.length;
  }

  /** A record of a symbol. */
  add(symbol: string, line: string): void {
    const lines = this.#lines.get(symbol);
    if (lines) lines.push(line);
    else this.#lines.set(symbol, [line]);
    this.#count++;
    this.touch();
  }

  /** What is no record. */
  refuse(at: string, reason: string, raw: string): void {
    this.refuseRecord({ at, reason, raw: new TextEncoder().encode(raw) });
  }

  /** What is no record. */
  refuseRecord(refused: RefusedRecord): void {
    this.#refused.push(refused);
    this.touch();
  }

  /** What came, and was known. */
  skip(count = 1): void {
    this.#skipped += count;
  }

  /** The state is to be kept, whether there are records or not. */
  touch(): void {
    this.#isTouched = true;
    this.#wake();
  }

  /**
   * Does the work once all that waits now is in the log, and returns then, or when the signal
   * aborts.
   */
  async committed(work: () => Promise<void>): Promise<void> {
    if (this.#signal.aborted) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = () => resolve();
    this.#signal.addEventListener("abort", stop, { once: true });
    this.#after.push(() => work().then(resolve, reject));
    this.touch();
    await promise;
    this.#signal.removeEventListener("abort", stop);
  }

  /** Whoever reads throws it. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /**
   * Returns when there is something to take, or the signal aborts. Throws what it was told by
   * `fail`.
   */
  async filled(): Promise<void> {
    while (!this.#isTouched && !this.#failure && !this.#signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    if (this.#failure) throw this.#failure.error;
  }

  /** All that waits, but of records no more than so many: the rest is dropped. */
  take(most = Infinity): Taken {
    let count = 0;
    const records: KeyedValues[] = [];
    for (const [key, lines] of this.#lines) {
      const some = lines.length <= most - count ? lines : lines.slice(0, most - count);
      if (some.length > 0) records.push({ key, values: Packed.from(some) });
      count += some.length;
    }
    const taken = {
      ...{ records, refused: this.#refused, after: this.#after, count },
      ...(this.#skipped > 0 ? { skipped: this.#skipped } : {}),
    };
    this.#lines = new Map();
    this.#refused = [];
    this.#after = [];
    this.#skipped = this.#count = 0;
    this.#isTouched = false;
    return taken;
  }
}
