/**
 * Turns batches into the files that become objects of the lake.
 * @module
 */
import { countOf, offsetAt, type RecordBatch } from "../batch.ts";
import type { Codec } from "../codec/codec.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { literal } from "../sql/names.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { isDiskFull } from "../disk.ts";
import type { ObjectStore } from "../store/store.ts";
import { isOutOfMemory } from "../duckdb/engine/errors.ts";
import { DuckDbFile, type DuckDbSession } from "../duckdb/engine/file.ts";
import { Decoder } from "../decode/decoder.ts";
import { copyOptions, extensionOf, fileRows, type LakeFormat } from "./layout.ts";
import { checkRecordKey, manifestText, RECORD_KEY, recordKey, writeRecords } from "./records.ts";
import { inParts } from "../sink/parts.ts";
import type { DeadLetterQueue, WriteReport } from "../sink/sink.ts";
import { discard, Spool } from "../decode/spool.ts";
import { writeRows } from "../decode/write_rows.ts";

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
   * which {partition} may be left out if the topic has one. Default: `{topic}/{partition}/{offset}.json`.
   */
  readonly recordKey?: string;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
  /** Folder for short-lived files. Default: the system's temporary folder. */
  readonly spoolFolder?: string;
  /** What encoding may take, as DuckDB writes it. Default: `64MiB`. */
  readonly memoryLimit?: string;
}

/** What most batches need; a larger one is encoded in parts. */
const MEMORY_LIMIT = "64MiB";

/** A batch, or a part of one, as a file, which is the caller's to discard. */
export interface EncodedFile {
  readonly batch: RecordBatch;
  readonly path: string;
  readonly report: WriteReport;
}

/** Encodes the batches of one dataset in one format, one after the other. */
export class LakeEncoder implements AsyncDisposable {
  readonly format: LakeFormat;
  /** Where the files are; it goes with the encoder. */
  readonly spool: Spool;
  readonly #options: LakeSinkOptions;
  readonly #engine: DuckDbFile;
  readonly #session: DuckDbSession;
  readonly #decoder: Decoder;

  private constructor(options: LakeSinkOptions, engine: DuckDbFile, session: DuckDbSession) {
    this.format = options.format ?? "parquet";
    this.spool = new Spool(options.spoolFolder);
    this.#options = options;
    this.#engine = engine;
    this.#session = session;
    this.#decoder = new Decoder(options.dataset, options.codec, this.spool);
  }

  /** Throws `CONFIG_INVALID` for a key by which records would share objects. */
  static async open(options: LakeSinkOptions): Promise<LakeEncoder> {
    const { format, recordKey = RECORD_KEY, dataset, memoryLimit = MEMORY_LIMIT } = options;
    if (format === "json") checkRecordKey(recordKey, dataset.topic, dataset.partitions);
    const engine = await DuckDbFile.open(":memory:", { memoryLimit, threads: 1 });
    return new LakeEncoder(options, engine, await engine.session());
  }

  /**
   * Makes the batch's dead letters durable, and of the others a file; if the batch is more than the
   * memory holds, files of its parts, in order. Throws `LAKE_ENCODE`, also if a single record is.
   */
  async encode(batch: RecordBatch): Promise<EncodedFile[]> {
    const files: EncodedFile[] = [];
    try {
      await inParts([batch], async ([part = batch]) => {
        files.push(await this.#encodePart(part));
      });
      return files;
    } catch (error) {
      for (const { path } of files) discard(path);
      throw error;
    }
  }

  async #encodePart(batch: RecordBatch): Promise<EncodedFile> {
    const path = this.spool.path(extensionOf(this.format));
    try {
      return { batch, path, report: await this.#write(batch, path) };
    } catch (error) {
      discard(path);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
    await this.#engine[Symbol.asyncDispose]();
    this.spool[Symbol.dispose]();
  }

  async #write(batch: RecordBatch, path: string): Promise<WriteReport> {
    try {
      if (this.format === "json") return await this.#writeManifest(batch, path);
      const options = copyOptions(this.format);
      return await writeRows([batch], this.#tools(), (rows) => {
        const held = fileRows(this.#options.dataset, rows, this.format);
        return this.#session.run(`COPY (${held}) TO ${literal(path)} (${options})`);
      });
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
    });
    const { lines } = await codec.toLines(batch.values, dataset);
    const records = Array.from({ length: countOf(batch) }, (_, i) => {
      const offset = offsetAt(batch, i);
      const key = recordKey(template, batch.topic, batch.partition, offset);
      return { offset, key, bytes: lines.at(i) };
    });
    const valid = records.filter(({ offset }) => !dead.has(offset));
    const objects = await writeRecords(store, this.spool, valid);
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
}

function encodeError(cause: unknown): TickhouseError {
  const full = isDiskFull(cause);
  const memory = isOutOfMemory(cause);
  const message = messageOf(cause).split("\n")[0] ?? "";
  return new TickhouseError(full ? "DISK_FULL" : "LAKE_ENCODE", message, {
    field: memory ? "memoryLimit" : "lake",
    fix: full
      ? "free space in the temporary folder; nothing of this batch was kept"
      : memory
      ? "raise it: a single record is more than the encoder may hold"
      : "nothing of this batch was kept; report this with the messages concerned",
    cause,
  });
}
