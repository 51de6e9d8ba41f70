/**
 * A source with a cursor, for producers that are killed or fenced.
 * @module
 */
import { Packed } from "tickhouse/batch.ts";
import { KafkaBroker } from "tickhouse/broker/kafka/kafka.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import type { Source, SourceBatch } from "tickhouse/source/source.ts";
import { ingest } from "tickhouse/stream/ingest.ts";
import { tickMessage } from "./data.ts";

/** What to produce, and where. */
export interface ProduceJob {
  readonly clientId: string;
  readonly brokers: readonly string[];
  readonly prefix: string;
  /** Batches, and records in each. */
  readonly batches: number;
  readonly batchRecords: number;
  readonly keys: number;
  /** Milliseconds between batches. Default: 0. */
  readonly paceMs?: number;
}

/** Record `index` of the source: keys take turns, trades count. */
export function recordOf(index: number, keys: number) {
  return tickMessage(`KEY${index % keys}`, 1 + Math.floor(index / keys));
}

/** Its state is the number of batches that were produced. */
class CountingSource implements Source {
  readonly name = "counting";
  readonly dataset = ticks;
  readonly #job: ProduceJob;

  constructor(job: ProduceJob) {
    this.#job = job;
  }

  async *read(state: string | undefined, signal: AbortSignal): AsyncIterable<SourceBatch> {
    const { batches, batchRecords, keys, paceMs = 0 } = this.#job;
    for (let batch = Number(state ?? 0); batch < batches && !signal.aborted; batch++) {
      const records = Array.from({ length: batchRecords }, (_, i) => {
        const { key, text } = recordOf(batch * batchRecords + i, keys);
        return { key, values: Packed.from([text]) };
      });
      yield { records, refused: [], state: String(batch + 1) };
      if (paceMs > 0) await new Promise((resolve) => setTimeout(resolve, paceMs));
    }
  }
}

/** Ingests the source from where it stands to its end. */
export async function produceFrom(job: ProduceJob, signal?: AbortSignal): Promise<void> {
  await using broker = await KafkaBroker.open(job);
  const source = new CountingSource(job);
  await ingest({ source, broker, signal: signal ?? new AbortController().signal });
}
