/**
 * A stream of this process: started, watched, stopped, proven.
 * @module
 */
import type { Broker } from "../broker/broker.ts";
import { systemClock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { type Dashboard, serveDashboard } from "../dashboard/server.ts";
import type { OpenGaps } from "../dashboard/wire.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { Engine } from "../ends/end.ts";
import { hasCode, TickhouseError } from "../errors.ts";
import { assertReadOnly } from "../read/guard.ts";
import { reconcile } from "../reconcile/reconcile.ts";
import type { Source } from "../source/source.ts";
import type { Bind, Result } from "../sql/session.ts";
import type { IngestProgress } from "../stream/ingest.ts";
import type { OnNote } from "./adapters.ts";
import type { Codec } from "../codec/codec.ts";
import { Journey, type JourneyEnd } from "./journey.ts";
import { modelsLeft, openModels } from "./models.ts";
import { beginning } from "./proof.ts";
import { untilStopped, withEarlier } from "./read_report.ts";
import type { RecordedRun } from "./recorded.ts";
import { isProven, type RunReport, runReport } from "./run_report.ts";
import { deadLettersOf } from "./status.ts";

/** How a stream runs. */
export interface RunOptions {
  /** End after this many seconds. Default: when it is stopped, or the feed is exhausted. */
  readonly seconds?: number;
  /** Build the models while streaming. Default: true. */
  readonly models?: boolean;
  /** Serve the page, at the port if one is given: it must be free. Default: false. */
  readonly dashboard?: boolean | { readonly port?: number };
  /** Told of each batch that is read from the feed. */
  readonly onIngest?: (progress: IngestProgress) => void;
  /** Told when nothing more is read. */
  readonly onDrain?: () => void;
  /** Aborting it stops the run, as `stop()` does. */
  readonly signal?: AbortSignal;
}

/** What a run needs; made and closed by the house. */
export interface RunParts {
  /** What providers did not give yet, for the page. */
  readonly gaps: () => Promise<OpenGaps>;
  readonly config: Config;
  readonly broker: Broker;
  readonly codec: Codec;
  readonly datasets: readonly Dataset[];
  readonly ends: readonly JourneyEnd[];
  /** Null to stream what others put into the log. */
  readonly source: Source | null;
  /** Whether the run is to read all of its source: one that ends before has failed. */
  readonly readsAll: boolean;
  readonly onNote: OnNote;
  /** Where it is noted that it began, and how it ended. */
  readonly recorded: RecordedRun;
}

/** How far a run is. */
export interface RunProgress {
  /** What is streamed, such as "ticks"; "records" without a feed. */
  readonly what: string;
  /** Name of the feed; null without one. */
  readonly source: string | null;
  /** Records that the measured end took since the start, and lately a second. */
  readonly records: number;
  /** Over the last seconds. */
  readonly ratePerSecond: number;
  /** Records of the feed that this end has yet to take. */
  readonly lag: number;
  /** From append to visible, milliseconds; null where nothing was measured lately. */
  readonly latencyMsP50: number | null;
  /** As `latencyMsP50`, the 99th percentile. */
  readonly latencyMsP99: number | null;
  /** Which ends take nothing though records wait; null if all do. */
  readonly stalled: string | null;
  /** Which tests of the models fail; null if none does. */
  readonly failing: string | null;
  /** What is left to do at the end, and how long it takes; null before. */
  readonly ending: string | null;
}

type EngineSession = Awaited<ReturnType<Engine["session"]>>;

const NOT_STARTED: RunProgress = {
  what: "records",
  source: null,
  records: 0,
  ratePerSecond: 0,
  lag: 0,
  latencyMsP50: null,
  latencyMsP99: null,
  stalled: null,
  failing: null,
  ending: null,
};
/** What a timer can wait: some 24 days. */
const SECONDS_MAX = 2_147_483;
/** Milliseconds to close what is open after an end has stalled. */
const CLOSING_MS = 10_000;
/** Milliseconds between two reports of progress. */
const PROGRESS_MS = 500;

/** A stream that runs in this process. Made by `House.stream`. */
export class Run implements AsyncDisposable {
  /** What it did and whether it is proven, once it has ended; rejects with what ended it. */
  readonly report: Promise<RunReport>;
  /** Resolves when all is open and records flow; rejects if that fails. */
  readonly started: Promise<void>;
  readonly #stop = new AbortController();
  readonly #startedAt = Date.now();
  #hasStarted: () => void = () => {};
  #hasEnded = false;
  #journey: Journey | undefined;
  #parts: RunParts | undefined;
  #feed: Pick<RunProgress, "what" | "source"> = NOT_STARTED;
  #dashboard: Dashboard | undefined;
  /** Queries under way: a connection must not be closed under one. */
  readonly #asked = new Set<Promise<Result>>();

  /** `open` opens what the run needs, into the stack that closes it. */
  constructor(open: (stack: AsyncDisposableStack) => Promise<RunParts>, options: RunOptions) {
    const { seconds } = options;
    if (seconds !== undefined && !(seconds > 0 && seconds <= SECONDS_MAX)) {
      throw new TickhouseError("OPTION_INVALID", "is no time to run for", {
        field: "seconds",
        value: seconds,
        fix:
          `use more than 0 and at most ${SECONDS_MAX}, or leave it out to run until it is stopped`,
      });
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#hasStarted = resolve;
    options.signal?.addEventListener("abort", () => this.#stop.abort(), { once: true });
    if (options.signal?.aborted) this.#stop.abort();
    this.report = this.#run(open, options).finally(() => this.#hasEnded = true);
    this.started = Promise.race([promise, this.report.then(() => {})]);
    // Who looks at neither learns of it from `stop`.
    this.report.catch(() => {});
    this.started.catch(() => {});
  }

  /** Address of the page, if it is served and has started. */
  get url(): string | undefined {
    return this.#dashboard?.url;
  }

  /** Whether it still runs. */
  get running(): boolean {
    return !this.#hasEnded;
  }

  /** How far it is now. */
  get now(): RunProgress {
    const journey = this.#journey;
    if (!journey) return NOT_STARTED;
    const { lag, stalled, failing, ending } = journey;
    return {
      ...this.#feed,
      ...journey.meter.read(),
      lag,
      stalled,
      failing,
      ending,
    };
  }

  /** Reports how far it is, each half second by default, until it has ended. */
  async *progress(everyMs: number = PROGRESS_MS): AsyncGenerator<RunProgress> {
    const ended = this.report.then(() => {}, () => {});
    while (this.running) {
      yield this.now;
      const wait = new AbortController();
      await Promise.race([ended, systemClock.sleep(everyMs, wait.signal)]);
      wait.abort();
    }
    yield this.now;
  }

  /**
   * Runs one statement that reads on the DuckDB that streams, beside what is written. Throws
   * `QUERY_NOT_READ_ONLY`, `RUN_NOT_OPEN`, and `WAREHOUSE_MISSING` where it has none.
   */
  query(sql: string, binds: readonly Bind[] = []): Promise<Result> {
    return this.#ask(async (session) => {
      await assertReadOnly(session, sql);
      return await session.query(sql, binds);
    });
  }

  /** Works in a session of its own each time: see `DuckDbFile.renew`. */
  async #ask(work: (session: EngineSession) => Promise<Result>): Promise<Result> {
    if (!this.#parts) {
      throw new TickhouseError("RUN_NOT_OPEN", "this run has not started, or it has ended", {
        field: "query",
        fix: "wait for `run.started`; after its end, ask the house",
      });
    }
    const engine = engineOf(this.#parts.ends);
    if (!engine) {
      throw new TickhouseError("WAREHOUSE_MISSING", "this run has no warehouse to query", {
        field: "TICKHOUSE_SINKS",
        fix: "let it name the warehouse",
      });
    }
    const asked = within(engine, work);
    this.#asked.add(asked);
    try {
      return await asked;
    } finally {
      this.#asked.delete(asked);
    }
  }

  /** Reads nothing more, drains what is on its way, proves it, and reports. */
  stop(): Promise<RunReport> {
    this.#stop.abort();
    return this.report;
  }

  /** Stops it; what failed was told by `report`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => {});
  }

  async #run(
    open: (stack: AsyncDisposableStack) => Promise<RunParts>,
    options: RunOptions,
  ): Promise<RunReport> {
    const stack = new AsyncDisposableStack();
    let report: RunReport;
    let recorded: RecordedRun | undefined;
    try {
      const parts = await open(stack);
      recorded = parts.recorded;
      this.#parts = parts;
      const { source } = parts;
      if (source) this.#feed = { what: source.dataset.name, source: source.name };
      report = await this.#stream(parts, options);
    } catch (error) {
      await this.#letGo();
      await recorded?.fail(error);
      await close(stack, error);
      throw error;
    }
    await this.#letGo();
    await recorded.end(report);
    await stack.disposeAsync();
    return report;
  }

  /** Answers nothing more. */
  async #letGo(): Promise<void> {
    this.#parts = undefined;
    await Promise.allSettled(this.#asked);
  }

  async #stream(parts: RunParts, options: RunOptions): Promise<RunReport> {
    const { config, broker, codec, datasets, ends, source, onNote } = parts;
    const engine = engineOf(ends);
    const { seconds, models = true, onIngest, onDrain } = options;
    const build = models && engine ? await openModels(engine, { onNote }) : undefined;
    const from = await beginning(broker, datasets, ends.map(({ end }) => end));
    const journey = new Journey({
      ...{ config, broker, codec, datasets, ends, onNote, signal: this.#stop.signal },
      untilExhausted: source !== null,
      ...(source ? { source } : {}),
      ...(build && engine ? { models: build, modelsLeft: () => modelsLeft(engine) } : {}),
      ...(onIngest ? { onIngest } : {}),
      ...(onDrain ? { onDrain } : {}),
    });
    this.#journey = journey;
    const timer = seconds && setTimeout(() => this.#stop.abort(), seconds * 1000);
    const closing = new AbortController();
    try {
      this.#dashboard = await this.#serve(parts, options.dashboard ?? false, closing.signal);
      this.#hasStarted();
      const ended = await journey.run();
      const dataset = datasets.find(({ name }) => name === source?.dataset.name);
      const told = parts.readsAll ? ended.read : untilStopped(ended.read);
      const read = await withEarlier(broker, dataset, source?.name ?? "", told);
      const done = { ...ended, read };
      const sides = ends.map(({ end }) => end.side);
      const proof = await reconcile({ broker, codec, datasets, ends: sides, from });
      const { deliveries } = broker;
      const proven = isProven(done, proof);
      return runReport({ ...done, ...(deliveries ? { deliveries } : {}), proof, proven });
    } finally {
      if (timer) clearTimeout(timer);
      closing.abort();
      await this.#dashboard?.finished;
    }
  }

  async #serve(
    { broker, config, datasets, ends, gaps }: RunParts,
    dashboard: boolean | { readonly port?: number },
    signal: AbortSignal,
  ): Promise<Dashboard | undefined> {
    if (!dashboard) return undefined;
    if (!engineOf(ends)) {
      throw new TickhouseError("OPTION_INVALID", "the page shows what the warehouse holds", {
        field: "dashboard",
        fix: "leave it out, or let TICKHOUSE_SINKS name the warehouse",
      });
    }
    const port = (dashboard === true ? undefined : dashboard.port) ?? config.port;
    return await serveDashboard({
      // The page asks its own statements only, again and again: they need no guard.
      query: (sql, binds) => this.#ask((session) => session.query(sql, binds)),
      status: () => {
        const { records: _, lag, ending: __, what: ___, ...rest } = this.now;
        return { ...rest, lagRecords: lag, startedAt: this.#startedAt };
      },
      deadLetters: () => deadLettersOf(broker, datasets),
      gaps,
      signal,
      ...(port === undefined ? {} : { port }),
    });
  }
}

/** The DuckDB that streams, if one of the ends has one. */
function engineOf(ends: readonly JourneyEnd[]): Engine | undefined {
  return ends.find(({ end }) => end.engine)?.end.engine;
}

async function within(
  engine: Engine,
  work: (session: EngineSession) => Promise<Result>,
): Promise<Result> {
  await using session = await engine.session();
  return await work(session);
}

/** Closes all. A write that hangs can't be closed either: that must not hide what it was. */
async function close(stack: AsyncDisposableStack, error: unknown): Promise<void> {
  // What went wrong first counts.
  const closed = stack.disposeAsync().catch(() => {});
  const hangs = hasCode(error, "SINK_STALLED");
  if (!hangs) return await closed;
  const waiting = new AbortController();
  await Promise.race([closed, systemClock.sleep(CLOSING_MS, waiting.signal)]);
  waiting.abort();
}
