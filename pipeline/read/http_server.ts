/**
 * An HTTP server that no client can hold up: it has time-outs for headers, requests and silence, a
 * limit on connections and bodies, and outlives a shortage of descriptors. Node's server, since Deno's
 * own has none of these.
 * @module
 */
import type { ErrorCode } from "../error_codes.ts";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { TickhouseError } from "../errors.ts";

/** A request, its body read. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** Empty if there is none. */
  readonly body: string;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/** How it is served. */
export interface HttpOptions {
  readonly hostname: string;
  /** 0: any free one. */
  readonly port: number;
  readonly handler: (request: HttpRequest) => Promise<Response>;
  /** Default: 64 KiB. */
  readonly bodyBytesMax?: number;
  /** Default: 128. */
  readonly connectionsMax?: number;
  /** For a request to come in whole. Default: 10 s; its headers half of that. */
  readonly requestMs?: number;
  /** For which a client may neither send nor take anything. Default: 60 s. */
  readonly silenceMs?: number;
  /** Between two looks whether it still takes connections. Default: 5 s. */
  readonly lookMs?: number;
}

/** A server that listens. */
export interface HttpServer {
  readonly port: number;
  /** Takes nothing new and ends connections. */
  close(): Promise<void>;
}

/** An answer that says why there is none. */
export function refuse(status: number, code: ErrorCode, message: string): Response {
  return Response.json({ code, message }, { status });
}

/** Milliseconds for which answers on their way have time when it closes. */
const CLOSING_MS = 1_000;
/** Milliseconds in which a connection comes in. */
const LOOK_MAX_MS = 2_000;
/** Bytes of all headers. */
const HEADERS_MAX = 16 * 1024;

/** Listens. Throws what the system says, such as a port in use, as `error.code` `EADDRINUSE`. */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { requestMs = 10_000, silenceMs = 60_000, connectionsMax = 128 } = options;
  const { lookMs = 5_000 } = options;
  const server = createServer({
    headersTimeout: requestMs / 2,
    requestTimeout: requestMs,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: Math.min(1_000, requestMs / 4),
    maxHeaderSize: HEADERS_MAX,
  }, (request, response) => void answer(options, request, response));
  server.maxConnections = connectionsMax;
  server.on("clientError", (_error, socket) => socket.destroy());
  server.on("connection", (socket) => {
    socket.setTimeout(silenceMs, () => socket.destroy());
    socket.on("error", () => socket.destroy());
  });
  await listening(server, options.hostname, options.port);
  const { port } = server.address() as AddressInfo;
  const watch = new Watch(server, { hostname: options.hostname, port, lookMs });
  return { port, close: () => closed(server, watch) };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/**
 * Has a server listen again that takes no connections any more: without a descriptor for one, Deno
 * stops to take them, and tells nobody.
 */
class Watch implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: { hostname: string; port: number; lookMs: number };
  readonly #timer: ReturnType<typeof setInterval>;
  #looking: Promise<void> = Promise.resolve();

  constructor(server: Server, options: { hostname: string; port: number; lookMs: number }) {
    this.#server = server;
    this.#options = options;
    // A server that can't listen just now is asked again at the next look.
    const look = () => this.#looking = this.#looking.then(() => this.#look()).catch(() => {});
    this.#timer = setInterval(look, options.lookMs);
    Deno.unrefTimer(this.#timer);
  }

  async #look(): Promise<void> {
    const { hostname, port } = this.#options;
    if (this.#server.listening && await this.#isTaken()) return;
    if (this.#server.listening) this.#server.close();
    await listening(this.#server, hostname, port);
  }

  /** Whether a connection comes in, be it turned away. */
  async #isTaken(): Promise<boolean> {
    const { hostname, port, lookMs } = this.#options;
    const host = ["0.0.0.0", "::"].includes(hostname) ? "localhost" : hostname;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const came = () => resolve(true);
    this.#server.once("connection", came).once("drop", came);
    const probe = connect(port, host);
    // Without a descriptor for the probe nothing is known.
    probe.on("error", came);
    const timer = setTimeout(() => resolve(false), Math.min(lookMs, LOOK_MAX_MS));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      probe.destroy();
      this.#server.off("connection", came).off("drop", came);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }
}

async function closed(server: Server, watch: Watch): Promise<void> {
  await watch[Symbol.asyncDispose]();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), CLOSING_MS);
  await promise;
  clearTimeout(timer);
}

async function answer(
  options: HttpOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort(new DOMException("the client is gone", "AbortError")));
  outgoing.on("error", () => gone.abort());
  try {
    const request = await read(incoming, options.bodyBytesMax ?? 64 * 1024, gone.signal);
    await send(await options.handler(request), outgoing, gone.signal);
  } catch (error) {
    if (gone.signal.aborted || outgoing.headersSent) return void outgoing.destroy();
    await send(refusalOf(error), outgoing, gone.signal).catch(() => outgoing.destroy());
  }
}

/** What a client may know of what went wrong; the rest of its request was not read. */
function refusalOf(error: unknown): Response {
  const isOurs = error instanceof TickhouseError;
  const response = isOurs
    ? refuse(error.code === "BODY_TOO_LARGE" ? 413 : 400, error.code, error.message)
    : refuse(500, "FAILED", "it could not be answered");
  response.headers.set("connection", "close");
  return response;
}

async function read(
  incoming: IncomingMessage,
  bytesMax: number,
  signal: AbortSignal,
): Promise<HttpRequest> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers.set(name, Array.isArray(value) ? value.join(", ") : value ?? "");
  }
  const decoder = new TextDecoder();
  let body = "";
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > bytesMax) {
      throw new TickhouseError("BODY_TOO_LARGE", `the request has more than ${bytesMax} bytes`);
    }
    body += decoder.decode(chunk, { stream: true });
  }
  const target = incoming.url ?? "/";
  const base = `http://${headers.get("host") ?? "unknown"}`;
  if (!target.startsWith("/") || !URL.canParse(target, base)) {
    throw new TickhouseError("REQUEST_INVALID", "the request names no path");
  }
  return {
    method: incoming.method ?? "",
    url: new URL(target, base),
    headers,
    body: body + decoder.decode(),
    signal,
  };
}

async function send(response: Response, outgoing: ServerResponse, signal: AbortSignal) {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.flushHeaders();
  const reader = response.body?.getReader();
  const stop = () => void reader?.cancel().catch(() => {}); // Nobody waits for it any more.
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  for (;;) {
    const { done, value } = await reader?.read() ?? { done: true, value: undefined };
    if (done || signal.aborted) break;
    if (!outgoing.write(value)) await drained(outgoing, signal);
  }
  outgoing.end();
}

function drained(outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    outgoing.once("drain", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
