/**
 * Stands between a store and its server, and does to requests what networks and servers do.
 * @module
 */
import type http from "node:http";
import { answerHalf, bytesOf, HttpProxy, pathOf } from "../http_proxy.ts";

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
export class FaultProxy extends HttpProxy {
  /** All requests so far. */
  readonly seen: Seen[] = [];
  /** What happens to the next ones. */
  plan: Plan = () => undefined;

  /** Starts one in front of `target`, a URL such as http://127.0.0.1:9000. */
  static async start(target: string): Promise<FaultProxy> {
    return await new FaultProxy(target).listen();
  }

  protected override async serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const path = pathOf(request);
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
    const answer = await this.forward(request, body);
    if (fault === "swallow") return;
    if (fault === "cut after") return void request.socket.destroy();
    response.writeHead(answer.status, answer.headers);
    if (fault !== "cut answer") return void response.end(answer.body);
    answerHalf(request, response, answer);
  }
}
