/**
 * The lake sink: raw objects that form one chain of offsets per partition.
 * @module
 */
import { type RecordBatch, runAt } from "../batch.ts";
import type { Codec } from "../codec/codec.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { literal } from "../datasets/sql.ts";
import { logReplaced, messageOf, PositionConflict, TickhouseError } from "../errors.ts";
import { isDiskFull } from "../store/disk.ts";
import type { ObjectStore } from "../store/store.ts";
import { DuckDbFile, type DuckDbSession } from "../warehouse/duckdb_file.ts";
import { Decoder } from "./decoder.ts";
import {
  dayOf,
  extensionOf,
  type LakeFormat,
  type Link,
  objectKey,
  parseLink,
  schemaId,
} from "./lake_layout.ts";
import type { DeadLetterQueue, Sink, WriteReport } from "./sink.ts";
import { discard, Spool } from "./spool.ts";
import { writeRows } from "./write_rows.ts";
import { sha256OfFile } from "../sha256.ts";

/** How the lake is written. */
export interface LakeSinkOptions {
  readonly store: ObjectStore;
  readonly dataset: Dataset;
  readonly codec: Codec;
  readonly deadLetters: DeadLetterQueue;
  /** Default: `parquet`. One topic has one format. */
  readonly format?: LakeFormat;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
  /** Folder for short-lived files. Default: the system's temporary folder. */
  readonly spoolFolder?: string;
}

/** Where a partition's chain ends. */
interface Tail {
  readonly nextOffset: number;
  /** Day of the last object; empty if there is none. */
  readonly date: string;
}

/** A `Sink` into an object store. Close it to free its decoder; the store stays its owner's. */
export class LakeSink implements Sink {
  readonly name = "lake";
  readonly #options: LakeSinkOptions;
  readonly #engine: DuckDbFile;
  readonly #session: DuckDbSession;
  readonly #spool: Spool;
  readonly #decoder: Decoder;
  readonly #schema: string;
  readonly #tails = new Map<number, Tail>();

  private constructor(
    options: LakeSinkOptions,
    engine: DuckDbFile,
    session: DuckDbSession,
    schema: string,
  ) {
    this.#options = options;
    this.#engine = engine;
    this.#session = session;
    this.#spool = new Spool(options.spoolFolder);
    this.#decoder = new Decoder(options.dataset, options.codec, this.#spool);
    this.#schema = schema;
  }

  /** Throws `LAKE_FORMAT` if the topic's objects have another format. */
  static async open(options: LakeSinkOptions): Promise<LakeSink> {
    const engine = await DuckDbFile.open(":memory:", { memoryLimit: "64MiB", threads: 1 });
    const session = await engine.session();
    const sink = new LakeSink(options, engine, session, await schemaId(options.dataset));
    try {
      await sink.#claimFormat();
      return sink;
    } catch (error) {
      await sink[Symbol.asyncDispose]();
      throw error;
    }
  }

  async claim(topic: string, logId: string): Promise<void> {
    if (await this.#mark(`${topic}/_log.json`, { id: logId }) === logId) return;
    throw logReplaced(this.name, topic);
  }

  async position(topic: string, partition: number): Promise<number> {
    const tail = await findTail(this.#options.store, topic, partition);
    this.#tails.set(partition, tail);
    return tail.nextOffset;
  }

  async write(batches: readonly RecordBatch[]): Promise<WriteReport> {
    const total = { rows: 0, dead: 0 };
    for (const batch of batches) {
      const { rows, dead } = await this.#writeObject(batch);
      total.rows += rows;
      total.dead += dead;
    }
    return total;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
    await this.#engine[Symbol.asyncDispose]();
    this.#spool[Symbol.dispose]();
  }

  get #format(): LakeFormat {
    return this.#options.format ?? "parquet";
  }

  async #writeObject(batch: RecordBatch): Promise<WriteReport> {
    const { topic, partition, startOffset, nextOffset } = batch;
    const tail = await this.#tail(topic, partition);
    if (tail.nextOffset !== startOffset) throw this.#conflict(batch, tail.nextOffset);
    const path = this.#spool.path(extensionOf(this.#format));
    const report = await this.#writeFile(batch, path);
    try {
      // The day follows from the chain and the record alone: two writers of one offset name one key.
      const date = maxText(tail.date, dayOf(runAt(batch, 0).timestampMs));
      const key = objectKey(topic, date, partition, startOffset, this.#format);
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

  async #writeFile(batch: RecordBatch, path: string): Promise<WriteReport> {
    const form = this.#format === "parquet"
      ? "FORMAT parquet, COMPRESSION zstd"
      : "FORMAT json, COMPRESSION gzip";
    const tools = {
      decoder: this.#decoder,
      session: this.#session,
      deadLetters: this.#options.deadLetters,
      ingestTimeUs: (this.#options.now ?? Date.now)() * 1000,
    };
    const copy = (rows: string) =>
      this.#session.run(`COPY (${rows}) TO ${literal(path)} (${form})`);
    try {
      return await writeRows([batch], tools, copy, () => Promise.resolve());
    } catch (cause) {
      if (cause instanceof TickhouseError) throw cause;
      throw encodeError(cause);
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
    const found = await this.#mark(`${dataset.topic}/_layout.json`, { format: this.#format });
    if (found === this.#format) return;
    throw new TickhouseError("LAKE_FORMAT", `the lake holds ${dataset.topic} as ${found}`, {
      field: "lake format",
      value: this.#format,
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
    const path = this.#spool.write([content], "json");
    try {
      await store.createFromFile(key, path, property);
    } finally {
      discard(path);
    }
    return (await store.head(key))?.metadata[name] ?? "";
  }
}

/** The chain's objects of a topic, by partition and offset. Reads the metadata of each object. */
export async function* chainOf(store: ObjectStore, topic: string): AsyncIterable<Link> {
  for await (const key of store.list(`${topic}/date=`)) {
    const object = await store.head(key);
    const link = object && parseLink(object);
    if (link) yield link;
  }
}

/** Where the chain of a partition ends: the offset the next object starts at. */
export async function lakePosition(
  store: ObjectStore,
  topic: string,
  partition: number,
): Promise<number> {
  return (await findTail(store, topic, partition)).nextOffset;
}

/** Days along a chain never fall, so the last object of the last day is the end of the chain. */
async function findTail(store: ObjectStore, topic: string, partition: number): Promise<Tail> {
  for (const day of (await store.folders(`${topic}/`)).reverse()) {
    const prefix = `${topic}/${day}/partition=${partition}/`;
    const key = (await Array.fromAsync(store.list(prefix))).at(-1);
    const object = key === undefined ? undefined : await store.head(key);
    const link = object && parseLink(object);
    if (link) return { nextOffset: link.nextOffset, date: link.date };
  }
  return { nextOffset: 0, date: "" };
}

function encodeError(cause: unknown): TickhouseError {
  const full = isDiskFull(cause);
  const message = messageOf(cause).split("\n")[0] ?? "";
  return new TickhouseError(full ? "DISK_FULL" : "LAKE_ENCODE", message, {
    field: "lake",
    mend: full
      ? "free space in the temporary folder; nothing of this batch was kept"
      : "nothing of this batch was kept; report this with the messages concerned",
    cause,
  });
}

function maxText(a: string, b: string): string {
  return a > b ? a : b;
}
