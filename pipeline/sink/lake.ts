/**
 * The lake sink: raw objects that form one chain of offsets per partition.
 * @module
 */
import { type RecordBatch, runAt } from "../batch.ts";
import { logReplaced, PositionConflict, TickhouseError } from "../errors.ts";
import { sha256OfFile } from "../sha256.ts";
import { mapInOrder } from "../store/in_order.ts";
import { findTail, type Tail } from "./lake_chain.ts";
import { type EncodedFile, LakeEncoder, type LakeSinkOptions } from "./lake_encoder.ts";
import { dayOf, logKey, objectKey, schemaId } from "./lake_layout.ts";
import type { Sink, WriteReport } from "./sink.ts";
import { discard } from "./spool.ts";

export { chainOf, lakePosition } from "./lake_chain.ts";
export type { LakeSinkOptions } from "./lake_encoder.ts";

/** Objects on their way to the store at a time. */
const UPLOADS_MAX = 4;

/** A batch as the file that is to become an object. */
interface Encoded extends EncodedFile {
  readonly batch: RecordBatch;
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

  async claim(topic: string, logId: string): Promise<void> {
    if (await this.#mark(logKey(topic), { id: logId }) === logId) return;
    throw logReplaced(this.name, topic);
  }

  async position(topic: string, partition: number): Promise<number> {
    const tail = await findTail(this.#options.store, topic, partition);
    this.#tails.set(partition, tail);
    return tail.nextOffset;
  }

  async write(batches: readonly RecordBatch[]): Promise<WriteReport> {
    const total = { rows: 0, dead: 0 };
    const reports = mapInOrder(this.#encodeAll(batches), UPLOADS_MAX, (file) => this.#upload(file));
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
    // The day follows from the chain and the record alone: two writers of one offset name one key.
    const date = maxText(tail.date, dayOf(runAt(batch, 0).timestampMs));
    return { batch, date, ...await this.#encoder.encode(batch) };
  }

  async #upload({ batch, date, path, report }: Encoded): Promise<WriteReport> {
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
      return report;
    } catch (error) {
      this.#tails.delete(partition); // Whatever happened, the store knows.
      throw error;
    } finally {
      discard(path);
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
    const found = await this.#mark(`${dataset.topic}/_layout.json`, {
      format: this.#encoder.format,
    });
    if (found === this.#encoder.format) return;
    throw new TickhouseError("LAKE_FORMAT", `the lake holds ${dataset.topic} as ${found}`, {
      field: "lake format",
      value: this.#encoder.format,
      mend: `use ${found}, or another lake`,
    });
  }

  /** Writes a mark of one property if there is none yet; returns the value that the mark has. */
  async #mark(key: string, property: Readonly<Record<string, string>>): Promise<string> {
    const { store } = this.#options;
    const [name = ""] = Object.keys(property);
    const known = await store.head(key);
    if (known) return known.metadata[name] ?? "";
    const content = new TextEncoder().encode(`${JSON.stringify(property)}\n`);
    const path = this.#encoder.spool.write([content], "json");
    try {
      await store.createFromFile(key, path, property);
    } finally {
      discard(path);
    }
    return (await store.head(key))?.metadata[name] ?? "";
  }
}

function maxText(a: string, b: string): string {
  return a > b ? a : b;
}
