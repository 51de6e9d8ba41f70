/**
 * Notices a sink that takes nothing though records wait for it.
 * @module
 */
import { TickhouseError } from "../errors.ts";

/** When a sink that takes nothing is told of, and when it ends the run. */
export interface Patience {
  /** Milliseconds without progress, while records wait, after which it counts as stalled. */
  readonly quietMs: number;
  /** Milliseconds without progress after which the run ends. */
  readonly endMs: number;
  /** Milliseconds between looks. */
  readonly everyMs: number;
}

/** Half a minute until it is told, five until it ends. */
export const PATIENCE: Patience = { quietMs: 30_000, endMs: 300_000, everyMs: 5_000 };

/** A sink that takes nothing. */
export interface Stall {
  readonly sink: string;
  readonly topic: string;
  /** Milliseconds since it took something, or since records began to wait. */
  readonly quietMs: number;
  /** Offsets of the log that wait. */
  readonly behind: number;
}

/** What a stall is, in words. */
export function describeStall({ sink, topic, quietMs, behind }: Stall): string {
  const seconds = Math.round(quietMs / 1000);
  return `${sink} has taken nothing of ${topic} for ${seconds} s while ${behind} records wait`;
}

/** Watches one sink of one topic. */
export class Watchdog {
  readonly #sink: string;
  readonly #topic: string;
  readonly #patience: Patience;
  /** When it last made progress, or had nothing to do. */
  #quietFrom: number;
  #lookedAt: number;

  constructor(sink: string, topic: string, patience: Patience, nowMs: number) {
    this.#sink = sink;
    this.#topic = topic;
    this.#patience = patience;
    this.#quietFrom = nowMs;
    this.#lookedAt = nowMs;
  }

  /** The sink has taken something. */
  progress(nowMs: number): void {
    this.#quietFrom = nowMs;
  }

  /** So many offsets wait. The stall, if it is one; throws `SINK_STALLED` when patience ends. */
  look(behind: number, nowMs: number): Stall | undefined {
    // A process that was stopped for a while could take nothing: that time does not count.
    const pausedMs = nowMs - this.#lookedAt - 2 * this.#patience.everyMs;
    if (pausedMs > 0) this.#quietFrom = Math.min(nowMs, this.#quietFrom + pausedMs);
    this.#lookedAt = nowMs;
    if (behind === 0) this.#quietFrom = nowMs;
    const quietMs = nowMs - this.#quietFrom;
    if (quietMs < this.#patience.quietMs) return undefined;
    const stall = { sink: this.#sink, topic: this.#topic, quietMs, behind };
    if (quietMs < this.#patience.endMs) return stall;
    throw new TickhouseError("SINK_STALLED", describeStall(stall), {
      field: "sink",
      value: this.#sink,
      fix: "look at what was said before; a new start goes on where the sink stands",
    });
  }
}
