/**
 * The lake sink: raw objects that form one chain of offsets per partition.
 * @module
 */
import { countOf, offsetAt, type RecordBatch, runAt } from "../batch.ts";
import type { Codec } from "../codec/codec.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { literal } from "../datasets/sql.ts";
import { logReplaced, messageOf, PositionConflict, TickhouseError } from "../errors.ts";
import { isDiskFull } from "../store/disk.ts";
import type { ObjectStore } from "../store/store.ts";
import { DuckDbFile, type DuckDbSession } from "../warehouse/duckdb_file.ts";
import { Decoder } from "./decoder.ts";
import { findTail, type Tail } from "./lake_chain.ts";
import {
  copyOptions,
  dayOf,
  extensionOf,
  type LakeFormat,
  objectKey,
  schemaId,
} from "./lake_layout.ts";
import {
  checkRecordKey,
  manifestText,
  RECORD_KEY,
  recordKey,
  writeRecords,
} from "./lake_records.ts";
import type { DeadLetterQueue, Sink, WriteReport } from "./sink.ts";
import { discard, Spool } from "./spool.ts";
import { writeRows } from "./write_rows.ts";
import { sha256OfFile } from "../sha256.ts";

export { chainOf, lakePosition } from "./lake_chain.ts";

/** How the lake is written. */
export interface LakeSinkOptions {
  readonly store: ObjectStore;
  readonly dataset: Dataset;
  readonly codec: Codec;
  readonly deadLetters: DeadLetterQueue;
  /** Default: `parquet`. One topic has one format. */
  readonly format?: LakeFormat;
  /**
   * Key of a record's object in the format `json`, made of {topic}, {partition} and {offset}; of
   * which {partition} may lack if the topic has one. Default: `{topic}/{partition}/{offset}.json`.
   */
  readonly recordKey?: string;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
  /** Folder for short-lived files. Default: the system's temporary folder. */
  readonly spoolFolder?: string;
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

  /** Throws `LAKE_FORMAT` if the topic's objects have another format, and `CONFIG_INVALID`. */
  static async open(options: LakeSinkOptions): Promise<LakeSink> {
    const { format, recordKey = RECORD_KEY, dataset } = options;
    if (format === "json") checkRecordKey(recordKey, dataset.topic, dataset.partitions);
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
    try {
      if (this.#format === "json") return await this.#writeManifest(batch, path);
      const options = copyOptions(this.#format);
      return await writeRows([batch], this.#tools(), (rows) => {
        return this.#session.run(`COPY (${rows}) TO ${literal(path)} (${options})`);
      }, () => Promise.resolve());
    } catch (cause) {
      if (cause instanceof TickhouseError) throw cause;
      throw encodeError(cause);
    }
  }

  /**
   * Writes the objects of the valid records, and the file that names them. Until that is an object
   * they count for nothing: a crash in between leaves objects that the next writer finds equal.
   */
  async #writeManifest(batch: RecordBatch, path: string): Promise<WriteReport> {
    const { store, dataset, codec, recordKey: template = RECORD_KEY } = this.#options;
    const dead = new Set<number>();
    const tools = this.#tools();
    const deadLetters: DeadLetterQueue = (letters) => {
      for (const { offset } of letters) dead.add(offset);
      return tools.deadLetters(letters);
    };
    const report = await writeRows([batch], { ...tools, deadLetters }, async (rows) => {
      const counted = await this.#session.query(`SELECT count(*) FROM (${rows})`);
      return Number(counted.rows[0]?.[0]);
    }, () => Promise.resolve());
    const { lines } = await codec.toLines(batch.values, dataset);
    const records = Array.from({ length: countOf(batch) }, (_, i) => {
      const offset = offsetAt(batch, i);
      const key = recordKey(template, batch.topic, batch.partition, offset);
      return { offset, key, bytes: lines.at(i) };
    });
    const valid = records.filter(({ offset }) => !dead.has(offset));
    const objects = await writeRecords(store, this.#spool, valid);
    const manifest = { ingestTimeUs: tools.ingestTimeUs, records: objects };
    await Deno.writeTextFile(path, manifestText(manifest), { createNew: true });
    return report;
  }

  #tools() {
    return {
      decoder: this.#decoder,
      session: this.#session,
      deadLetters: this.#options.deadLetters,
      ingestTimeUs: (this.#options.now ?? Date.now)() * 1000,
    };
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
