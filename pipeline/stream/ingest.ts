/**
 * The ingest runner: from a source into the broker.
 * @module
 */
import type { Broker } from "../broker/broker.ts";
import type { KeyedValues } from "../batch.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { Codec } from "../codec/codec.ts";
import { jsonCodec } from "../codec/json.ts";
import { type Dataset, deadLetterTopic } from "../datasets/dataset.ts";
import { DEAD_LETTER_HEADERS, keepLetters } from "../sink/dead_letters.ts";
import type { Conclusion } from "../source/preview.ts";
import type { MessageLog } from "./message_log.ts";
import type { SeriesReport } from "../source/series.ts";
import type { RecordsBeside, RefusedRecord, Source } from "../source/source.ts";

/** What to ingest. */
export interface IngestOptions {
  readonly source: Source;
  readonly broker: Broker;
  /** Whose topic the records go to. Default: the source's. */
  readonly dataset?: Dataset;
  /** Turns the source's lines into messages. Default: they are the messages. */
  readonly codec?: Codec;
  /** Aborting it ends the source. */
  readonly signal: AbortSignal;
  /** Records behind the slowest sink; ingesting pauses above `lagMax`. Default: none. */
  readonly lag?: () => number;
  /** Records. Default: 1,000,000. */
  readonly lagMax?: number;
  readonly clock?: Clock;
  /** Takes what was appended, as the source gave it, after it is in the log. Default: nobody does. */
  readonly messages?: Pick<MessageLog, "append">;
  /** Told of each batch. */
  readonly onBatch?: (progress: IngestProgress) => void;
}

/** Counts since the start of this run. */
export interface IngestProgress {
  /** Records of this run so far. */
  readonly accepted: number;
  /** Messages so far that the source was told to skip. */
  readonly skipped: number;
  /** Those of this batch. */
  readonly refused: readonly RefusedRecord[];
  /** Share of the input, 0 to 1, where the source knows. */
  readonly share: number | undefined;
  /** Of a group, the feed that was read last. */
  readonly part?: string;
}

/** What an ingest did. */
export interface IngestReport {
  /** Records that are in the log. */
  readonly accepted: number;
  /** Records of other datasets that came with them, by dataset; left out where there was none. */
  readonly beside?: Readonly<Record<string, number>>;
  /** Lines that are dead letters. */
  readonly refused: number;
  /** Where the first of them stood, and why they were refused. Left out where none was. */
  readonly reasons?: readonly Pick<RefusedRecord, "at" | "reason">[];
  /** True where the source had nothing that an earlier run had not read. Else left out. */
  readonly readBefore?: true;
  /** Where it was read before: how many of its lines are dead letters since. Left out where none. */
  readonly refusedBefore?: number;
  /** Messages that the source was told to skip; left out where there was none. */
  readonly skipped?: number;
  /** What these are, in words; left out where it is as declared. */
  readonly skippedAs?: string;
  /** What was concluded of a file before a row of it was read; left out of other feeds. */
  readonly conclusions?: readonly Conclusion[];
  /** True where the run ended before all of the source was read. Else left out. */
  readonly interrupted?: true;
  /** What became of each series that was fetched; left out of other feeds. */
  readonly series?: readonly SeriesReport[];
}

/** Refused lines that a report names. */
const REASONS_MAX = 5;

/** Milliseconds to wait for sinks that are behind. */
const PAUSE_MS = 5;

/**
 * Makes the dataset's topic and that of its dead letters, where there are none: a topic that is
 * there keeps its partitions. `retentionMs` is for those made; letters are kept as long as the records
 * that they stand for.
 */
export async function createTopics(
  broker: Broker,
  { topic, partitions }: Dataset,
  retentionMs?: number,
): Promise<void> {
  const make = async (name: string, count: number, keptMs: number | undefined) =>
    await broker.createTopic({
      name,
      partitions: count,
      ...(keptMs === undefined ? {} : { retentionMs: keptMs }),
    });
  if (!await broker.topic(topic)) await make(topic, partitions, retentionMs);
  const dead = deadLetterTopic(topic);
  if (!await broker.topic(dead)) await make(dead, 1, await broker.retention(topic) ?? retentionMs);
}

/**
 * Reads the source from where it stands and appends each batch together with the source's state,
 * in one commit: a run that is killed and started again goes on with nothing lost or twice. Of a
 * group each part has its own state.
 */
export async function ingest(options: IngestOptions): Promise<IngestReport> {
  const { source, broker, signal, clock = systemClock, dataset = source.dataset } = options;
  await createTopics(broker, dataset);
  const { parts, everyMs } = source.group ?? { parts: [source] };
  const intake = new Intake(options);
  const states = new Map<string, string | undefined>();
  let isWhole = false;
  do {
    for (const [i, part] of parts.entries()) {
      if (signal.aborted) break;
      // What it knows is in the log; asking once takes the cursor over.
      const known = states.has(part.name) ? states.get(part.name) : await broker.cursor(part.name);
      states.set(part.name, await intake.read(part, known, [i, parts.length]));
    }
    isWhole ||= !signal.aborted;
    if (everyMs !== undefined) await clock.sleep(everyMs, signal);
  } while (everyMs !== undefined && !signal.aborted);
  return { ...intake.report(), ...(isWhole ? {} : { interrupted: true }) };
}

/** Takes what sources have into the log, and counts it. */
class Intake {
  readonly #options: IngestOptions;
  readonly #reasons: Pick<RefusedRecord, "at" | "reason">[] = [];
  readonly #besides: Record<string, number> = {};
  #accepted = 0;
  #refused = 0;
  #skipped = 0;
  #isKnown = false;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  /** Returns the state behind what was read. */
  async read(
    source: Source,
    state: string | undefined,
    [index, count]: readonly [number, number],
  ): Promise<string | undefined> {
    const { broker, codec = jsonCodec, signal, messages } = this.#options;
    const { dataset = source.dataset } = this.#options;
    const { topic } = dataset;
    this.#isKnown ||= state !== undefined;
    let reached = state;
    for await (const batch of source.read(state, signal)) {
      const encoded = await encode(batch.records, codec, dataset);
      const bad = [...batch.refused, ...encoded.refused];
      if (bad.length > 0) await refuse(broker, source.name, topic, bad);
      for (const beside of batch.beside ?? []) await this.#beside(source, beside);
      await broker.produce(topic, encoded.records, { source: source.name, state: batch.state });
      reached = batch.state;
      await messages?.append(topic, batch.records);
      // Of a group, each part is as much as any other.
      const progress = count === 1 ? batch.progress : (index + (batch.progress ?? 1)) / count;
      this.#count(encoded.records, bad, { ...batch, progress }, source.name);
      await this.#waitForSinks();
    }
    return reached;
  }

  report(): IngestReport {
    const { source, signal } = this.#options;
    const [accepted, refused, skipped] = [this.#accepted, this.#refused, this.#skipped];
    const came = accepted + refused + skipped > 0;
    const readBefore = this.#isKnown && !came && !signal.aborted;
    const series = source.series?.();
    return {
      ...{ accepted, refused },
      ...(Object.keys(this.#besides).length > 0 ? { beside: this.#besides } : {}),
      ...(source.conclusions ? { conclusions: source.conclusions } : {}),
      ...(skipped > 0 ? { skipped } : {}),
      ...(skipped > 0 && source.skippedAs ? { skippedAs: source.skippedAs } : {}),
      ...(this.#reasons.length > 0 ? { reasons: this.#reasons } : {}),
      ...(readBefore ? { readBefore } : {}),
      ...(series ? { series } : {}),
    };
  }

  /** Records of another dataset, before the state of the source moves past them. */
  async #beside(source: Source, { dataset, records }: RecordsBeside): Promise<void> {
    const { broker, codec = jsonCodec } = this.#options;
    await createTopics(broker, dataset);
    const encoded = await encode(records, codec, dataset);
    if (encoded.refused.length > 0) {
      await refuse(broker, source.name, dataset.topic, encoded.refused);
    }
    await broker.produce(dataset.topic, encoded.records);
    this.#besides[dataset.name] = (this.#besides[dataset.name] ?? 0) + countIn(encoded.records);
  }

  #count(
    records: readonly KeyedValues[],
    bad: readonly RefusedRecord[],
    { skipped = 0, progress }: { readonly skipped?: number; readonly progress: number | undefined },
    source: string,
  ): void {
    this.#accepted += countIn(records);
    this.#refused += bad.length;
    for (const { at, reason } of bad.slice(0, REASONS_MAX - this.#reasons.length)) {
      this.#reasons.push({ at, reason });
    }
    this.#skipped += skipped;
    this.#options.onBatch?.({
      accepted: this.#accepted,
      skipped: this.#skipped,
      refused: bad,
      share: progress,
      ...(this.#options.source.group ? { part: source } : {}),
    });
  }

  async #waitForSinks(): Promise<void> {
    const { signal, lag, lagMax = 1_000_000, clock = systemClock } = this.#options;
    while (lag && lag() > lagMax && !signal.aborted) await clock.sleep(PAUSE_MS, signal);
  }
}

function countIn(records: readonly KeyedValues[]): number {
  return records.reduce((sum, { values }) => sum + values.length, 0);
}

/** Lines as messages; those that are none are refused. */
async function encode(
  records: readonly KeyedValues[],
  codec: Codec,
  dataset: Dataset,
): Promise<{ records: KeyedValues[]; refused: RefusedRecord[] }> {
  const encoded: KeyedValues[] = [];
  const refused: RefusedRecord[] = [];
  for (const record of records) {
    const { values, failures } = await codec.fromLines(record.values, dataset);
    for (const [index, reason] of failures) {
      refused.push({ at: `a record of ${record.key}`, reason, raw: record.values.at(index) });
    }
    if (values.length > 0) encoded.push({ ...record, values });
  }
  return { records: encoded, refused };
}

/** Made durable before the source's state moves past them. */
async function refuse(
  broker: Broker,
  source: string,
  topic: string,
  refused: readonly RefusedRecord[],
): Promise<void> {
  await keepLetters(
    broker,
    topic,
    refused.map(({ at, reason, raw }) => ({
      key: source,
      value: raw,
      headers: {
        [DEAD_LETTER_HEADERS.sink]: `source ${source}`,
        [DEAD_LETTER_HEADERS.offset]: at,
        [DEAD_LETTER_HEADERS.reason]: reason,
      },
    })),
  );
}
