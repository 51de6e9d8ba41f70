/**
 * Fetches what the links of a chain hold, whatever the layout.
 * @module
 */
import { Packed } from "../batch.ts";
import { jsonCodec } from "../codec/json.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { literal } from "../sql/names.ts";
import { TickhouseError } from "../errors.ts";
import { sha256OfFile } from "../sha256.ts";
import type { ObjectStore } from "../store/store.ts";
import type { SqlSession } from "../sql/session.ts";
import { Decoder } from "../decode/decoder.ts";
import { isManifest, type Link } from "./layout.ts";
import { type Manifest, readRecords } from "./records.ts";
import { discard, type Spool } from "../decode/spool.ts";

/** Reads the objects of one dataset. */
export class LakeReader {
  readonly #store: ObjectStore;
  readonly #dataset: Dataset;
  readonly #spool: Spool;
  readonly #session: SqlSession;

  /** Files are made in the spool; `session` turns single records into one. */
  constructor(store: ObjectStore, dataset: Dataset, spool: Spool, session: SqlSession) {
    this.#store = store;
    this.#dataset = dataset;
    this.#spool = spool;
    this.#session = session;
  }

  /**
   * Fetches a link into a file for `objectRows`, which is the caller's to discard. Throws
   * `OBJECT_DAMAGED` unless it is, to the byte, what was written.
   */
  async fetch(link: Link): Promise<string> {
    const path = this.#spool.path(link.key.split("/").at(-1) ?? "object");
    try {
      await this.#store.download(link.key, path);
      if (await sha256OfFile(path) !== link.sha256) throw damaged(link.key);
      if (!isManifest(link.key)) return path;
    } catch (error) {
      discard(path);
      throw error;
    }
    try {
      return await this.#gather(link, JSON.parse(await Deno.readTextFile(path)));
    } finally {
      discard(path);
    }
  }

  /** The records of a manifest as one Parquet file. */
  async #gather(link: Link, manifest: Manifest): Promise<string> {
    const lines = await readRecords(this.#store, this.#spool, manifest);
    const batch = {
      ...link,
      topic: this.#dataset.topic,
      offsets: Float64Array.from(manifest.records, ({ offset }) => offset),
      values: Packed.from(lines),
      runs: [{ key: null, count: lines.length, timestampMs: 0 }],
    };
    const decoder = new Decoder(this.#dataset, jsonCodec, this.#spool);
    const { batch: separated } = await decoder.separate(this.#session, batch);
    using spooled = decoder.spoolSeparated([separated], manifest.ingestTimeUs);
    const path = this.#spool.path("parquet");
    const rows = await this.#session.run(
      `COPY (${spooled.rows}) TO ${literal(path)} (FORMAT parquet)`,
    );
    if (rows === lines.length) return path;
    discard(path);
    throw damaged(link.key);
  }
}

function damaged(key: string): TickhouseError {
  return new TickhouseError("OBJECT_DAMAGED", "its checksum differs: it is not what was written", {
    field: "object",
    value: key,
    fix: "restore it from a copy; nothing of it was used",
  });
}
