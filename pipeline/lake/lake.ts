/**
 * The lake sink: raw objects that form one chain of offsets per partition.
 * @module
 */
import { type RecordBatch, runAt } from "../batch.ts";
import { logReplaced, PositionConflict, TickhouseError } from "../errors.ts";
import { sha256OfFile } from "../sha256.ts";
import { mapInOrder } from "../store/in_order.ts";
import { findTail, type Tail } from "./chain.ts";
import { type EncodedFile, LakeEncoder, type LakeSinkOptions } from "./encoder.ts";
import { dayKey, dayOf, objectKey, schemaId } from "./layout.ts";
import { logKey, logMetadata } from "./log.ts";
import type { Sink, WriteReport } from "../sink/sink.ts";
import { discard } from "../decode/spool.ts";

export { chainOf, lakePosition } from "./chain.ts";
export type { LakeSinkOptions } from "./encoder.ts";

/** Objects on their way to the store at a time. */
const UPLOADS_MAX = 4;

/** A batch as the files that are to become objects, one behind the other in the chain. */
interface Encoded {
  readonly files: readonly EncodedFile[];
  /** Day of the object before them. */
  readonly date: string;
}

/** A `Sink` into an object store. Close it to free its decoder; the store stays its owner's. */
export class LakeSink implements Sink {
  readonly name = "lake";
  readonly #options: LakeSinkOptions;
  readonly #encoder: LakeEncoder;
  readonly #schema: string;
  readonly #tails = new Map<number, Tail>();

  private constructor(options: LakeSinkOptions, encoder: LakeEncoder, schema: string) {
    this.#options = options;
    this.#encoder = encoder;
    this.#schema = schema;
  }

  /** Throws `LAKE_FORMAT` if the topic's objects have another format, and `CONFIG_INVALID`. */
  static async open(options: LakeSinkOptions): Promise<LakeSink> {
    const encoder = await LakeEncoder.open(options);
    const sink = new LakeSink(options, encoder, await schemaId(options.dataset));
    try {
      await sink.#claimFormat();
      return sink;
    } catch (error) {
      await sink[Symbol.asyncDispose]();
      throw error;
    }
  }

  async claim(
    topic: string,
    logId: string,
    beginnings: readonly number[] = [],
  ): Promise<void> {
    const log = { id: logId, beginnings };
    const { id } = await this.#mark(logKey(topic), logMetadata(log), log);
    if (id !== logId) throw logReplaced(this.name, topic);
  }

  async position(topic: string, partition: number): Promise<number> {
    const tail = await findTail(this.#options.store, topic, partition);
    this.#tails.set(partition, tail);
    return tail.nextOffset;
  }

  async write(batches: readonly RecordBatch[]): Promise<WriteReport> {
    const total = { rows: 0, dead: 0 };
    const reports = mapInOrder(this.#encodeAll(batches), UPLOADS_MAX, (e) => this.#uploadAll(e));
    for await (const { rows, dead } of reports) {
      total.rows += rows;
      total.dead += dead;
    }
    return total;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#encoder[Symbol.asyncDispose]();
  }

  /** One after the other, while those before travel. */
  async *#encodeAll(batches: readonly RecordBatch[]): AsyncGenerator<Encoded> {
    for (const batch of batches) yield await this.#encode(batch);
  }

  async #encode(batch: RecordBatch): Promise<Encoded> {
    const tail = await this.#tail(batch.topic, batch.partition);
    if (tail.nextOffset !== batch.startOffset) throw this.#conflict(batch, tail.nextOffset);
    return { date: tail.date, files: await this.#encoder.encode(batch) };
  }

  /**
   * The day of the batch's object: that of its first record, but none before the chain's last one.
   * Two writers of one offset must name one key, and the log may show them different first records:
   * a day that is new to the chain is that of the mark, which only one of them writes.
   */
  async #dateOf(batch: RecordBatch, last: string): Promise<string> {
    const nowMs = (this.#options.now ?? Date.now)();
    const day = dayOf(runAt(batch, 0).timestampMs, nowMs) ?? last;
    if (day !== "" && day <= last) return last;
    const key = dayKey(batch.topic, batch.partition, batch.startOffset);
    const { date = "" } = await this.#mark(key, {
      date: day || new Date(nowMs).toISOString().slice(0, 10),
    });
    return date;
  }

  /** One after the other: an object behind one that fails would leave a gap. */
  async #uploadAll({ files, date }: Encoded): Promise<WriteReport> {
    const total = { rows: 0, dead: 0 };
    let before = date;
    try {
      for (const file of files) {
        before = await this.#dateOf(file.batch, before);
        await this.#upload(file, before);
        total.rows += file.report.rows;
        total.dead += file.report.dead;
      }
      return total;
    } finally {
      for (const { path } of files) discard(path);
    }
  }

  async #upload({ batch, path, report }: EncodedFile, date: string): Promise<void> {
    const { topic, partition, startOffset, nextOffset } = batch;
    try {
      const key = objectKey(topic, date, partition, startOffset, this.#encoder.format);
      const metadata = {
        end: String(nextOffset),
        rows: String(report.rows),
        dead: String(report.dead),
        schema: this.#schema,
        sha256: await sha256OfFile(path),
      };
      if (!await this.#options.store.createFromFile(key, path, metadata)) {
        throw this.#conflict(batch, await this.position(topic, partition));
      }
      this.#tails.set(partition, { nextOffset, date });
    } catch (error) {
      this.#tails.delete(partition); // Whatever happened, the store knows.
      throw error;
    }
  }

  async #tail(topic: string, partition: number): Promise<Tail> {
    if (!this.#tails.has(partition)) await this.position(topic, partition);
    return this.#tails.get(partition) ?? { nextOffset: 0, date: "" };
  }

  #conflict({ topic, partition, startOffset }: RecordBatch, position: number): PositionConflict {
    return new PositionConflict(this.name, topic, partition, startOffset, position);
  }

  /** One topic, one format: keys of two formats would not refuse each other. */
  async #claimFormat(): Promise<void> {
    const { dataset } = this.#options;
    const { format } = await this.#mark(`${dataset.topic}/_layout.json`, {
      format: this.#encoder.format,
    });
    if (format === this.#encoder.format) return;
    throw new TickhouseError("LAKE_FORMAT", `the lake holds ${dataset.topic} as ${format}`, {
      field: "lake format",
      value: this.#encoder.format,
      fix: `use ${format}, or another lake`,
    });
  }

  /** Writes a mark if there is none yet; returns the metadata that the mark has. */
  async #mark(
    key: string,
    metadata: Record<string, string>,
    content: unknown = metadata,
  ): Promise<Readonly<Record<string, string>>> {
    const { store } = this.#options;
    const known = await store.head(key);
    if (known) return known.metadata;
    const text = new TextEncoder().encode(`${JSON.stringify(content)}\n`);
    const path = this.#encoder.spool.write([text], "json");
    try {
      await store.createFromFile(key, path, metadata);
    } finally {
      discard(path);
    }
    return (await store.head(key))?.metadata ?? {};
  }
}
