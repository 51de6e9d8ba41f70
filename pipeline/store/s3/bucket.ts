/**
 * The requests that a bucket of S3 understands, each tried until it is answered.
 * @module
 */
import { Client, type ClientOptions } from "minio";
import { Buffer } from "node:buffer";
import { TickhouseError } from "../../errors.ts";
import type { Bucket, Metadata, Page } from "../bucket.ts";
import { attempt } from "../remote.ts";
import { isMissing, isTaken, outcomeOfParts, s3Error, type S3Place } from "./error.ts";
import { S3Transport } from "./transport.ts";
import { saveStream } from "../save.ts";

/** Where the bucket is, and how it is spoken to. */
export interface S3Options {
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
  /** URL of the server, http or https. Default: Amazon's of the region. */
  readonly endpoint?: string;
  /** Default: `us-east-1`. */
  readonly region?: string;
  /** Whether the bucket is named in the path, not in the host. Default: true with an endpoint. */
  readonly pathStyle?: boolean;
  /** URL of an HTTP proxy. Default: none. */
  readonly proxy?: string;
  /** Milliseconds for a request up to its answer, and between pieces of it. Default: 20,000. */
  readonly requestMs?: number;
  /** Attempts at a request, with pauses of some seconds in all. Default: 6. */
  readonly attemptsMax?: number;
  /** Ends what is under way when it aborts. */
  readonly signal?: AbortSignal;
}

const META = "x-amz-meta-";
const PAGE_NAMES = 1000;

/** A client whose uploads in parts end only if the key is free. */
class ConditionalClient extends Client {
  protected override getRequestOptions(
    options: Parameters<Client["getRequestOptions"]>[0],
  ): ReturnType<Client["getRequestOptions"]> {
    // The library has no other way to send headers with the end of an upload.
    const isEnd = options.method === "POST" && options.query?.startsWith("uploadId=");
    const headers = { ...options.headers, ...(isEnd ? { "If-None-Match": "*" } : {}) };
    return super.getRequestOptions({ ...options, headers });
  }
}

/** A bucket. */
export class S3Bucket implements Bucket {
  readonly #place: S3Place;
  readonly #client: ConditionalClient;
  readonly #transport: S3Transport;
  readonly #attemptsMax: number;

  /** Nothing is sent yet. Throws `CONFIG_INVALID`. */
  constructor(options: S3Options) {
    const { bucket, region = "us-east-1", requestMs = 20_000, proxy, signal } = options;
    this.#place = { endpoint: options.endpoint ?? amazon(region), bucket, region };
    this.#attemptsMax = options.attemptsMax ?? 6;
    const url = parseEndpoint(this.#place.endpoint);
    this.#transport = new S3Transport({ requestMs, proxy, signal });
    this.#client = new ConditionalClient({
      endPoint: url.hostname,
      useSSL: url.protocol === "https:",
      ...(url.port ? { port: Number(url.port) } : {}),
      region,
      accessKey: options.accessKey,
      secretKey: options.secretKey,
      ...(options.sessionToken ? { sessionToken: options.sessionToken } : {}),
      pathStyle: options.pathStyle ?? options.endpoint !== undefined,
      // It is the part of node:http that the client uses, no more.
      transport: this.#transport as unknown as NonNullable<ClientOptions["transport"]>,
      retryOptions: { disableRetry: true },
    });
  }

  async create(
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
    metadata: Metadata,
  ): Promise<boolean> {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const headers = { ...headersOf(metadata), "If-None-Match": "*" };
    const put = () =>
      this.#client.putObject(this.#place.bucket, name, body, body.length, { ...headers });
    return await untaken(this.#attempt(put));
  }

  /**
   * What was uploaded goes if it does not become the object. The library's own way would go on with
   * any unfinished upload of the name, and so mix the parts of two writers.
   */
  async createInParts(
    name: string,
    parts: AsyncIterable<Uint8Array<ArrayBuffer>>,
    metadata: Metadata,
  ): Promise<boolean> {
    const { bucket } = this.#place;
    const uploadID = await this.#attempt(() =>
      this.#client.initiateNewMultipartUpload(bucket, name, headersOf(metadata))
    );
    const upload = { bucketName: bucket, objectName: name, uploadID, headers: {} };
    let created = false;
    try {
      const done: { part: number; etag: string }[] = [];
      for await (const bytes of parts) {
        const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const part = { ...upload, partNumber: done.length + 1 };
        done.push(await this.#attempt(() => this.#client.uploadPart(part, body)));
      }
      return created = await untaken(
        this.#attempt(() =>
          this.#client.completeMultipartUpload(bucket, name, uploadID, done)
            .catch((error) => Promise.reject(outcomeOfParts(error)))
        ),
      );
    } finally {
      // What can't be removed now goes by the bucket's own rule.
      if (!created) {
        await this.#client.abortMultipartUpload(bucket, name, uploadID).catch(() => undefined);
      }
    }
  }

  async stat(name: string): Promise<{ size: number; metadata: Metadata } | undefined> {
    const request = { method: "HEAD", bucketName: this.#place.bucket, objectName: name };
    try {
      const { headers } = await this.#attempt(() => this.#client.makeRequestAsyncOmit(request));
      const metadata = Object.entries(headers).flatMap(([key, value]) =>
        key.startsWith(META) ? [[key.slice(META.length), String(value)]] : []
      );
      return { size: Number(headers["content-length"]), metadata: Object.fromEntries(metadata) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async save(name: string, path: string): Promise<boolean> {
    const request = { method: "GET", bucketName: this.#place.bucket, objectName: name };
    try {
      await this.#attempt(async () => {
        const answer = await this.#client.makeRequestAsync(request);
        await saveStream(answer, path, Number(answer.headers["content-length"]));
      });
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async *list(prefix: string, delimiter: "" | "/"): AsyncIterable<Page> {
    const { bucket } = this.#place;
    for (let token: string | undefined = ""; token !== undefined;) {
      const after: string = token;
      const page = await this.#attempt(() =>
        this.#client.listObjectsV2Query(bucket, prefix, after, delimiter, PAGE_NAMES, "")
      );
      yield {
        names: page.objects.flatMap(({ name }) => name === undefined ? [] : [name]),
        folders: page.objects.flatMap(({ prefix }) => prefix === undefined ? [] : [prefix]),
      };
      token = page.isTruncated ? page.nextContinuationToken : undefined;
    }
  }

  error(cause: unknown): TickhouseError {
    return s3Error(cause, this.#place);
  }

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }

  #attempt<T>(request: () => Promise<T>): Promise<T> {
    const { signal } = this.#transport;
    return attempt({ attemptsMax: this.#attemptsMax, signal }, request);
  }
}

/** True if the request succeeds, false if it is refused because the name is taken. */
async function untaken(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  }
}

function headersOf(metadata: Metadata): Record<string, string> {
  const named = Object.entries(metadata).map(([name, value]) => [META + name, value]);
  return { "Content-Type": "application/octet-stream", ...Object.fromEntries(named) };
}

function amazon(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.parse(endpoint);
  const plain = url && /^https?:$/.test(url.protocol) && url.pathname === "/" && !url.username;
  if (plain) return url;
  throw new TickhouseError("CONFIG_INVALID", "is not the URL of a server", {
    field: "TICKHOUSE_S3_ENDPOINT",
    // Perhaps with a password in it.
    ...(url?.username ? {} : { value: endpoint }),
    fix: "write it as http://host:port or https://host, without path or user",
  });
}
