/**
 * An object store in a bucket of Amazon S3, MinIO or another server that speaks S3.
 * @module
 */
import { TickhouseError } from "../errors.ts";
import { checkKey, checkMetadata, isHidden, Prefix, WRITER } from "./key.ts";
import { metadataHeaders, S3Bucket, type S3Options } from "./s3_bucket.ts";
import { isMissing, isTaken, isUnconditional, isUploadOver, s3Error } from "./s3_error.ts";
import { partsOf, sizeOfSource } from "./save.ts";
import type { ObjectInfo, ObjectStore } from "./store.ts";

/** How a bucket is used as a store. */
export interface S3StoreOptions extends S3Options {
  /** Key below which all objects are. Default: none. */
  readonly prefix?: string;
  /** Bytes; larger objects travel in parts of this size, 5 MiB or more. Default: 8 MiB. */
  readonly partBytes?: number;
}

const PART_BYTES = 8 * 1024 * 1024;
/** An object that each opening tries to create: a store that creates it again has no fence. */
const PROBE = ".tickhouse";
const TYPE = { "Content-Type": "application/octet-stream" };

/** An `ObjectStore` in a bucket. */
export class S3Store implements ObjectStore {
  readonly #bucket: S3Bucket;
  readonly #prefix: Prefix;
  readonly #partBytes: number;
  #partsProbed: Promise<void> | undefined;

  private constructor(options: S3StoreOptions) {
    this.#prefix = new Prefix(options.prefix ?? "");
    this.#partBytes = options.partBytes ?? PART_BYTES;
    this.#bucket = new S3Bucket(options);
  }

  /**
   * Throws if the bucket can't be used: `BUCKET_MISSING`, `STORE_FORBIDDEN`, `STORE_REGION`,
   * `STORE_UNAVAILABLE`, and `STORE_NOT_CONDITIONAL` if the server would overwrite objects.
   */
  static async open(options: S3StoreOptions): Promise<S3Store> {
    const store = new S3Store(options);
    try {
      await store.#probe((name) => store.#bucket.create(name, new Uint8Array(), TYPE));
      return store;
    } catch (error) {
      await store[Symbol.asyncDispose]();
      throw error;
    }
  }

  async createFromFile(
    key: string,
    path: string,
    metadata: Record<string, string>,
  ): Promise<boolean> {
    checkKey(key);
    checkMetadata(metadata);
    const size = await sizeOfSource(path);
    const writer = crypto.randomUUID();
    const headers = { ...TYPE, ...metadataHeaders({ ...metadata, [WRITER]: writer }) };
    const name = this.#prefix.full(key);
    try {
      if (size <= this.#partBytes) {
        await this.#bucket.create(name, await Deno.readFile(path), headers);
      } else {
        // That takes a while: first see whether it is in vain.
        if (await this.#bucket.stat(name)) return false;
        await this.#probeParts();
        await this.#bucket.createInParts(name, partsOf(path, this.#partBytes), headers);
      }
      return true;
    } catch (error) {
      // Perhaps by this very call, whose first attempt was done without our hearing of it.
      if (isTaken(error) || isUploadOver(error)) return await this.#isBy(writer, key, error);
      throw this.#error(error);
    }
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    checkKey(key);
    const found = await this.#bucket.stat(this.#prefix.full(key)).catch((e) => this.#throw(e));
    if (!found) return undefined;
    const { [WRITER]: _, ...metadata } = found.metadata;
    return { key, size: found.size, metadata };
  }

  async download(key: string, path: string): Promise<void> {
    checkKey(key);
    try {
      await this.#bucket.save(this.#prefix.full(key), path);
    } catch (cause) {
      if (!isMissing(cause)) throw this.#error(cause);
      const details = { field: "key", value: key, cause };
      throw new TickhouseError("OBJECT_MISSING", "there is no such object", details);
    }
  }

  async *list(prefix: string): AsyncIterable<string> {
    try {
      for await (const { names } of this.#bucket.list(this.#prefix.full(prefix), "")) {
        yield* names.map((name) => this.#prefix.strip(name)).filter((key) => !isHidden(key));
      }
    } catch (error) {
      throw this.#error(error);
    }
  }

  async folders(prefix: string): Promise<string[]> {
    const above = this.#prefix.full(prefix);
    const pages = await Array.fromAsync(this.#bucket.list(above, "/")).catch((e) => this.#throw(e));
    return pages.flatMap((page) => page.folders)
      .map((folder) => folder.slice(above.length, -1)).filter((name) => !isHidden(name));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#bucket[Symbol.dispose]());
  }

  async #isBy(writer: string, key: string, refusal: unknown): Promise<boolean> {
    const found = await this.#bucket.stat(this.#prefix.full(key)).catch((e) => this.#throw(e));
    if (found) return found.metadata[WRITER] === writer;
    throw new TickhouseError("STORE_UNAVAILABLE", "the object was taken, and now is not there", {
      field: "key",
      value: key,
      kind: "transient",
      mend: "see that nothing else removes objects of the lake",
      cause: refusal,
    });
  }

  /** Creates the probe until it is refused as taken, at most twice. */
  async #probe(create: (name: string) => Promise<void>): Promise<void> {
    try {
      for (let tries = 0; tries < 2; tries++) await create(this.#prefix.full(PROBE));
    } catch (error) {
      if (isTaken(error)) return;
      if (!isUnconditional(error)) throw this.#error(error);
    }
    throw new TickhouseError("STORE_NOT_CONDITIONAL", "the store overwrites what it has", {
      field: "TICKHOUSE_S3_ENDPOINT",
      value: this.#bucket.place.endpoint,
      mend: "use a server that obeys If-None-Match, such as Amazon S3, MinIO or versitygw",
    });
  }

  /** Whether the end of an upload in parts is conditional too. Asked once. */
  #probeParts(): Promise<void> {
    const create = (name: string) => this.#bucket.createInParts(name, [new Uint8Array(1)], TYPE);
    this.#partsProbed ??= this.#probe(create);
    this.#partsProbed.catch(() => this.#partsProbed = undefined);
    return this.#partsProbed;
  }

  #error(cause: unknown): TickhouseError {
    return s3Error(cause, this.#bucket.place);
  }

  #throw(cause: unknown): never {
    throw this.#error(cause);
  }
}
