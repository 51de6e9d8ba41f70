/**
 * The live dashboard: a page on loopback over whatever can be queried.
 * @module
 */
import { messageOf, TickhouseError } from "../errors.ts";
import { type HttpRequest, type HttpServer, refuse, serveHttp } from "../read/http_server.ts";
import { loadAsset } from "./assets.ts";
import { CandleDesk } from "./candle_desk.ts";
import { CLIENTS_MAX, Feed } from "./feed.ts";
import { Queries, type Query } from "./queries.ts";
import { type LiveStatus, UNKNOWN_STATUS } from "./status.ts";
import { INTERVALS } from "./page/intervals.js";
import { NO_GAPS } from "./status.ts";
import type { Interval, OpenGaps } from "./wire.ts";

/** How the dashboard is served. */
export interface DashboardOptions {
  /** Reads the warehouse: the `query` of a `Reader` or of a session of the dashboard's own. */
  readonly query: Query;
  /** What the stream tells about itself. Default: nothing, the tables tell. */
  readonly status?: () => LiveStatus;
  /** Counts the records that were refused and kept. Default: nobody knows. Asked now and then. */
  readonly deadLetters?: () => Promise<number | null>;
  /** What providers did not give yet. Default: nobody knows of any. Asked now and then. */
  readonly gaps?: () => Promise<OpenGaps>;
  /** Default: "127.0.0.1". Any that is not of this machine alone needs a token. */
  readonly hostname?: string;
  /** What a browser must bring: the page is then opened as `<url>?token=<token>`. */
  readonly token?: string;
  /** Default: the first free one from 8600 to 8619. 0 is any free port. */
  readonly port?: number;
  /** Stops the server and closes all pages' streams. */
  readonly signal?: AbortSignal;
  /** Shortest time between two reads of new ticks, shared by all pages. Default: 250 ms. */
  readonly pollMs?: number;
}

/** A running dashboard. */
export interface Dashboard {
  /** Address of the page, on loopback unless another host was asked for. */
  readonly url: string;
  /** Resolves when it has stopped, and no query of it runs any more. */
  readonly finished: Promise<void>;
}

const PORT_FIRST = 8600;
const PORT_LAST = 8619;
/** Connections: each page takes two or three. */
const CONNECTIONS_MAX = 128;
const COOKIE = "tickhouse";
/** Host names of this machine alone. */
const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

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
 * process has, `OPTION_INVALID` for a host name of the network without a token. Nothing is read from
 * the warehouse while no page is open.
 */
export async function serveDashboard(options: DashboardOptions): Promise<Dashboard> {
  const hostname = options.hostname ?? "127.0.0.1";
  const isLocal = LOOPBACK.includes(hostname);
  if (!isLocal && !options.token) throw tokenMissing(hostname);
  // Whoever closes the warehouse afterwards would end the process below a query that runs.
  const running = new Set<Promise<unknown>>();
  let isOpen = true;
  const query: Query = async (sql, binds) => {
    if (!isOpen) throw new TickhouseError("DASHBOARD_STOPPED", "the dashboard has stopped");
    const result = options.query(sql, binds);
    running.add(result);
    try {
      return await result;
    } finally {
      running.delete(result);
    }
  };
  const queries = new Queries(query);
  const feed = new Feed({
    queries,
    status: options.status ?? (() => UNKNOWN_STATUS),
    deadLetters: options.deadLetters ?? (() => Promise.resolve(null)),
    gaps: options.gaps ?? (() => Promise.resolve(NO_GAPS)),
    pollMs: options.pollMs ?? 250,
  });
  const page = new Page(query, feed, options.token);
  const server = await listen(hostname, options.port, (request) => page.respond(request));
  // A server for the network is called by names that it does not know; there the token counts.
  page.hosts = isLocal ? hostsOf(server.port) : undefined;

  const finish = async () => {
    await feed.close();
    await server.close();
    isOpen = false;
    await Promise.allSettled(running);
  };
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => void finish().then(resolve, reject);
  if (options.signal?.aborted) onAbort();
  else options.signal?.addEventListener("abort", onAbort, { once: true });
  const shown = hostname.includes(":") ? `[${hostname}]` : hostname;
  return { url: `http://${shown}:${server.port}/`, finished };
}

class Page {
  /** The Host headers answered; anything else may be a rebound name. Undefined: all. */
  hosts: ReadonlySet<string> | undefined = new Set();
  readonly #candles: CandleDesk;
  readonly #feed: Feed;
  readonly #token: string | undefined;

  constructor(query: Query, feed: Feed, token: string | undefined) {
    this.#candles = new CandleDesk(query);
    this.#feed = feed;
    this.#token = token;
  }

  async respond(request: HttpRequest): Promise<Response> {
    const response = await this.#answer(request);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
    return response;
  }

  async #answer(request: HttpRequest): Promise<Response> {
    const { headers, method, url } = request;
    if (this.hosts && !this.hosts.has(headers.get("host") ?? "")) {
      return refuse(403, "HOST_REFUSED", "this name is not the dashboard's");
    }
    if (method !== "GET") return refuse(405, "METHOD_REFUSED", "GET only");
    if (isOfAnotherSite(headers)) {
      return refuse(403, "SITE_REFUSED", "another site's page may not ask this one");
    }
    if (this.#token !== undefined) {
      const admitted = admit(request, this.#token);
      if (admitted) return admitted;
    }
    try {
      if (url.pathname === "/events") return this.#events();
      if (url.pathname === "/candles") return await this.#answerCandles(request);
      return await serveAsset(headers, url.pathname);
    } catch (error) {
      request.signal.throwIfAborted();
      if (!(error instanceof TickhouseError)) return refuse(500, "NOT_ANSWERED", messageOf(error));
      return refuse(error.code === "CANDLES_BUSY" ? 503 : 400, error.code, error.message);
    }
  }

  #events(): Response {
    if (this.#feed.size >= CLIENTS_MAX) return refuse(503, "PAGES_TOO_MANY", "too many pages open");
    return new Response(this.#feed.subscribe(), {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    });
  }

  async #answerCandles({ url, signal }: HttpRequest): Promise<Response> {
    // Without one, the instrument's own is taken.
    const interval = url.searchParams.get("interval") ?? undefined;
    if (interval !== undefined && !isInterval(interval)) {
      throw new TickhouseError("INTERVAL_UNKNOWN", "not an interval", {
        field: "interval",
        value: interval,
        fix: `use one of ${Object.keys(INTERVALS).join(", ")}`,
      });
    }
    const [dataset = "", source = "", symbol = ""] = ["dataset", "source", "symbol"]
      .map((name) => url.searchParams.get(name) ?? "");
    const candles = await this.#candles.ask({ dataset, source, symbol }, interval, signal);
    return Response.json(candles, { headers: { "cache-control": "no-store" } });
  }
}

/** Undefined for who brings the token; else what to answer. */
function admit({ headers, url }: HttpRequest, token: string): Response | undefined {
  const cookies = (headers.get("cookie") ?? "").split(";").map((cookie) => cookie.trim());
  if (cookies.includes(`${COOKIE}=${token}`)) return undefined;
  if (headers.get("authorization") === `Bearer ${token}`) return undefined;
  if (url.pathname !== "/" || url.searchParams.get("token") !== token) {
    return refuse(401, "TOKEN_INVALID", "open the page as <address>/?token=<token>");
  }
  const cookie = `${COOKIE}=${token}; Path=/; HttpOnly; SameSite=Strict`;
  return new Response(null, { status: 303, headers: { location: "/", "set-cookie": cookie } });
}

/** A page of another site may lead here, and may not read from here. */
function isOfAnotherSite(headers: Headers): boolean {
  const origin = headers.get("origin");
  if (origin !== null && origin !== `http://${headers.get("host")}`) return true;
  if (["same-origin", "none"].includes(headers.get("sec-fetch-site") ?? "none")) return false;
  return headers.get("sec-fetch-mode") !== "navigate" ||
    headers.get("sec-fetch-dest") !== "document";
}

async function serveAsset(sent: Headers, path: string): Promise<Response> {
  const asset = await loadAsset(path);
  if (!asset) return refuse(404, "NOT_FOUND", "no such path");
  const headers = { "content-type": asset.type, etag: asset.etag, "cache-control": asset.cache };
  if (sent.get("if-none-match") === asset.etag) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(asset.body, { headers });
}

async function listen(
  hostname: string,
  port: number | undefined,
  handler: (request: HttpRequest) => Promise<Response>,
): Promise<HttpServer> {
  const last = port ?? PORT_LAST;
  for (let candidate = port ?? PORT_FIRST;; candidate++) {
    try {
      return await serveHttp({
        hostname,
        port: candidate,
        handler,
        connectionsMax: CONNECTIONS_MAX,
      });
    } catch (cause) {
      if ((cause as { code?: unknown }).code !== "EADDRINUSE") throw cause;
      if (candidate >= last) throw portInUse(port, candidate, cause);
    }
  }
}

function portInUse(port: number | undefined, candidate: number, cause: unknown): TickhouseError {
  const what = port === undefined
    ? `ports ${PORT_FIRST} to ${candidate} are`
    : "another process is";
  return new TickhouseError("PORT_IN_USE", `${what} listening there`, {
    field: "port",
    value: candidate,
    fix: "stop it, choose another port, or leave the port out to get a free one",
    cause,
  });
}

function tokenMissing(hostname: string): TickhouseError {
  return new TickhouseError("OPTION_INVALID", "others on the network could read the warehouse", {
    field: "hostname",
    value: hostname,
    fix: "give a token too, or leave the host name out",
  });
}

/** Names by which a server for this machine may be called. */
function hostsOf(port: number): Set<string> {
  return new Set(["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${port}`));
}

function isInterval(text: string): text is Interval {
  return Object.hasOwn(INTERVALS, text);
}
