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
import type { RefusedRecord, Source } from "../source/source.ts";

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
}

/** What an ingest did. */
export interface IngestReport {
  /** Records that are in the log. */
  readonly accepted: number;
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
  /** What was concluded of a file before a row of it was read; left out of other feeds. */
  readonly conclusions?: readonly Conclusion[];
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
 * in one commit: a run that is killed and started again goes on with nothing lost or twice.
 */
export async function ingest(options: IngestOptions): Promise<IngestReport> {
  const { source, broker, codec = jsonCodec, signal, lag, lagMax = 1_000_000, onBatch } = options;
  const { clock = systemClock, dataset = source.dataset } = options;
  const { topic } = dataset;
  await createTopics(broker, dataset);
  const state = await broker.cursor(source.name);
  const reasons: Pick<RefusedRecord, "at" | "reason">[] = [];
  let accepted = 0;
  let refused = 0;
  let skipped = 0;
  for await (const batch of source.read(state, signal)) {
    const encoded = await encode(batch.records, codec, dataset);
    const bad = [...batch.refused, ...encoded.refused];
    if (bad.length > 0) await refuse(broker, source.name, topic, bad);
    await broker.produce(topic, encoded.records, { source: source.name, state: batch.state });
    accepted += encoded.records.reduce((sum, { values }) => sum + values.length, 0);
    refused += bad.length;
    for (const { at, reason } of bad.slice(0, REASONS_MAX - reasons.length)) {
      reasons.push({ at, reason });
    }
    skipped += batch.skipped ?? 0;
    onBatch?.({ accepted, skipped, refused: bad, share: batch.progress });
    while (lag && lag() > lagMax && !signal.aborted) await clock.sleep(PAUSE_MS, signal);
  }
  const came = accepted + refused + skipped > 0;
  const readBefore = state !== undefined && !came && !signal.aborted;
  return {
    ...{ accepted, refused },
    ...(source.conclusions ? { conclusions: source.conclusions } : {}),
    ...(skipped > 0 ? { skipped } : {}),
    ...(reasons.length > 0 ? { reasons } : {}),
    ...(readBefore ? { readBefore } : {}),
  };
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
