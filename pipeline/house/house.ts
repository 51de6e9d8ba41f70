/**
 * tickhouse as a library: what the command line, the notebooks and the tests stand on.
 * @module
 */
import type { Broker } from "../broker/broker.ts";
import type { Config } from "../config/config.ts";
import { type Dashboard, serveDashboard } from "../dashboard/server.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { End, EndContext } from "../ends/end.ts";
import { hasCode, messageOf, TickhouseError } from "../errors.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { openMetadata } from "../metadata/open.ts";
import type { SourceEntry, SourceSpec } from "../source/entry.ts";
import type { FilePreview } from "../source/preview.ts";
import type { Source } from "../source/source.ts";
import type { Dialect } from "../sql/names.ts";
import type { Bind, Cell, Result } from "../sql/session.ts";
import { ingest, type IngestReport } from "../stream/ingest.ts";
import { connect } from "../read/connect.ts";
import { type DataFrame, type Reader, toObjects } from "../read/reader.ts";
import type { Target } from "../ends/target.ts";
import { aheadSeconds } from "../transform/ahead.ts";
import {
  brokerPath,
  contextOf,
  messagesOf,
  type OnNote,
  openBroker,
  openDatasets,
  streamContextOf,
} from "./adapters.ts";
import {
  assertCarried,
  contextOf as contextOfFeed,
  feedOf,
  fileOf,
  type IngestOptions,
  type StreamOptions,
} from "./feeds.ts";
import type { DeadList } from "../dead/list.ts";
import {
  type DeadExport,
  type DeadExportOptions,
  type DeadOptions,
  type DeadReplay,
  type DeadReplayOptions,
  exportDead,
  listDead,
  replayDead,
  replayReport,
} from "./dead.ts";
import { exists } from "./home.ts";
import { gapsForPage, type GapsOptions, type GapsReport, gapsReport, openGapsOf } from "./gaps.ts";
import type { Gap } from "../metadata/gaps.ts";
import { hasTable } from "./has_table.ts";
import { load, type Loaded, type LoadOptions } from "./load.ts";
import { type MigratedFile, type MigrateOptions, migrateTarget } from "./migrate.ts";
import { type Mirrored, type MirrorOptions, mirrorSnowflake } from "./mirror.ts";
import { MODELS_FOLDER } from "./models.ts";
import type { Providers } from "./providers.ts";
import type { PreviewOptions, PreviewReport } from "./preview.ts";
import { type QualityOptions, type QualityReport, qualityReport } from "./quality.ts";
import { previewFile } from "./preview_file.ts";
import { prove, type ReconcileOptions, type ReconcileReport } from "./reconcile.ts";
import { untilStopped, withEarlier } from "./read_report.ts";
import type { RunRecord } from "../metadata/runs.ts";
import { RecordedRun } from "./recorded.ts";
import { Run } from "./run.ts";
import { listRuns, type RunsOptions } from "./runs.ts";
import type { RunReport } from "./run_report.ts";
import { type DatasetStatus, deadLettersOf, statusOf } from "./status.ts";
import { type TransformOptions, type TransformReport, transformTarget } from "./transform.ts";
import {
  checkWithdraw,
  lookAgain,
  withdrawFacts,
  type WithdrawOptions,
  type WithdrawParts,
  type WithdrawReport,
  withdrawReport,
} from "./withdraw.ts";

/** What a house is made of. */
export interface HouseParts {
  readonly config: Config;
  /** What it knows, beside what is built in. */
  readonly datasets: readonly Dataset[];
  readonly ends: readonly End[];
  readonly sources: readonly SourceEntry[];
  readonly targets: readonly Target[];
  /** Mappings that were given, beside those of the file that the settings name. */
  readonly mappings: readonly Mapping[];
  /** The values of the sources' own settings, by source. */
  readonly settings: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** What feeds of providers share. */
  readonly providers: Providers;
  readonly onNote: OnNote;
}

/**
 * A log, a lake, a warehouse and what is set up besides; made by `open()`. It holds nothing open
 * between calls but the reader, so that other processes can write the home meanwhile. While one
 * does, it reads through that one; a verb that must write then throws `DATABASE_HELD`.
 */
export class House implements Reader {
  readonly #parts: HouseParts;
  #reader: Promise<Reader> | undefined;
  #run: Run | undefined;

  /** @ignore */
  constructor(parts: HouseParts) {
    this.#parts = parts;
  }

  /** The configuration that all verbs work with; secrets among it: no part of what is shown. */
  get config(): Config {
    return this.#parts.config;
  }

  /** The datasets that it carries, on the topics that the configuration names. */
  get datasets(): readonly Dataset[] {
    return this.#carried();
  }

  /** Runs one statement that reads. Columns and rows as the warehouse port defines them. */
  async query(
    sql: string,
    binds: readonly Bind[] = [],
    target: Dialect = "duckdb",
  ): Promise<Result> {
    if (target === "duckdb") return await (await this.#connected()).query(sql, binds);
    const { assertReads, open } = this.#target(target);
    assertReads?.(sql);
    await using warehouse = await open(this.#context());
    return await warehouse.query(sql, binds);
  }

  /** As `query`, each row an object by column name. */
  async rows<T = Record<string, Cell>>(sql: string, binds: readonly Bind[] = []): Promise<T[]> {
    return toObjects<T>(await this.query(sql, binds));
  }

  /** The result as a polars frame; see `Reader.frame`. */
  async frame(sql: string): Promise<DataFrame> {
    return await (await this.#connected()).frame(sql);
  }

  /**
   * Starts to stream a feed into the log, the log into the ends that `TICKHOUSE_SINKS` names, and to
   * build the models: until it is stopped, the feed is exhausted, or its seconds are over. One run
   * at a time: throws `HOUSE_BUSY`.
   *
   * ```ts ignore
   * const run = house.stream({ source: simulator({ rate: 200 }) });
   * for await (const { records, lag } of run.progress()) console.log(records, lag);
   * await show(await run.stop());
   * ```
   */
  stream(options: StreamOptions = {}): Run {
    this.#assertFree("stream");
    const feed = feedOf(this.#parts, options);
    const run = new Run(async (stack) => {
      const { config, onNote } = this.#parts;
      const context = this.#context();
      // What is wrong with the feed is said before anything is made.
      const source = await feed();
      if (source) assertCarried(source, context);
      await this.#letGo();
      // Beside what else is opened; closed last of all.
      const metadata = openMetadata(config);
      metadata.catch(() => {}); // It is awaited once the ends are open.
      stack.defer(async () => await (await metadata.catch(() => null))?.[Symbol.asyncDispose]());
      const broker = stack.use(await openBroker(config, onNote));
      const ends = [];
      for (const entry of this.#ends()) {
        const { datasets, declared } = context;
        const opened = streamContextOf(config, datasets, broker, entry.name, declared);
        const end = stack.use(await entry.open(opened));
        const { name, spoken, took } = entry;
        ends.push({ name, spoken, end, ...(took ? { took } : {}) });
      }
      const recorded = await RecordedRun.begin({
        ...{ store: await metadata, config, onNote, verb: options.verb ?? "stream" },
        source: source?.name ?? null,
      });
      const gaps = () => gapsForPage(config, this.#parts.providers.metadata);
      const readsAll = options.verb === "ingest";
      return { ...context, broker, ends, source, readsAll, onNote, recorded, gaps };
    }, options);
    this.#run = run;
    return run;
  }

  /**
   * Reads a file into the log and on into the ends, and builds the models. Resolves when all is
   * drained, proven or not. Throws what the file's feed throws.
   */
  async ingest(options: IngestOptions): Promise<RunReport> {
    const { onProgress, ...rest } = options;
    return await this.stream({
      ...rest,
      verb: "ingest",
      source: this.fileFeed(options),
      ...(onProgress ? { onIngest: onProgress } : {}),
    }).report;
  }

  /** The file as a feed for `stream`, to watch the run. Throws `OPTION_INVALID`. */
  fileFeed(options: IngestOptions): SourceSpec {
    return fileOf(this.#parts, options);
  }

  /**
   * The first messages of a topic of others as their records would be stored, or a proposed mapping;
   * moves no group. Throws `TOPIC_UNKNOWN`, `MAPPING_MISSING`.
   */
  async preview(options: PreviewOptions): Promise<PreviewReport>;
  /**
   * What a file would bring: what was concluded of it, its first and last rows as they would be
   * stored. Throws what the file's feed throws.
   */
  async preview(options: IngestOptions): Promise<FilePreview>;
  async preview(options: IngestOptions | PreviewOptions): Promise<FilePreview | PreviewReport> {
    const context = contextOfFeed(this.#parts);
    if (isOfFile(options)) {
      // What was concluded is in the preview.
      return await previewFile(await this.fileFeed(options)({ ...context, onNote: () => {} }));
    }
    const { previewTopic } = await import("./preview.ts");
    return await previewTopic(context, options);
  }

  /** Reads a file into the log only: a stream, also of another process, takes it on from there. */
  async ingestIntoLog(options: IngestOptions): Promise<IngestReport> {
    return await this.#intoLog(await this.fileFeed(options)(contextOfFeed(this.#parts)), options);
  }

  /**
   * Streams a feed into the log only: a stream, also of another process, takes it on from there. So
   * several feeds go on side by side.
   */
  async streamIntoLog(
    options: StreamOptions & Pick<IngestOptions, "onProgress"> = {},
  ): Promise<IngestReport> {
    const source = await feedOf(this.#parts, options)();
    if (source) return untilStopped(await this.#intoLog(source, options));
    throw new TickhouseError("OPTION_INVALID", "without a feed nothing goes into the log", {
      field: "--source",
      fix: "name a feed",
    });
  }

  async #intoLog(
    source: Source,
    { signal = new AbortController().signal, onProgress }: Pick<
      IngestOptions,
      "signal" | "onProgress"
    >,
  ): Promise<IngestReport> {
    const { codec, datasets, config } = this.#context();
    const dataset = assertCarried(source, { config, datasets });
    await using broker = await openBroker(config, this.#parts.onNote);
    const report = await ingest({
      ...{ source, broker, codec, dataset, signal },
      ...messagesOf(config),
      ...(onProgress ? { onBatch: onProgress } : {}),
    });
    return await withEarlier(broker, dataset, source.name, report);
  }

  /** Loads what the lake holds beyond the positions of the warehouse. */
  async load(options: LoadOptions = {}): Promise<Loaded[]> {
    const target = await this.#writable("load", options.target);
    return await load(this.#context(options.dataset), target);
  }

  /** Builds the models and runs their tests. */
  async transform(options: TransformOptions = {}): Promise<TransformReport> {
    const target = await this.#writable("transform", options.target);
    return await transformTarget(this.#context(), target, options);
  }

  /** Applies what is new of `sql/`, or tells what that would be. */
  async migrate(options: MigrateOptions = {}): Promise<MigratedFile[]> {
    const target = await this.#writable("migrate", options.target);
    return await migrateTarget(this.#context(), target, options);
  }

  /** Pulls what Snowflake holds into the local DuckDB. */
  async mirror(options: MirrorOptions = {}): Promise<Mirrored[]> {
    await this.#writable("mirror", "duckdb");
    return await mirrorSnowflake(this.#context(options.dataset), options);
  }

  /** Compares the log with all ends, also while a stream runs; the report is the proof. */
  async reconcile(options: ReconcileOptions = {}): Promise<ReconcileReport> {
    const { config, onNote } = this.#parts;
    const context = this.#context(options.dataset);
    await using stack = new AsyncDisposableStack();
    const ends = [];
    for (const end of this.#ends()) ends.push(stack.use(await end.compare(context)));
    const broker = stack.use(await openBroker(config, onNote));
    const gaps = options.explain ? await this.gaps() : undefined;
    return await prove(context, broker, ends.map(({ side }) => side), options, gaps);
  }

  /**
   * What was refused, with the reasons: dead letters, each counted once, however many ends gave it
   * up, and the latest of them. Throws `OPTION_INVALID`.
   */
  async dead(options: DeadOptions = {}): Promise<DeadList> {
    return await this.#withLog((broker) => listDead(broker, this.#carried(), options));
  }

  /** Writes dead letters into a new file, a line of JSON each, the payload byte for byte. */
  async exportDead(options: DeadExportOptions): Promise<DeadExport> {
    return await this.#withLog((broker) => exportDead(broker, this.#carried(), options));
  }

  /**
   * Appends dead letters again to the topics that they came from, after what was wrong is fixed: each
   * letter once, however often this is called or interrupted. Then drains into the ends and builds
   * the models, as `ingest` does. What is refused again is a new letter.
   */
  async replayDead(options: DeadReplayOptions = {}): Promise<DeadReplay> {
    const { logOnly = false, models = true } = options;
    const replay = await this.#withLog((broker) => replayDead(broker, this.#carried(), options));
    const isDue = replay.appended > 0 && !logOnly;
    return replayReport(replay, isDue ? await this.#drain("dead replay", models) : null);
  }

  /**
   * Takes back what a file, a feed or a symbol brought; without `apply` it only tells what that
   * would do. For each fact that counts by a record which is meant, a cancellation is appended, and
   * behind it again what is not meant: nothing is deleted. Then drains into the ends and builds the
   * models, as `ingest` does. A second call finds nothing; one that was cut is completed by the
   * next. Throws `WAREHOUSE_BEHIND`, `OPTION_INVALID`, and `PROJECT_INVALID` where the variable
   * `ahead_seconds` of the models can't be read.
   */
  async withdraw(options: WithdrawOptions): Promise<WithdrawReport> {
    checkWithdraw(options);
    if (options.apply) this.#assertFree("withdraw");
    const { codec, datasets } = this.#context(options.dataset);
    const ahead = await aheadSeconds(MODELS_FOLDER);
    const work = <T>(run: (parts: WithdrawParts) => Promise<T>) =>
      this.#withLog(async (broker) => {
        const reader = await this.#connected();
        if (!broker) throw logMissing();
        return await run({ broker, codec, datasets, reader, ahead });
      });
    const found = await work((parts) => withdrawFacts(parts, options));
    const run = found.applied ? await this.#drain("withdraw", options.models ?? true) : null;
    const aftermath = run === null
      ? { left: 0, contested: 0 }
      : await work((parts) => lookAgain(parts, options, found));
    return withdrawReport(found, run, aftermath);
  }

  /**
   * What was fetched of providers, held against the exchanges' calendars and the warehouse: what is
   * expected, what is there, what is missing and why. Throws what the metadata store throws.
   */
  async gaps(options: GapsOptions = {}): Promise<GapsReport> {
    const { providers } = this.#parts;
    const metadata = await providers.metadata();
    const reader = await this.#readerOf("bars");
    return await gapsReport({ metadata, calendar: providers.calendar(), reader }, options);
  }

  /** What providers did not give yet, and a later run may fetch; asks the ledger alone. */
  async openGaps(): Promise<Gap[]> {
    return await openGapsOf(this.config, this.#parts.providers.metadata);
  }

  /**
   * What the rules of `ref_quality_rules` find in what feeds say, counted by rule, the latest of it,
   * and what was refused, by reason. Nothing is dropped or changed for a finding. Throws
   * `OPTION_INVALID`.
   */
  async quality(options: QualityOptions = {}): Promise<QualityReport> {
    const reader = await this.#readerIfThere();
    return await this.#withLog((broker) =>
      qualityReport({ reader, broker, datasets: this.#carried() }, options)
    );
  }

  /** Null where there is no warehouse. */
  async #readerIfThere(): Promise<Reader | null> {
    try {
      return await this.#connected();
    } catch (error) {
      if (!hasCode(error, "WAREHOUSE_MISSING")) throw error;
      return null;
    }
  }

  /** Null where there is no warehouse, or it does not have the dataset's table. */
  async #readerOf(dataset: string): Promise<Reader | null> {
    const reader = await this.#readerIfThere();
    return reader && await hasTable(reader, `bronze.${dataset}`) ? reader : null;
  }

  /** How far each dataset is at each end; counts positions and dead letters, reads no rows. */
  async status(): Promise<DatasetStatus[]> {
    const { config, onNote } = this.#parts;
    await using stack = new AsyncDisposableStack();
    const broker = await this.#log();
    if (broker) stack.use(broker);
    let reader: Reader | null = null;
    try {
      if (broker) reader = await this.#connected();
    } catch (error) {
      if (!(error instanceof TickhouseError)) throw error;
      onNote(`warehouse  ${messageOf(error)}`);
    }
    const [datasets, ends] = [this.#carried(), this.#parts.ends];
    return await statusOf({ config, datasets, ends, broker, reader });
  }

  /**
   * The latest runs of `stream`, `ingest` and what drains by itself: when, and how they came out; a
   * process that died is among them. What only appends to the log is no run. Throws what the
   * metadata store throws.
   */
  async runs(options: RunsOptions = {}): Promise<RunRecord[]> {
    return await listRuns(this.config, this.#parts.providers.metadata, options);
  }

  async #deadLetters(): Promise<number | null> {
    await using broker = await this.#log();
    return broker && await deadLettersOf(broker, this.#carried());
  }

  /** Serves the page over what is there, or over a running stream, until the signal aborts. */
  async dashboard(
    options: { readonly port?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Dashboard> {
    const port = options.port ?? this.config.port;
    // Over a file, the page looks rarely and lets go of it in between, so that a stream can start.
    const reader = await connect({ home: this.config.home, idleMs: PAGE_IDLE_MS });
    try {
      const dashboard = await serveDashboard({
        query: (sql, binds) => reader.query(sql, binds),
        deadLetters: () => this.#deadLetters(),
        gaps: () => gapsForPage(this.config, this.#parts.providers.metadata),
        pollMs: PAGE_POLL_MS,
        ...(options.signal ? { signal: options.signal } : {}),
        ...(port === undefined ? {} : { port }),
      });
      const finished = dashboard.finished.finally(() => reader[Symbol.asyncDispose]());
      return { ...dashboard, finished };
    } catch (error) {
      await reader[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Stops what runs and lets go of what is open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run?.[Symbol.asyncDispose]();
    await this.#letGo();
    await this.#parts.providers[Symbol.asyncDispose]();
  }

  /** Closes what reads: nobody writes a file that is open. The next query opens it again. */
  async #letGo(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await (await reader?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }

  async #withLog<T>(work: (broker: Broker | null) => Promise<T>): Promise<T> {
    await using stack = new AsyncDisposableStack();
    const broker = await this.#log();
    if (broker) stack.use(broker);
    return await work(broker);
  }

  /** Takes into the ends what the log holds; null where a stream that runs does that. */
  async #drain(verb: string, models: boolean): Promise<RunReport | null> {
    if (this.#run?.running) return null;
    try {
      const run = this.stream({ source: null, models, verb });
      await run.started;
      return await run.stop();
    } catch (error) {
      if (!hasCode(error, "DATABASE_HELD")) throw error;
      this.#parts.onNote(
        "waiting    in the log: another process has the warehouse; a stream takes it",
      );
      return null;
    }
  }

  #connected(): Promise<Reader> {
    this.#reader ??= connect({ home: this.config.home }).catch((error) => {
      this.#reader = undefined; // The next call tries again.
      throw error;
    });
    return this.#reader;
  }

  /** Null if there is none yet. */
  async #log(): Promise<Broker | null> {
    const { config, onNote } = this.#parts;
    if (config.broker === "embedded" && !exists(brokerPath(config))) return null;
    return await openBroker(config, onNote);
  }

  #carried(name?: string): Dataset[] {
    return openDatasets(this.config, name === undefined ? [] : [name], this.#parts.datasets);
  }

  #context(dataset?: string): EndContext {
    return contextOf(this.config, this.#carried(dataset), this.#parts.datasets);
  }

  /** Those that the configuration names, and those that were given. */
  #ends(): End[] {
    return this.#parts.ends.filter(({ name }) => this.config.sinks.includes(name));
  }

  #target(name: Dialect = "duckdb"): Target {
    const found = this.#parts.targets.find((target) => target.name === name);
    if (found) return found;
    throw new TickhouseError("OPTION_INVALID", "there is no such target", {
      field: "target",
      value: name,
      fix: `use ${this.#parts.targets.map((target) => target.name).join(" or ")}`,
    });
  }

  /** The target of a verb that writes it. */
  async #writable(verb: string, name: Dialect | undefined): Promise<Target> {
    const target = this.#target(name);
    if (target.name !== "duckdb") return target;
    this.#assertFree(verb);
    await this.#letGo();
    return target;
  }

  #assertFree(verb: string): void {
    if (!this.#run?.running) return;
    throw new TickhouseError("HOUSE_BUSY", "a stream of this process writes the home", {
      field: verb,
      fix: "end it first: `await run.stop()`; or add to its log by `ingestIntoLog`",
    });
  }
}

function isOfFile(options: IngestOptions | PreviewOptions): options is IngestOptions {
  return !("topic" in options) || options.topic === undefined;
}

function logMissing(): TickhouseError {
  return new TickhouseError("TOPIC_UNKNOWN", "there is a warehouse, but no log to append to", {
    field: "broker",
    fix: "restore broker.sqlite from a copy: without the log nothing can be taken back",
  });
}

/** Over a file, the page looks rarely and lets go of it in between, so that a stream can start. */
const PAGE_POLL_MS = 3_000;
const PAGE_IDLE_MS = 200;
