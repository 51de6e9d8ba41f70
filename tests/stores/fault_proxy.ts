/**
 * Stands between a store and its server, and does to requests what networks and servers do.
 * @module
 */
import http from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to a request; nothing, if undefined. */
export type Fault =
  /** The server never sees it. */
  | "cut before"
  /** The server did it, and the connection broke before the answer came. */
  | "cut after"
  /** The server did it, and the answer never comes. */
  | "swallow"
  /** Half of the answer's body comes. */
  | "cut answer"
  /** The server never sees it, and no answer comes. */
  | "hang"
  /** Answered in the server's stead. */
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | undefined;

/** A request as a test sees it. */
export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** How many such requests were seen before: of the same method and path. */
  readonly before: number;
}

/** Decides about a request. */
export type Plan = (request: Seen) => Fault | Promise<Fault>;

/** The proxy; also a forward proxy, for requests with a whole URL. */
export class FaultProxy implements AsyncDisposable {
  /** All requests so far. */
  readonly seen: Seen[] = [];
  /** What happens to the next ones. */
  plan: Plan = () => undefined;
  readonly #server: http.Server;
  readonly #target: URL;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = http.createServer((request, response) => {
      // A server that dies meanwhile is seen as what it is: a broken connection.
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
  }

  /** Starts one in front of `target`, a URL such as http://127.0.0.1:9000. */
  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** Its own URL. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const path = (request.url ?? "").replace(/^http:\/\/[^/]+/, "");
    const method = request.method ?? "";
    const before = this.seen.filter((s) => s.method === method && s.path === path).length;
    const seen = { method, path, before };
    this.seen.push(seen);
    const body = await bytesOf(request);
    const fault = await this.plan(seen);
    if (fault === "hang") return;
    if (fault === "cut before") return void request.socket.destroy();
    if (typeof fault === "object") {
      response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
      return;
    }
    const answer = await this.#forward(method, path, request.headers, body);
    if (fault === "swallow") return;
    if (fault === "cut after") return void request.socket.destroy();
    response.writeHead(answer.status, answer.headers);
    if (fault !== "cut answer") return void response.end(answer.body);
    response.write(answer.body.subarray(0, answer.body.length / 2));
    setTimeout(() => request.socket.destroy(), 20);
  }

  #forward(
    method: string,
    path: string,
    headers: http.IncomingHttpHeaders,
    body: Uint8Array,
  ): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: Uint8Array }> {
    const { hostname, port } = this.#target;
    return new Promise((resolve, reject) => {
      // The server checks a signature that covers the host: it stays the one that was asked.
      const options = { hostname, port, method, path, headers, agent: false };
      const forwarded = http.request(options, (answer) => {
        bytesOf(answer).then((body) => {
          const status = answer.statusCode ?? 0;
          resolve({ status, headers: answer.headers, body });
        }, reject);
      });
      forwarded.on("error", reject);
      forwarded.end(body);
    });
  }
}

async function bytesOf(stream: http.IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}
