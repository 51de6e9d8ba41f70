/**
 * What stores behind a network have in common: a bucket of named objects, used as a store.
 * @module
 */
import { delay } from "@std/async";
import { TickhouseError } from "../errors.ts";
import { checkKey, checkMetadata, isHidden, Prefix, WRITER } from "./key.ts";
import { partsOf, sizeOfSource } from "./save.ts";
import type { ObjectInfo, ObjectStore } from "./store.ts";

/** Some of an object's metadata. */
export type Metadata = Readonly<Record<string, string>>;

/** A page of a listing. */
export interface Page {
  readonly names: readonly string[];
  /** What is folded up behind the delimiter, each ending in it. */
  readonly folders: readonly string[];
}

/** Named objects on a server. Each request is tried until it is answered, or long enough. */
export interface Bucket extends Disposable {
  /** Creates an object in one request; false if the name is taken, perhaps by an earlier attempt. */
  create(name: string, bytes: Uint8Array<ArrayBuffer>, metadata: Metadata): Promise<boolean>;
  /** The same for an object that arrives in parts, and appears with the last step or not at all. */
  createInParts(
    name: string,
    parts: AsyncIterable<Uint8Array<ArrayBuffer>>,
    metadata: Metadata,
  ): Promise<boolean>;
  /** What is known of an object; undefined if there is none. */
  stat(name: string): Promise<{ size: number; metadata: Metadata } | undefined>;
  /** Copies an object into a file, whole; false if there is none. */
  save(name: string, path: string): Promise<boolean>;
  /** Names that begin with `prefix`, ascending, those behind a delimiter folded up. */
  list(prefix: string, delimiter: "" | "/"): AsyncIterable<Page>;
  /** The project's error for anything that the others throw. */
  error(cause: unknown): TickhouseError;
}

/** How a bucket is used. */
export interface BucketStoreOptions {
  /** Key below which all objects are. Default: none. */
  readonly prefix?: string;
  /** Bytes; larger objects travel in parts of this size, 5 MiB or more. Default: 8 MiB. */
  readonly partBytes?: number;
}

const PART_BYTES = 8 * 1024 * 1024;
/** Writes of an object that is neither created nor there, and the longest pause between them. */
const TRIES_MAX = 4;
const PAUSE_MAX_MS = 200;
/** An object that each opening tries to create: a store that creates it again has no fence. */
const PROBE = ".tickhouse";

/** An `ObjectStore` in a bucket. */
export class BucketStore implements ObjectStore {
  readonly #bucket: Bucket;
  readonly #prefix: Prefix;
  readonly #partBytes: number;
  #partsProbed: Promise<void> | undefined;

  /** Takes the bucket over. */
  protected constructor(bucket: Bucket, { prefix = "", partBytes }: BucketStoreOptions) {
    this.#bucket = bucket;
    this.#prefix = new Prefix(prefix);
    this.#partBytes = partBytes ?? PART_BYTES;
  }

  /** Throws, and closes, unless the bucket is there, may be used, and keeps what it has. */
  protected async opened(): Promise<this> {
    try {
      await this.#probe((name) => this.#bucket.create(name, new Uint8Array(), {}));
      return this;
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw this.#bucket.error(error);
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
    try {
      const name = this.#prefix.full(key);
      const all = { ...metadata, [WRITER]: writer };
      for (let tries = 1; tries <= TRIES_MAX; tries++) {
        if (await this.#create(name, path, size, all)) return true;
        // Perhaps by this very call, whose first attempt was done without our hearing of it.
        const found = await this.#bucket.stat(name);
        if (found) return found.metadata[WRITER] === writer;
        // Refused for an object that does not show yet, or that its writer gave up again.
        await delay(Math.random() * PAUSE_MAX_MS);
      }
    } catch (error) {
      throw this.#bucket.error(error);
    }
    throw new TickhouseError("STORE_UNAVAILABLE", "the object is taken, and is not there", {
      field: "key",
      value: key,
      kind: "transient",
      fix: "see that nothing else removes objects of the lake",
    });
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    checkKey(key);
    try {
      const found = await this.#bucket.stat(this.#prefix.full(key));
      if (!found) return undefined;
      const { [WRITER]: _, ...metadata } = found.metadata;
      return { key, size: found.size, metadata };
    } catch (error) {
      throw this.#bucket.error(error);
    }
  }

  async download(key: string, path: string): Promise<void> {
    checkKey(key);
    try {
      if (await this.#bucket.save(this.#prefix.full(key), path)) return;
    } catch (error) {
      throw this.#bucket.error(error);
    }
    const details = { field: "key", value: key };
    throw new TickhouseError("OBJECT_MISSING", "there is no such object", details);
  }

  async *list(prefix: string): AsyncIterable<string> {
    try {
      for await (const { names } of this.#bucket.list(this.#prefix.full(prefix), "")) {
        yield* names.map((name) => this.#prefix.strip(name)).filter((key) => !isHidden(key));
      }
    } catch (error) {
      throw this.#bucket.error(error);
    }
  }

  async folders(prefix: string): Promise<string[]> {
    const above = this.#prefix.full(prefix);
    try {
      const pages = await Array.fromAsync(this.#bucket.list(above, "/"));
      return pages.flatMap((page) => page.folders)
        .map((folder) => folder.slice(above.length, -1)).filter((name) => !isHidden(name));
    } catch (error) {
      throw this.#bucket.error(error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#bucket[Symbol.dispose]());
  }

  async #create(name: string, path: string, size: number, metadata: Metadata): Promise<boolean> {
    if (size <= this.#partBytes) {
      return await this.#bucket.create(name, await Deno.readFile(path), metadata);
    }
    // That takes a while: first see whether it is in vain.
    if (await this.#bucket.stat(name)) return false;
    await this.#probeParts();
    return await this.#bucket.createInParts(name, partsOf(path, this.#partBytes), metadata);
  }

  /** Creates the probe until it is refused as taken, at most twice. */
  async #probe(create: (name: string) => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 2; tries++) {
      if (!await create(this.#prefix.full(PROBE))) return;
    }
    throw new TickhouseError("STORE_NOT_CONDITIONAL", "the store overwrites what it has", {
      field: "lake",
      fix: "use a server that obeys If-None-Match, such as Amazon S3, MinIO or versitygw",
    });
  }

  /** Whether the end of an upload in parts is conditional too. Asked once. */
  #probeParts(): Promise<void> {
    const part = async function* () {
      yield new Uint8Array(1);
    };
    this.#partsProbed ??= this.#probe((name) => this.#bucket.createInParts(name, part(), {}));
    this.#partsProbed.catch(() => this.#partsProbed = undefined);
    return this.#partsProbed;
  }
}
