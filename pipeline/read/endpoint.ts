/**
 * The read-only query endpoint of the process that writes the warehouse: DuckDB lets no other
 * process open the file meanwhile.
 *
 * What keeps it harmless: it listens on loopback; every request but /health carries a random token
 * from a file that only its owner reads; a foreign Host is refused (DNS rebinding) and so is every
 * request of a browser; what a statement may do, and cost, `QueryService` sees to.
 * @module
 */
import { z } from "zod";
import { messageOf, TickhouseError } from "../errors.ts";
import { removeEndpoint, writeEndpoint } from "./endpoint_file.ts";
import { type HttpRequest, refuse, serveHttp } from "./http_server.ts";
import { type Answered, QueryService, type QueryServiceOptions } from "./query_service.ts";
import { BIND } from "./reading.ts";

/** How queries are served. */
export interface EndpointOptions extends QueryServiceOptions {
  /** Folder of endpoint.json. */
  readonly home: string;
  /** What a caller must present. Default: a new one, which only readers of the home learn. */
  readonly token?: string;
  /** Default: "127.0.0.1". */
  readonly hostname?: "127.0.0.1";
  /** Default: 0, any free port. */
  readonly port?: number;
  /** Stops the endpoint; running queries are interrupted. */
  readonly signal?: AbortSignal;
  /** Default: 1 MiB. */
  readonly maxBodyBytes?: number;
  /** For a request to come in whole. Default: 10 s. */
  readonly requestMs?: number;
  /** Default: 128. */
  readonly connectionsMax?: number;
}

/** A running endpoint. */
export interface Endpoint {
  readonly url: string;
  /** Resolves when the endpoint has stopped and its file is gone. */
  readonly finished: Promise<void>;
}

const REQUEST = z.object({ sql: z.string(), binds: z.array(BIND).default([]) });

/** Serves queries until the signal aborts, and announces itself in `<home>/endpoint.json`. */
export async function serveQueries(options: EndpointOptions): Promise<Endpoint> {
  const hostname = options.hostname ?? "127.0.0.1";
  const token = options.token ?? crypto.randomUUID() + crypto.randomUUID();
  const startedAt = new Date().toISOString();
  const service = new QueryService(options);
  const server = await serveHttp({
    hostname,
    port: options.port ?? 0,
    handler: (request) => respond(request),
    bodyBytesMax: options.maxBodyBytes ?? 1 << 20,
    ...(options.requestMs === undefined ? {} : { requestMs: options.requestMs }),
    ...(options.connectionsMax === undefined ? {} : { connectionsMax: options.connectionsMax }),
  });
  const host = `${hostname}:${server.port}`;

  async function respond(request: HttpRequest): Promise<Response> {
    const { headers, url: { pathname } } = request;
    if (headers.get("host") !== host) return refuse(403, "HOST_REFUSED", "foreign host");
    if (headers.has("origin") || (headers.get("sec-fetch-site") ?? "none") !== "none") {
      return refuse(403, "BROWSER_REFUSED", "this is for programs, not for pages");
    }
    if (pathname === "/health") return Response.json({ service: "tickhouse", startedAt });
    if (headers.get("authorization") !== `Bearer ${token}`) {
      return refuse(401, "TOKEN_INVALID", "missing or wrong token");
    }
    if (pathname !== "/query" && pathname !== "/frame") {
      return refuse(404, "NOT_FOUND", "no such path");
    }
    if (request.method !== "POST") return refuse(405, "METHOD_REFUSED", "POST only");
    try {
      const { sql, binds } = readBody(request.body);
      const kind = pathname === "/query" ? "json" as const : "parquet" as const;
      const { signal } = request;
      return await toResponse(await service.ask({ sql, binds, kind, signal }), kind);
    } catch (error) {
      request.signal.throwIfAborted();
      return errorResponse(error);
    }
  }

  const finish = async () => {
    await removeEndpoint(options.home, token);
    await service[Symbol.asyncDispose]();
    await server.close();
  };
  try {
    await writeEndpoint(options.home, { url: `http://${host}`, token, pid: Deno.pid, startedAt });
  } catch (error) {
    await finish();
    throw error;
  }
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => void finish().then(resolve, reject);
  if (options.signal?.aborted) onAbort();
  else options.signal?.addEventListener("abort", onAbort, { once: true });
  return { url: `http://${host}`, finished };
}

/** A file is sent as it is read, and is gone behind its last byte, or when the client is. */
async function toResponse(answered: Answered, kind: "json" | "parquet"): Promise<Response> {
  const type = kind === "json" ? "application/json" : "application/vnd.apache.parquet";
  const headers = { "content-type": type };
  const { text, path } = answered;
  if (path === undefined) return new Response(text, { headers });
  const file = await Deno.open(path);
  const reader = file.readable.getReader();
  const gone = () => answered[Symbol.asyncDispose]();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (!done) return controller.enqueue(value);
      await gone();
      controller.close();
    },
    async cancel() {
      await reader.cancel();
      await gone();
    },
  });
  return new Response(body, { headers });
}

function readBody(text: string): z.infer<typeof REQUEST> {
  try {
    return REQUEST.parse(JSON.parse(text));
  } catch (cause) {
    throw new TickhouseError("REQUEST_INVALID", "the body is not {sql, binds}", { cause });
  }
}

const STATUS: Readonly<Record<string, number>> = {
  BODY_TOO_LARGE: 413,
  ENDPOINT_BUSY: 503,
  ENDPOINT_CLOSING: 503,
  QUERY_TIMEOUT: 408,
};

function errorResponse(error: unknown): Response {
  if (error instanceof TickhouseError) {
    return refuse(STATUS[error.code] ?? 400, error.code, error.message);
  }
  return refuse(400, "QUERY_FAILED", messageOf(error));
}
