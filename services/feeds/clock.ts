/**
 * The clock of the feeds: runs at any speed, stands still, and goes on when told.
 * @module
 */
import type { Clock } from "tickhouse/clock.ts";
import { TickhouseError } from "tickhouse/errors.ts";

/** How a feed clock starts. */
export interface FeedClockOptions {
  /** Milliseconds since 1970 UTC. Default: now. */
  readonly at?: number;
  /** Its seconds in a real second; 0: it stands still until told. Default: 0. */
  readonly speed?: number;
  /** Real milliseconds. Default: `performance.now`. */
  readonly real?: () => number;
}

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/** The longest wait that a timer takes. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** A clock for feeds and their clients alike: both see one time. */
export class FeedClock implements Clock {
  #atMs: number;
  #realMs: number;
  #speed: number;
  readonly #real: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #sleepers = new Set<Sleeper>();

  constructor(
    { at = Date.now(), speed = 0, real = () => performance.now() }: FeedClockOptions = {},
  ) {
    this.#atMs = at;
    this.#speed = speed;
    this.#real = real;
    this.#realMs = real();
  }

  now(): number {
    return this.#atMs + (this.#real() - this.#realMs) * this.#speed;
  }

  /** Its seconds in a real second. */
  get speed(): number {
    return this.#speed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper = { untilMs: this.now() + Math.max(0, ms), wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", wake);
      this.#arm();
    });
  }

  /** Lets so much time pass at once. Whoever slept until then wakes. */
  advance(ms: number): void {
    if (!(ms >= 0)) refuse("advance_ms", ms, "use a number from 0 on: time does not go back");
    this.#set(this.now() + ms, this.#speed);
  }

  /** Goes to a time; not back, while somebody sleeps. */
  set(atMs: number): void {
    if (!Number.isFinite(atMs)) refuse("at", atMs, "use milliseconds since 1970, or a time");
    this.#set(atMs, this.#speed);
  }

  /** Runs so fast from now on. */
  run(speed: number): void {
    if (!(speed >= 0 && speed <= 1e6)) refuse("speed", speed, "use 0 to 1,000,000");
    this.#set(this.now(), speed);
  }

  /** Lets go of its timer. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const { wake } of [...this.#sleepers]) wake();
  }

  #set(atMs: number, speed: number): void {
    this.#atMs = atMs;
    this.#realMs = this.#real();
    this.#speed = speed;
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const now = this.now();
    let next = Infinity;
    for (const { untilMs, wake } of [...this.#sleepers]) {
      if (untilMs <= now) wake();
      else next = Math.min(next, untilMs);
    }
    if (this.#speed === 0 || next === Infinity) return;
    const realMs = Math.min(TIMER_MAX_MS, Math.max(0, (next - now) / this.#speed));
    this.#timer = setTimeout(() => this.#arm(), realMs);
  }
}

function refuse(field: string, value: number, fix: string): never {
  throw new TickhouseError("FEED_CONTROL", "not a time the clock takes", { field, value, fix });
}
