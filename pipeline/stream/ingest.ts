/**
 * The ingest runner: from a source into the broker.
 * @module
 */
import { Packed } from "../batch.ts";
import type { Broker } from "../broker/broker.ts";
import { type Clock, systemClock } from "../clock.ts";
import { deadLetterTopic } from "../datasets/dataset.ts";
import { DEAD_LETTER_HEADERS } from "../sink/dead_letters.ts";
import type { Refusal, Source } from "../source/source.ts";

/** What to ingest. */
export interface IngestOptions {
  readonly source: Source;
  readonly broker: Broker;
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
  readonly accepted: number;
  readonly refused: readonly Refusal[];
  /** Share of the input, 0 to 1, where the source knows. */
  readonly share: number | undefined;
}

/** What an ingest did. */
export interface IngestReport {
  readonly accepted: number;
  readonly refused: number;
}

/** Milliseconds to wait for sinks that are behind. */
const PAUSE_MS = 5;

/** Makes the dataset's topic and that of its dead letters. */
export async function createTopics(broker: Broker, dataset: Source["dataset"]): Promise<void> {
  const { topic, partitions } = dataset;
  await broker.createTopic({ name: topic, partitions });
  await broker.createTopic({ name: deadLetterTopic(topic), partitions: 1 });
}

/**
 * Reads the source from where it stands and appends each batch together with the source's state,
 * in one commit: a run that is killed and started again goes on with nothing lost or twice.
 */
export async function ingest(options: IngestOptions): Promise<IngestReport> {
  const { source, broker, signal, lag, lagMax = 1_000_000, onBatch } = options;
  const clock = options.clock ?? systemClock;
  const topic = source.dataset.topic;
  await createTopics(broker, source.dataset);
  let accepted = 0;
  let refused = 0;
  for await (const batch of source.read(await broker.cursor(source.name), signal)) {
    if (batch.refused.length > 0) await refuse(broker, source, batch.refused);
    await broker.produce(topic, batch.records, { source: source.name, state: batch.state });
    accepted += batch.records.reduce((sum, { values }) => sum + values.length, 0);
    refused += batch.refused.length;
    onBatch?.({ accepted, refused: batch.refused, share: batch.progress });
    while (lag && lag() > lagMax && !signal.aborted) await clock.sleep(PAUSE_MS, signal);
  }
  return { accepted, refused };
}

/** Made durable before the source's state moves past them. */
async function refuse(broker: Broker, source: Source, refused: readonly Refusal[]): Promise<void> {
  await broker.produce(
    deadLetterTopic(source.dataset.topic),
    refused.map(({ at, reason, raw }) => ({
      key: source.name,
      values: Packed.from([raw]),
      headers: {
        [DEAD_LETTER_HEADERS.sink]: `source ${source.name}`,
        [DEAD_LETTER_HEADERS.offset]: at,
        [DEAD_LETTER_HEADERS.reason]: reason,
      },
    })),
  );
}
