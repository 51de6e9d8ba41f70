/**
 * How requests to S3 travel: by fetch, so that each is bounded in time and may take a proxy.
 * @module
 */
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { TickhouseError } from "../../errors.ts";
import { Patience, Silence, StoreRefusal } from "../remote.ts";

/** How requests travel. */
export interface TransportOptions {
  /** Milliseconds for a request up to the answer, and between pieces of the answer. */
  readonly requestMs: number;
  /** URL of an HTTP proxy, credentials included. */
  readonly proxy?: string | undefined;
  /** Ends all requests when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** The part of node:http's request options that the client fills. */
interface RequestOptions {
  readonly method: string;
  readonly protocol: string;
  readonly path: string;
  readonly headers: Record<string, string>;
}

/** Stands in for node:http in npm:minio, which hands it requests that are signed already. */
export class S3Transport implements Disposable {
  readonly #http: Deno.HttpClient;
  readonly #requestMs: number;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;

  constructor({ requestMs, proxy, signal }: TransportOptions) {
    this.#requestMs = requestMs;
    this.#http = Deno.createHttpClient({ http2: false, ...proxyOf(proxy) });
    this.#signal = AbortSignal.any([this.#closing.signal, ...signal ? [signal] : []]);
  }

  /** Aborts when the store is closed, or its signal does. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** As in node:http. A refusal is an `StoreRefusal` in the event `error`. */
  request(
    options: RequestOptions,
    onResponse: (response: IncomingMessage) => void,
  ): EventEmitter & { end(body?: string | Uint8Array<ArrayBuffer>): void } {
    const end = (body?: string | Uint8Array<ArrayBuffer>) => {
      this.#send(options, body).then(onResponse, (error) => request.emit("error", error));
    };
    const request = Object.assign(new EventEmitter(), { end });
    return request;
  }

  [Symbol.dispose](): void {
    this.#closing.abort(new TickhouseError("STORE_CLOSED", "the store was closed"));
    this.#http.close();
  }

  async #send(
    { method, protocol, path, headers }: RequestOptions,
    body: string | Uint8Array<ArrayBuffer> | undefined,
  ): Promise<IncomingMessage> {
    const patience = new Patience(this.#requestMs);
    try {
      const init: RequestInit & { client: Deno.HttpClient } = {
        method,
        // Compressed answers would come with a length that is not the object's.
        headers: { ...headers, "accept-encoding": "identity" },
        redirect: "manual",
        signal: AbortSignal.any([patience.signal, this.#signal]),
        client: this.#http,
        ...(method === "GET" || method === "HEAD" ? {} : { body: asBytes(body) }),
      };
      const response = await fetch(`${protocol}//${headers["host"]}${path}`, init);
      if (response.status >= 300) {
        throw await refusal(response);
      }
      return asIncoming(response, patience);
    } catch (error) {
      patience.end();
      throw silence(error);
    }
  }
}

function asIncoming(response: Response, patience: Patience): IncomingMessage {
  const stream = Readable.from(chunksOf(response, patience), { objectMode: false });
  const headers = Object.fromEntries(response.headers);
  // Of an incoming message the client reads the stream, the status and the headers.
  return Object.assign(stream, { statusCode: response.status, headers }) as IncomingMessage;
}

async function* chunksOf(response: Response, patience: Patience): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of patience.watch(response.body ?? [])) {
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } catch (error) {
    throw silence(error);
  } finally {
    patience.end();
  }
}

/** What fetch throws when the connection fails or is cut. */
function silence(error: unknown): unknown {
  if (!(error instanceof TypeError) && !(error instanceof Deno.errors.Http)) return error;
  const reason = error.message.replace(/^error sending request.*?: (?=client error)/, "");
  return new Silence(reason, { cause: error });
}

/** Of text fetch would make a content type of its own. */
function asBytes(body: string | Uint8Array<ArrayBuffer> | undefined): Uint8Array<ArrayBuffer> {
  return typeof body === "object" ? body : new TextEncoder().encode(body);
}

function proxyOf(proxy: string | undefined): { proxy?: Deno.Proxy } {
  if (!proxy) return {};
  const url = new URL(proxy);
  const [username, password] = [url.username, url.password].map(decodeURIComponent);
  url.username = url.password = "";
  const basicAuth = username ? { basicAuth: { username, password: password ?? "" } } : {};
  return { proxy: { transport: "http", url: url.href, ...basicAuth } as Deno.Proxy };
}

async function refusal({ status, headers, body }: Response): Promise<StoreRefusal> {
  const xml = await new Response(body).text();
  const textOf = (tag: string) => new RegExp(`<${tag}>([^<]{0,300})</${tag}>`).exec(xml)?.[1];
  // What is asked by HEAD is refused without words; MinIO names the reason in a header.
  const code = textOf("Code") ?? headers.get("x-minio-error-code") ?? "";
  return new StoreRefusal(status, code, textOf("Message") ?? "", headers.get("retry-after"));
}
