/**
 * The live dashboard: a page on loopback over whatever can be queried.
 * @module
 */
import { messageOf, TickhouseError } from "../errors.ts";
import { loadAsset } from "./assets.ts";
import { loadCandles } from "./candles.ts";
import { CLIENTS_MAX, Feed } from "./feed.ts";
import { Queries, type Query } from "./queries.ts";
import { type LiveStatus, UNKNOWN_STATUS } from "./status.ts";
import { type Candles, type Interval, INTERVAL_SECONDS } from "./wire.ts";

/** How the dashboard is served. */
export interface DashboardOptions {
  /** Reads the warehouse: the `query` of a `Reader` or of a session of the dashboard's own. */
  readonly query: Query;
  /** What the stream tells about itself. Default: nothing, the tables tell. */
  readonly status?: () => LiveStatus;
  /** Default: "127.0.0.1". */
  readonly hostname?: string;
  /** Default: the first free one from 8600 to 8619. 0 is any free port. */
  readonly port?: number;
  /** Stops the server and closes all pages' streams. */
  readonly signal?: AbortSignal;
  /** Shortest time between two reads of new ticks, shared by all pages. Default: 250 ms. */
  readonly pollMs?: number;
}

/** A running dashboard. */
export interface Dashboard {
  readonly url: string;
  /** Resolves when it has stopped. */
  readonly finished: Promise<void>;
}

const PORT_FIRST = 8600;
const PORT_LAST = 8619;
/** Pages that ask for the same candles at once share one answer. */
const CANDLES_TTL_MS = 500;

const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Serves the page until the signal aborts. Throws `PORT_IN_USE` for a given port that another
 * process has. Nothing is read from the warehouse while no page is open.
 */
export function serveDashboard(options: DashboardOptions): Dashboard {
  const hostname = options.hostname ?? "127.0.0.1";
  const queries = new Queries(options.query);
  const feed = new Feed({
    queries,
    status: options.status ?? (() => UNKNOWN_STATUS),
    pollMs: options.pollMs ?? 250,
  });
  const page = new Page(queries, feed);
  const server = listen(hostname, options.port, (request) => page.respond(request));
  page.hosts = hostsOf(hostname, server.addr.port);

  const finish = async () => {
    await feed.close();
    await server.shutdown();
  };
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => void finish().then(resolve, reject);
  if (options.signal?.aborted) onAbort();
  else options.signal?.addEventListener("abort", onAbort, { once: true });
  const shown = hostname.includes(":") ? `[${hostname}]` : hostname;
  return { url: `http://${shown}:${server.addr.port}/`, finished };
}

class Page {
  /** The Host headers answered; anything else may be a rebound name. Undefined: all. */
  hosts: ReadonlySet<string> | undefined = new Set();
  readonly #queries: Queries;
  readonly #feed: Feed;
  readonly #candles = new Map<string, Promise<Candles>>();

  constructor(queries: Queries, feed: Feed) {
    this.#queries = queries;
    this.#feed = feed;
  }

  async respond(request: Request): Promise<Response> {
    const response = await this.#answer(request);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
    return response;
  }

  async #answer(request: Request): Promise<Response> {
    if (this.hosts && !this.hosts.has(request.headers.get("host") ?? "")) {
      return refuse(403, "HOST_REFUSED", "this name is not the dashboard's");
    }
    if (request.method !== "GET") return refuse(405, "METHOD_REFUSED", "GET only");
    const url = new URL(request.url);
    try {
      if (url.pathname === "/events") return this.#events();
      if (url.pathname === "/candles") return await this.#answerCandles(url.searchParams);
      return await serveAsset(request, url.pathname);
    } catch (error) {
      const status = error instanceof TickhouseError ? 400 : 500;
      return refuse(status, "NOT_ANSWERED", messageOf(error));
    }
  }

  #events(): Response {
    if (this.#feed.size >= CLIENTS_MAX) return refuse(503, "PAGES_TOO_MANY", "too many pages open");
    return new Response(this.#feed.subscribe(), {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    });
  }

  async #answerCandles(params: URLSearchParams): Promise<Response> {
    const interval = params.get("interval") ?? "";
    if (!isInterval(interval)) {
      throw new TickhouseError("INTERVAL_UNKNOWN", "not an interval", {
        field: "interval",
        value: interval,
        mend: `use one of ${Object.keys(INTERVAL_SECONDS).join(", ")}`,
      });
    }
    const [dataset, source, symbol] = ["dataset", "source", "symbol"]
      .map((name) => params.get(name) ?? "");
    const key = { dataset: dataset ?? "", source: source ?? "", symbol: symbol ?? "" };
    const candles = await this.#shared(
      JSON.stringify([key, interval]),
      () => loadCandles(this.#queries, key, interval),
    );
    return Response.json(candles, { headers: { "cache-control": "no-store" } });
  }

  #shared(key: string, load: () => Promise<Candles>): Promise<Candles> {
    const known = this.#candles.get(key);
    if (known) return known;
    const candles = load();
    this.#candles.set(key, candles);
    const forget = () => this.#candles.delete(key);
    candles.then(() => Deno.unrefTimer(setTimeout(forget, CANDLES_TTL_MS)), forget);
    return candles;
  }
}

async function serveAsset(request: Request, path: string): Promise<Response> {
  const asset = await loadAsset(path);
  if (!asset) return refuse(404, "NOT_FOUND", "no such path");
  const headers = { "content-type": asset.type, etag: asset.etag, "cache-control": asset.cache };
  if (request.headers.get("if-none-match") === asset.etag) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(asset.body, { headers });
}

function listen(
  hostname: string,
  port: number | undefined,
  handler: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  const last = port ?? PORT_LAST;
  for (let candidate = port ?? PORT_FIRST;; candidate++) {
    try {
      return Deno.serve({ hostname, port: candidate, onListen: () => {} }, handler);
    } catch (cause) {
      if (!(cause instanceof Deno.errors.AddrInUse)) throw cause;
      if (candidate >= last) throw portInUse(port, candidate, cause);
    }
  }
}

function portInUse(port: number | undefined, candidate: number, cause: Error): TickhouseError {
  const what = port === undefined
    ? `ports ${PORT_FIRST} to ${candidate} are`
    : "another process is";
  return new TickhouseError("PORT_IN_USE", `${what} listening there`, {
    field: "port",
    value: candidate,
    mend: "stop it, choose another port, or leave the port out to get a free one",
    cause,
  });
}

/** Names by which a loopback server may be called; a server for the network takes any. */
function hostsOf(hostname: string, port: number): Set<string> | undefined {
  const loopback = ["127.0.0.1", "localhost", "::1"].includes(hostname);
  if (!loopback) return undefined;
  return new Set(["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${port}`));
}

function isInterval(text: string): text is Interval {
  return Object.hasOwn(INTERVAL_SECONDS, text);
}

function refuse(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status });
}
