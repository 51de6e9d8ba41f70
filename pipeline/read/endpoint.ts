/**
 * The read-only query endpoint of the process that writes the warehouse: DuckDB lets no other
 * process open the file meanwhile.
 *
 * What keeps it harmless: it listens on loopback; every request but /health carries a random token
 * from a file that only its owner reads; a foreign Host is refused (DNS rebinding) and so is a
 * browser's cross-site request; each statement passes `assertReadOnly` and runs in a read-only
 * transaction on a connection of its own; rows, bytes, time and concurrency are limited.
 * @module
 */
import { z } from "zod";
import { messageOf, TickhouseError } from "../errors.ts";
import type { DuckDbSession } from "../warehouse/duckdb_file.ts";
import type { Bind, Result } from "../warehouse/warehouse.ts";
import { removeEndpoint, writeEndpoint } from "./endpoint_file.ts";
import { assertReadOnly } from "./guard.ts";
import { toParquet } from "./parquet.ts";
import { queryUpTo } from "./result.ts";

/** How queries are served. */
export interface EndpointOptions {
  /** Opens a connection to the warehouse; the endpoint closes it. */
  readonly open: () => Promise<DuckDbSession>;
  /** Folder of endpoint.json and of temporary files. */
  readonly home: string;
  /** What a caller must present. Default: a new one, which only readers of the home learn. */
  readonly token?: string;
  /** Default: "127.0.0.1". */
  readonly hostname?: "127.0.0.1";
  /** Default: 0, any free port. */
  readonly port?: number;
  /** Stops the endpoint; running queries are interrupted. */
  readonly signal?: AbortSignal;
  /** Default: 100,000. */
  readonly maxRows?: number;
  /** Default: 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Default: 30 s. */
  readonly timeoutMs?: number;
  /** Queries at once; the others wait. Default: 4. */
  readonly maxConcurrent?: number;
}

/** A running endpoint. */
export interface Endpoint {
  readonly url: string;
  /** Resolves when the endpoint has stopped and its file is gone. */
  readonly finished: Promise<void>;
}

const REQUEST = z.object({
  sql: z.string(),
  binds: z.array(z.union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    // What JSON has no number for: it would come as null.
    z.object({ number: z.enum(["NaN", "Infinity", "-Infinity"]) })
      .transform(({ number }) => Number(number)),
    z.object({ bigint: z.string().regex(/^-?\d+$/) }).transform(({ bigint }) => BigInt(bigint)),
  ])).default([]),
});

/** Requests beyond the running ones that may wait before others are turned away. */
const WAITING_MAX = 64;

/** Serves queries until the signal aborts, and announces itself in `<home>/endpoint.json`. */
export async function serveQueries(options: EndpointOptions): Promise<Endpoint> {
  const hostname = options.hostname ?? "127.0.0.1";
  const token = options.token ?? crypto.randomUUID() + crypto.randomUUID();
  const startedAt = new Date().toISOString();
  const service = new QueryService(options);
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname, port: options.port ?? 0, signal: stop.signal, onListen: () => {} },
    (request) => respond(request),
  );
  const host = `${hostname}:${server.addr.port}`;

  async function respond(request: Request): Promise<Response> {
    if (request.headers.get("host") !== host) return refuse(403, "HOST_REFUSED", "foreign host");
    const path = new URL(request.url).pathname;
    if (path === "/health") return Response.json({ service: "tickhouse", startedAt });
    if (request.headers.get("authorization") !== `Bearer ${token}`) {
      return refuse(401, "TOKEN_INVALID", "missing or wrong token");
    }
    if (path !== "/query" && path !== "/frame") return refuse(404, "NOT_FOUND", "no such path");
    if (request.method !== "POST") return refuse(405, "METHOD_REFUSED", "POST only");
    try {
      const { sql, binds } = await readBody(request, options.maxBodyBytes ?? 1 << 20);
      return path === "/query"
        ? Response.json(await service.query(sql, binds))
        : new Response(await service.frame(sql));
    } catch (error) {
      return errorResponse(error);
    }
  }

  try {
    await writeEndpoint(options.home, { url: `http://${host}`, token, pid: Deno.pid, startedAt });
  } catch (error) {
    stop.abort();
    await server.finished;
    throw error;
  }
  const finish = async () => {
    await removeEndpoint(options.home, token);
    service.close();
    await server.shutdown();
  };
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => void finish().then(resolve, reject);
  if (options.signal?.aborted) onAbort();
  else options.signal?.addEventListener("abort", onAbort, { once: true });
  return { url: `http://${host}`, finished };
}

/** Runs guarded statements, each on a connection of its own, some at once. */
class QueryService {
  readonly #options: EndpointOptions;
  readonly #closing = new AbortController();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  query(sql: string, binds: readonly Bind[]): Promise<Result> {
    const maxRows = this.#options.maxRows ?? 100_000;
    return this.#run(sql, (session) => queryUpTo(session, sql, binds, maxRows));
  }

  frame(sql: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.#run(sql, (session) => toParquet(session, sql, this.#options.home));
  }

  /** Interrupts what runs. */
  close(): void {
    this.#closing.abort(new TickhouseError("ENDPOINT_CLOSING", "the stream is stopping"));
  }

  async #run<T>(sql: string, work: (session: DuckDbSession) => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      await using session = await this.#options.open();
      await assertReadOnly(session, sql);
      const timeoutMs = this.#options.timeoutMs ?? 30_000;
      const timeout = AbortSignal.timeout(timeoutMs);
      const cancelled = AbortSignal.any([this.#closing.signal, timeout]);
      const interrupt = () => session.connection.interrupt();
      cancelled.addEventListener("abort", interrupt, { once: true });
      try {
        cancelled.throwIfAborted();
        await session.run("BEGIN TRANSACTION READ ONLY");
        return await work(session);
      } catch (error) {
        this.#closing.signal.throwIfAborted();
        if (timeout.aborted) throw timedOut(timeoutMs, error);
        throw error;
      } finally {
        cancelled.removeEventListener("abort", interrupt);
      }
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < (this.#options.maxConcurrent ?? 4)) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= WAITING_MAX) {
      throw new TickhouseError("ENDPOINT_BUSY", `${WAITING_MAX} queries are waiting already`, {
        kind: "transient",
        mend: "send fewer queries at once",
      });
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }
}

async function readBody(request: Request, maxBytes: number): Promise<z.infer<typeof REQUEST>> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new TickhouseError("BODY_TOO_LARGE", `the request has more than ${maxBytes} bytes`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  try {
    return REQUEST.parse(JSON.parse(text + decoder.decode()));
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

function refuse(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status });
}

function timedOut(timeoutMs: number, cause: unknown): TickhouseError {
  return new TickhouseError("QUERY_TIMEOUT", `the query took longer than ${timeoutMs / 1000} s`, {
    field: "sql",
    mend: "restrict it to a shorter time or fewer symbols",
    cause,
  });
}
