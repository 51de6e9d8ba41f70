/**
 * An object store in a directory. An object appears whole, by link(2), or not at all.
 * @module
 */
import { dirname, join } from "node:path";
import { messageOf, TickhouseError } from "../errors.ts";
import { isDiskFull } from "../disk.ts";
import { checkKey, checkMetadata } from "./key.ts";
import type { ObjectInfo, ObjectStore } from "./store.ts";
import { sha256OfFile } from "../sha256.ts";
import { removeIfThere } from "../remove.ts";

/**
 * Metadata lies here, in one folder an object: a file for the object, and perhaps some of writers
 * that were killed before theirs appeared. Content, and for equal contents the inode, tell which.
 */
const META = ".meta";
/** Files that are being written. */
const STAGING = ".staging";
/** Milliseconds after which a file there is one that a killed process left. */
const STAGED_MAX_MS = 86_400_000;

/** An `ObjectStore` in a directory of a local file system that knows hard links. */
export class DirectoryStore implements ObjectStore {
  readonly #root: string;
  /** Folders whose names are on the disk. */
  readonly #synced = new Set<string>();
  #swept: Promise<void> | undefined;

  /** The directory is made when the first object is. */
  constructor(root: string) {
    this.#root = root;
  }

  async createFromFile(
    key: string,
    path: string,
    metadata: Record<string, string>,
  ): Promise<boolean> {
    checkKey(key);
    checkMetadata(metadata);
    const staged = join(this.#root, STAGING, crypto.randomUUID());
    try {
      await Deno.mkdir(dirname(staged), { recursive: true });
      await (this.#swept ??= sweep(dirname(staged)));
      await this.#makeFolder(dirname(this.#path(key)));
      await Deno.copyFile(path, staged);
      await sync(staged);
      const meta = await this.#writeMetadata(key, staged, metadata);
      if (await this.#link(staged, key)) return true;
      await removeIfThere(meta);
      return false;
    } catch (cause) {
      throw storeError(this.#root, cause);
    } finally {
      // Where even the folder for it is none, there is nothing to remove.
      await removeIfThere(staged).catch(() => {});
    }
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    checkKey(key);
    return await this.#reading(async () => {
      const size = await sizeOf(this.#path(key));
      return size === undefined ? undefined : { key, size, metadata: await this.#metadata(key) };
    });
  }

  async download(key: string, path: string): Promise<void> {
    checkKey(key);
    try {
      await Deno.copyFile(this.#path(key), path);
    } catch (cause) {
      if (!(cause instanceof Deno.errors.NotFound)) throw readError(this.#root, cause);
      throw new TickhouseError("OBJECT_MISSING", "there is no such object", {
        field: "key",
        value: key,
        cause,
      });
    }
  }

  async *list(prefix: string): AsyncIterable<string> {
    const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    const found = await this.#reading(() => entries(join(this.#root, folder)));
    for (const entry of found) {
      const key = `${folder}${entry.name}`;
      if (entry.isDirectory) {
        // A folder on the way down to the prefix, or within it.
        if (key.startsWith(prefix) || prefix.startsWith(`${key}/`)) yield* this.list(`${key}/`);
      } else if (key.startsWith(prefix)) yield key;
    }
  }

  async folders(prefix: string): Promise<string[]> {
    const found = await this.#reading(() => entries(join(this.#root, prefix)));
    return found.filter((entry) => entry.isDirectory).map((entry) => entry.name);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #path(key: string): string {
    return join(this.#root, key);
  }

  async #reading<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      throw readError(this.#root, cause);
    }
  }

  /** False if the key is taken. */
  async #link(staged: string, key: string): Promise<boolean> {
    try {
      await Deno.link(staged, this.#path(key));
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return false;
      throw error;
    }
    await sync(dirname(this.#path(key)));
    return true;
  }

  /** Written before the object appears, so that no object is ever without. */
  async #writeMetadata(key: string, staged: string, metadata: object): Promise<string> {
    const folder = join(this.#root, META, key);
    await this.#makeFolder(folder);
    const path = join(folder, `${await sha256OfFile(staged)}.${await inode(staged)}.json`);
    await Deno.writeTextFile(path, JSON.stringify(metadata));
    await sync(path);
    await sync(folder);
    return path;
  }

  /** Through to the disk, with all folders above it: whoever made them may not have come so far. */
  async #makeFolder(folder: string): Promise<void> {
    await Deno.mkdir(folder, { recursive: true });
    for (let at = folder; at.length >= this.#root.length; at = dirname(at)) {
      if (this.#synced.has(at)) return;
      await sync(dirname(at));
      this.#synced.add(at);
    }
  }

  async #metadata(key: string): Promise<Record<string, string>> {
    const folder = join(this.#root, META, key);
    let names = (await entries(folder)).map((entry) => entry.name);
    if (names.length > 1) {
      const content = await sha256OfFile(this.#path(key));
      names = names.filter((name) => name.startsWith(content));
    }
    if (names.length > 1) {
      const own = `.${await inode(this.#path(key))}.json`;
      names = names.filter((name) => name.endsWith(own));
    }
    const [name] = names;
    const metadata = name === undefined ? undefined : await readMetadata(join(folder, name));
    if (metadata) return metadata;
    const what = name === undefined ? "missing" : "damaged";
    throw new TickhouseError("OBJECT_DAMAGED", `the object's metadata is ${what}`, {
      field: "object",
      value: this.#path(key),
      fix: `restore ${folder} from a copy, or remove the object and what follows it`,
    });
  }
}

/** Undefined for what is not the metadata of an object. */
async function readMetadata(path: string): Promise<Record<string, string> | undefined> {
  const text = await Deno.readTextFile(path);
  try {
    const value: unknown = JSON.parse(text);
    return isTexts(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null &&
    Object.values(value).every((one) => typeof one === "string");
}

async function entries(folder: string): Promise<Deno.DirEntry[]> {
  try {
    const found = await Array.fromAsync(Deno.readDir(folder));
    return found.filter((e) => !e.name.startsWith(".")).sort((a, b) =>
      sortKey(a) < sortKey(b) ? -1 : 1
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Whole keys shall ascend, in which a folder's name is followed by a slash. */
function sortKey({ name, isDirectory }: Deno.DirEntry): string {
  return isDirectory ? `${name}/` : name;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const stat = await Deno.stat(path);
    return stat.isFile ? stat.size : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Removes what killed processes left. */
async function sweep(staging: string): Promise<void> {
  const before = Date.now() - STAGED_MAX_MS;
  for await (const { name } of Deno.readDir(staging)) {
    const path = join(staging, name);
    const { mtime } = await Deno.stat(path).catch(ifMissing) ?? {};
    if (mtime && mtime.getTime() < before) await removeIfThere(path);
  }
}

/** Another process has just removed it. */
function ifMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** Through to the disk; for a folder, the names in it. */
async function sync(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true });
  await file.sync();
}

async function inode(path: string): Promise<number> {
  return (await Deno.stat(path)).ino ?? 0;
}

function readError(root: string, cause: unknown): TickhouseError {
  if (cause instanceof TickhouseError) return cause;
  return new TickhouseError("STORE_READ", messageOf(cause), {
    field: "lake",
    value: root,
    fix: "see that it is a folder that this user may read, or restore it from a copy",
    cause,
  });
}

function storeError(root: string, cause: unknown): TickhouseError {
  if (cause instanceof TickhouseError) return cause;
  const full = isDiskFull(cause);
  return new TickhouseError(full ? "DISK_FULL" : "STORE_WRITE", messageOf(cause), {
    field: "lake",
    value: root,
    fix: full ? "free space on the disk; no object was half written" : "check the directory",
    cause,
  });
}
