/** A run as the metadata store keeps it: that it began, that it lives, how it ended. @module */
import { type Clock, systemClock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import type { MetadataStore } from "../metadata/metadata.ts";
import { BEAT_MS, type RunEnd, type RunStart } from "../metadata/runs.ts";
import type { OnNote } from "./adapters.ts";
import type { RunReport } from "./run_report.ts";

/** What a run is called, and where it is noted. */
export interface RecordedOptions {
  readonly store: Pick<MetadataStore, "runs">;
  readonly config: Pick<Config, "metadata" | "route">;
  readonly verb: string;
  readonly source: string | null;
  readonly onNote: OnNote;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** A run that is noted; what can't be noted after its start is told, and does not end it. */
export class RecordedRun {
  readonly #options: RecordedOptions;
  readonly #clock: Clock;
  readonly #id: string;
  readonly #ended = new AbortController();
  readonly #beating: Promise<void>;

  private constructor(options: RecordedOptions, clock: Clock, id: string) {
    this.#options = options;
    this.#clock = clock;
    this.#id = id;
    this.#beating = this.#beat();
  }

  /** Notes that it begins. Throws what the store throws. */
  static async begin(options: RecordedOptions): Promise<RecordedRun> {
    const { store, config, verb, source, clock = systemClock } = options;
    const start: RunStart = {
      ...{ verb, source, route: config.route || null, pid: Deno.pid },
      // A file has runs of this machine only, and its name takes a permission.
      host: config.metadata === "" ? "localhost" : Deno.hostname(),
      startedUs: microseconds(clock),
    };
    return new RecordedRun(options, clock, await store.runs.begin(start));
  }

  /** Notes how it ended. */
  async end(report: RunReport): Promise<void> {
    await this.#end({ status: report.proven ? "proven" : "not_proven", report });
  }

  /** Notes what ended it. */
  async fail(error: unknown): Promise<void> {
    const code = error instanceof TickhouseError ? error.code : null;
    await this.#end({ status: "failed", report: { code, message: messageOf(error) } });
  }

  async #end(how: Omit<RunEnd, "endedUs">): Promise<void> {
    this.#ended.abort();
    await this.#beating;
    const endedUs = microseconds(this.#clock);
    await this.#told(() => this.#options.store.runs.end(this.#id, { ...how, endedUs }));
  }

  async #beat(): Promise<void> {
    const { signal } = this.#ended;
    for (let isTold = false;;) {
      await this.#clock.sleep(BEAT_MS, signal);
      if (signal.aborted) return;
      const beat = () => this.#options.store.runs.beat(this.#id, microseconds(this.#clock));
      if (!isTold) isTold = !await this.#told(beat);
      else await beat().catch(() => {}); // Each would say the same.
    }
  }

  /** Whether it could be noted. */
  async #told(work: () => Promise<void>): Promise<boolean> {
    const waiting = new AbortController();
    try {
      await Promise.race([work(), unanswered(waiting.signal)]);
      return true;
    } catch (error) {
      this.#options.onNote(`metadata   this run is not noted to its end: ${messageOf(error)}`);
      return false;
    } finally {
      waiting.abort();
    }
  }
}

/** Throws when it has waited long enough: a run must not hang for what is only noted. */
async function unanswered(signal: AbortSignal): Promise<void> {
  await systemClock.sleep(ANSWER_MS, signal);
  if (!signal.aborted) throw new Error(`no answer within ${ANSWER_MS / 1000} seconds`);
}

const ANSWER_MS = 15_000;

function microseconds(clock: Clock): number {
  return Math.round(clock.now() * 1000);
}
