/**
 * Stands between the driver and the stand-in, and does to statements what networks and Snowflake do.
 * @module
 */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";

/** What happens to a request; nothing, if undefined. */
export type Fault =
  /** Snowflake never sees it, and the connection breaks. */
  | "cut before"
  /** Snowflake did it, and the connection broke before the answer came. */
  | "cut after"
  /** Snowflake did it, and half of the answer came. */
  | "cut answer"
  /** Snowflake did it, and the answer never comes. */
  | "hang"
  /** Answered by 429 in its stead: too many requests. */
  | "429"
  /** Answered by 503 in its stead. */
  | "503"
  /** Snowflake did it, and a gateway says 502. */
  | "502 after"
  /** The session's token has expired: the driver must get another. */
  | "expired"
  /** The session is gone, and with it what it had not committed. */
  | "gone"
  /** Half a second later. */
  | "slow"
  | undefined;

/** All faults. */
export const FAULTS = [
  "cut before",
  "cut after",
  "cut answer",
  "hang",
  "429",
  "503",
  "502 after",
  "expired",
  "gone",
  "slow",
] as const satisfies readonly Fault[];

/** A request as a test sees it. */
export interface Seen {
  readonly path: string;
  /** The statement, of a request that has one. */
  readonly sql: string;
  /** How often the driver has sent this request before. */
  readonly before: number;
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** The proxy. */
export class FaultProxy implements AsyncDisposable {
  /** What happens to the next requests. */
  plan: (request: Seen) => Fault = () => undefined;
  /** Ends the sessions, for `gone`. */
  forget: () => Promise<void> = () => Promise.resolve();
  /** How many faults there were. */
  faults = 0;
  readonly #server: http.Server;
  readonly #target: URL;
  readonly #times = new Map<string, number>();

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = http.createServer((request, response) => {
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
  }

  /** Starts one in front of `target`. */
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
    const path = request.url ?? "";
    const body = await bytesOf(request);
    const fault = this.plan(this.#see(path, request.headers, body));
    if (fault !== undefined) this.faults++;
    if (fault === "cut before") return void request.socket.destroy();
    if (fault === "429" || fault === "503") return void response.writeHead(Number(fault)).end();
    if (fault === "expired") return void json(response, "390112", "Your session has expired.");
    if (fault === "gone") await this.forget();
    if (fault === "slow") await new Promise((resolve) => setTimeout(resolve, 500));
    const answer = await this.#forward(request, body);
    if (fault === "hang") return;
    if (fault === "cut after") return void request.socket.destroy();
    if (fault === "502 after") return void response.writeHead(502).end();
    response.writeHead(answer.status, answer.headers);
    if (fault !== "cut answer") return void response.end(answer.body);
    response.write(answer.body.subarray(0, answer.body.length / 2));
    setTimeout(() => request.socket.destroy(), 20);
  }

  #see(path: string, headers: http.IncomingHttpHeaders, body: Uint8Array): Seen {
    const id = new URL(path, "http://x").searchParams.get("requestId") ?? path;
    const before = this.#times.get(id) ?? 0;
    this.#times.set(id, before + 1);
    if (!path.startsWith("/queries/v1/query-request")) return { path, sql: "", before };
    const plain = headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    const { sqlText = "" } = JSON.parse(new TextDecoder().decode(plain));
    return { path, sql: sqlText, before };
  }

  #forward(request: http.IncomingMessage, body: Uint8Array): Promise<Answer> {
    const { hostname, port } = this.#target;
    const { method, headers, url: path } = request;
    return new Promise((resolve, reject) => {
      const options = { hostname, port, method, path, headers, agent: false };
      const forwarded = http.request(options as http.RequestOptions, (answer) => {
        bytesOf(answer).then((body) => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
        }, reject);
      });
      forwarded.on("error", reject);
      forwarded.end(body);
    });
  }
}

function json(response: http.ServerResponse, code: string, message: string): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ success: false, code, message, data: null }));
}

async function bytesOf(stream: http.IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

/** Takes the driver's pauses between attempts away, which add up to a minute a fault. */
export function withoutPauses(): void {
  const util = createRequire(import.meta.url)("snowflake-sdk/dist/lib/util.js");
  util.nextSleepTime = () => 0.02;
  util.getJitteredSleepTime = (_n: number, _sleep: number, totalElapsedTime: number) => (
    { sleep: 0.02, totalElapsedTime }
  );
}
