/**
 * The requests that a container of Azure Blob Storage understands.
 * @module
 */
import type { ContainerClient } from "@azure/storage-blob";
import { TickhouseError } from "../../errors.ts";
import { azureAnswer, azureError, isGone, isTaken } from "./error.ts";
import { type AzureOptions, serviceOf } from "./service.ts";
import type { Bucket, Metadata, Page } from "../bucket.ts";
import { attempt, Patience } from "../remote.ts";
import { saveStream } from "../save.ts";

const CONDITIONS = { ifNoneMatch: "*" };
const HEADERS = { blobContentType: "application/octet-stream" };
const PAGE_NAMES = 1000;

/** A page as the library gives it, folded up or not. */
interface Segment {
  readonly blobItems: readonly { readonly name: string }[];
  readonly blobPrefixes?: readonly { readonly name: string }[];
}

/** A container. */
export class AzureContainer implements Bucket {
  readonly #container: ContainerClient;
  readonly #requestMs: number;
  readonly #attemptsMax: number;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;

  /** Nothing is sent yet. Throws `CONFIG_INVALID`. */
  constructor(options: AzureOptions) {
    this.#container = serviceOf(options).getContainerClient(options.container);
    this.#requestMs = options.requestMs ?? 20_000;
    this.#attemptsMax = options.attemptsMax ?? 6;
    const { signal } = options;
    this.#signal = AbortSignal.any([this.#closing.signal, ...signal ? [signal] : []]);
  }

  async create(
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
    metadata: Metadata,
  ): Promise<boolean> {
    const blob = this.#container.getBlockBlobClient(name);
    const given = { conditions: CONDITIONS, metadata: asAzure(metadata), blobHTTPHeaders: HEADERS };
    return await this.#created((abortSignal) =>
      blob.upload(bytes, bytes.length, { ...given, abortSignal })
    );
  }

  async createInParts(
    name: string,
    parts: AsyncIterable<Uint8Array<ArrayBuffer>>,
    metadata: Metadata,
  ): Promise<boolean> {
    const blob = this.#container.getBlockBlobClient(name);
    const upload = crypto.randomUUID();
    const blocks: string[] = [];
    for await (const bytes of parts) {
      const id = btoa(`${upload}-${String(blocks.length).padStart(6, "0")}`);
      blocks.push(id);
      await this.#attempt((abortSignal) =>
        blob.stageBlock(id, bytes, bytes.length, { abortSignal })
      );
    }
    const given = { conditions: CONDITIONS, metadata: asAzure(metadata), blobHTTPHeaders: HEADERS };
    return await this.#created((abortSignal) =>
      blob.commitBlockList(blocks, { ...given, abortSignal })
    );
  }

  async stat(name: string): Promise<{ size: number; metadata: Metadata } | undefined> {
    try {
      const found = await this.#attempt((abortSignal) =>
        this.#container.getBlobClient(name).getProperties({ abortSignal })
      );
      return { size: found.contentLength ?? 0, metadata: fromAzure(found.metadata ?? {}) };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  async save(name: string, path: string): Promise<boolean> {
    try {
      await this.#attempt(async (abortSignal, patience) => {
        const answer = await this.#container.getBlobClient(name)
          .download(0, undefined, { abortSignal });
        const chunks = patience.watch(answer.readableStreamBody as AsyncIterable<Uint8Array>);
        await saveStream(chunks, path, answer.contentLength ?? 0);
      });
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  async *list(prefix: string, delimiter: "" | "/"): AsyncIterable<Page> {
    let token = "";
    do {
      const after = { maxPageSize: PAGE_NAMES, ...(token ? { continuationToken: token } : {}) };
      const { page, next } = await this.#attempt((abortSignal) =>
        this.#page({ prefix, abortSignal }, delimiter, after)
      );
      yield page;
      token = next;
    } while (token);
  }

  error(cause: unknown): TickhouseError {
    const { url, containerName } = this.#container;
    return azureError(cause, { server: new URL(url).origin, container: containerName });
  }

  [Symbol.dispose](): void {
    this.#closing.abort(new TickhouseError("STORE_CLOSED", "the store was closed"));
  }

  async #page(
    options: { prefix: string; abortSignal: AbortSignal },
    delimiter: "" | "/",
    after: { maxPageSize: number; continuationToken?: string },
  ): Promise<{ page: Page; next: string }> {
    const pages = delimiter
      ? this.#container.listBlobsByHierarchy(delimiter, options).byPage(after)
      : this.#container.listBlobsFlat(options).byPage(after);
    for await (const { segment, continuationToken } of pages) {
      const { blobItems, blobPrefixes = [] } = segment as Segment;
      const [names, folders] = [blobItems, blobPrefixes].map((items) => items.map((i) => i.name));
      return {
        page: { names: names ?? [], folders: folders ?? [] },
        next: continuationToken ?? "",
      };
    }
    return { page: { names: [], folders: [] }, next: "" };
  }

  async #created(request: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
    try {
      await this.#attempt(request);
      return true;
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
  }

  #attempt<T>(request: (signal: AbortSignal, patience: Patience) => Promise<T>): Promise<T> {
    return attempt({ attemptsMax: this.#attemptsMax, signal: this.#signal }, async () => {
      const patience = new Patience(this.#requestMs);
      const signal = AbortSignal.any([patience.signal, this.#signal]);
      try {
        return await request(signal, patience);
      } catch (error) {
        throw azureAnswer(error, signal);
      } finally {
        patience.end();
      }
    });
  }
}

/** Names of metadata are identifiers there, of which ours leave out only the hyphen. */
function asAzure(metadata: Metadata): Record<string, string> {
  const renamed = Object.entries(metadata).map(([name, v]) => [name.replaceAll("-", "_"), v]);
  return Object.fromEntries(renamed);
}

function fromAzure(metadata: Metadata): Metadata {
  const renamed = Object.entries(metadata).map(([name, v]) => [name.replaceAll("_", "-"), v]);
  return Object.fromEntries(renamed);
}
