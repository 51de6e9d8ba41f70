/**
 * Stands between the driver and the stand-in, and does to statements what networks and Snowflake do.
 * @module
 */
import type http from "node:http";
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";
import { answerHalf, bytesOf, HttpProxy } from "../http_proxy.ts";

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

/** The proxy. */
export class FaultProxy extends HttpProxy {
  /** What happens to the next requests. */
  plan: (request: Seen) => Fault = () => undefined;
  /** Ends the sessions, for `gone`. */
  forget: () => Promise<void> = () => Promise.resolve();
  /** How many faults there were. */
  faults = 0;
  readonly #times = new Map<string, number>();

  /** The stand-in takes no request that names another address than its own. */
  readonly #host: string;

  private constructor(target: string) {
    super(target);
    this.#host = new URL(target).host;
  }

  /** Starts one in front of `target`. */
  static async start(target: string): Promise<FaultProxy> {
    return await new FaultProxy(target).listen();
  }

  protected override async serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const path = request.url ?? "";
    const body = await bytesOf(request);
    const fault = this.plan(this.#see(path, request.headers, body));
    if (fault !== undefined) this.faults++;
    if (fault === "cut before") return void request.socket.destroy();
    if (fault === "429" || fault === "503") return void response.writeHead(Number(fault)).end();
    if (fault === "expired") return void json(response, "390112", "Your session has expired.");
    if (fault === "gone") await this.forget();
    if (fault === "slow") await new Promise((resolve) => setTimeout(resolve, 500));
    request.headers.host = this.#host;
    const answer = await this.forward(request, body);
    if (fault === "hang") return;
    if (fault === "cut after") return void request.socket.destroy();
    if (fault === "502 after") return void response.writeHead(502).end();
    response.writeHead(answer.status, answer.headers);
    if (fault !== "cut answer") return void response.end(answer.body);
    answerHalf(request, response, answer);
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
}

function json(response: http.ServerResponse, code: string, message: string): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ success: false, code, message, data: null }));
}

/** Takes the driver's pauses between attempts away, which add up to a minute a fault. */
export function withoutPauses(): void {
  const util = createRequire(import.meta.url)("snowflake-sdk/dist/lib/util.js");
  util.nextSleepTime = () => 0.02;
  util.getJitteredSleepTime = (_n: number, _sleep: number, totalElapsedTime: number) => (
    { sleep: 0.02, totalElapsedTime }
  );
}
