/**
 * Counts what flows, for the status line and the dashboard.
 * @module
 */
import { countOf, type RecordBatch } from "../batch.ts";

/** Window of the rate, milliseconds. */
const RATE_WINDOW_MS = 5_000;
/** A shorter one, at the start, would say little. */
const WINDOW_MIN_MS = 1_000;
/** Writes whose latency is remembered. */
const WRITES_MAX = 2_000;

/** Runs of a batch whose latency is looked at: the first, and others evenly chosen. */
const RUNS_MAX = 32;

/** What a meter reads. Milliseconds; null where nothing was measured in the last seconds. */
export interface Reading {
  /** Records since the start of the process. */
  readonly records: number;
  readonly ratePerSecond: number;
  /** From append to visible in the warehouse. */
  readonly latencyMsP50: number | null;
  readonly latencyMsP99: number | null;
}

interface Write {
  readonly atMs: number;
  readonly records: number;
  /** Of the oldest record of each append in the write. */
  readonly latenciesMs: readonly number[];
}

/** Measures the writes of one sink. */
export class Meter {
  readonly #now: () => number;
  #records = 0;
  #firstMs = Infinity;
  #writes: Write[] = [];

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Notes batches that are visible in the sink since this moment. */
  note(batches: readonly RecordBatch[]): void {
    const atMs = this.#now();
    const records = batches.reduce((sum, batch) => sum + countOf(batch), 0);
    const latenciesMs = batches.flatMap(({ runs }) => {
      const stride = Math.ceil(runs.length / RUNS_MAX);
      return runs.filter((_, i) => i % stride === 0).map((run) => atMs - run.timestampMs);
    });
    this.#firstMs = Math.min(this.#firstMs, atMs);
    this.#records += records;
    this.#writes.push({ atMs, records, latenciesMs });
    if (this.#writes.length > WRITES_MAX) this.#writes.shift();
  }

  /** Records a second, lately. */
  get ratePerSecond(): number {
    const now = this.#now();
    // Of very many writes only the latest are remembered: then the rate is theirs.
    const [oldest] = this.#writes;
    const sinceMs = this.#writes.length === WRITES_MAX && oldest ? oldest.atMs : this.#firstMs;
    const windowMs = Math.min(RATE_WINDOW_MS, Math.max(WINDOW_MIN_MS, now - sinceMs));
    const records = this.#recent(now).reduce((sum, write) => sum + write.records, 0);
    return records / (windowMs / 1000);
  }

  /** What was measured up to now. */
  read(): Reading {
    const recent = this.#recent(this.#now());
    const latencies = recent.flatMap((write) => write.latenciesMs).sort((a, b) => a - b);
    const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? null;
    return {
      records: this.#records,
      ratePerSecond: this.ratePerSecond,
      latencyMsP50: at(0.5),
      latencyMsP99: at(0.99),
    };
  }

  #recent(now: number): Write[] {
    return this.#writes.filter((write) => write.atMs >= now - RATE_WINDOW_MS);
  }
}
