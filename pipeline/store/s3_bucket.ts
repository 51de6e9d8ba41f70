/**
 * The requests that a bucket of S3 understands, each tried until it is answered.
 * @module
 */
import { Client, type ClientOptions } from "minio";
import { Buffer } from "node:buffer";
import { TickhouseError } from "../errors.ts";
import { attempt, isMissing, type S3Place } from "./s3_error.ts";
import { S3Transport } from "./s3_transport.ts";
import { saveStream } from "./save.ts";

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

/** An object's size and metadata. */
export interface Stat {
  readonly size: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A page of a listing. */
export interface Page {
  readonly names: readonly string[];
  /** What is folded up behind the delimiter, each ending in it. */
  readonly folders: readonly string[];
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

/** A bucket. Throws `S3Refusal`, `S3Silence` and what else befell the last attempt. */
export class S3Bucket implements Disposable {
  readonly place: S3Place;
  readonly #client: ConditionalClient;
  readonly #transport: S3Transport;
  readonly #attemptsMax: number;

  /** Nothing is sent yet. Throws `CONFIG_INVALID`. */
  constructor(options: S3Options) {
    const { bucket, region = "us-east-1", requestMs = 20_000, proxy, signal } = options;
    this.place = { endpoint: options.endpoint ?? amazon(region), bucket, region };
    this.#attemptsMax = options.attemptsMax ?? 6;
    const url = parseEndpoint(this.place.endpoint);
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

  /** Creates an object in one request, if the name is free; else refused with status 412. */
  async create(name: string, bytes: Uint8Array, headers: Record<string, string>): Promise<void> {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const all = { ...headers, "If-None-Match": "*" };
    await this.#attempt(() =>
      this.#client.putObject(this.place.bucket, name, body, body.length, { ...all })
    );
  }

  /**
   * The same in parts, of which all but the last have 5 MiB or more. What was uploaded goes if it
   * does not become the object. The library's own way would go on with any unfinished upload of
   * the name, and so mix the parts of two writers.
   */
  async createInParts(
    name: string,
    parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    headers: Record<string, string>,
  ): Promise<void> {
    const { bucket } = this.place;
    const begin = () => this.#client.initiateNewMultipartUpload(bucket, name, { ...headers });
    const uploadID = await this.#attempt(begin);
    try {
      const done: { part: number; etag: string }[] = [];
      for await (const bytes of parts) {
        const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const part = { bucketName: bucket, objectName: name, uploadID, headers: {} };
        const numbered = { ...part, partNumber: done.length + 1 };
        done.push(await this.#attempt(() => this.#client.uploadPart(numbered, body)));
      }
      const end = () => this.#client.completeMultipartUpload(bucket, name, uploadID, done);
      await this.#attempt(end);
    } catch (error) {
      // That error counts; parts that can't be removed now go by the bucket's own rule.
      await this.#client.abortMultipartUpload(bucket, name, uploadID).catch(() => undefined);
      throw error;
    }
  }

  /** What is known of an object; undefined if there is none. */
  async stat(name: string): Promise<Stat | undefined> {
    const request = { method: "HEAD", bucketName: this.place.bucket, objectName: name };
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

  /** Copies an object into a file, whole. */
  async save(name: string, path: string): Promise<void> {
    await this.#attempt(async () => {
      const request = { method: "GET", bucketName: this.place.bucket, objectName: name };
      const answer = await this.#client.makeRequestAsync(request);
      await saveStream(answer, path, Number(answer.headers["content-length"]));
    });
  }

  /** Names that begin with `prefix`, ascending, those behind a delimiter folded up. */
  async *list(prefix: string, delimiter: "" | "/"): AsyncIterable<Page> {
    const { bucket } = this.place;
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

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }

  #attempt<T>(request: () => Promise<T>): Promise<T> {
    const { signal } = this.#transport;
    return attempt({ attemptsMax: this.#attemptsMax, signal }, request);
  }
}

/** Metadata as headers. */
export function metadataHeaders(metadata: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(metadata).map(([name, v]) => [META + name, v]));
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
    mend: "write it as http://host:port or https://host, without path or user",
  });
}
