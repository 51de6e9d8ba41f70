/**
 * Stand-ins for Finnhub, Yahoo and Alpha Vantage: REST and WebSocket, over one seeded market.
 *
 * ```ts ignore
 * const clock = new FeedClock({ at: Date.parse("2026-11-24T15:00:00Z") });
 * await using feeds = startFeedServers({ clock, seed: 7 });
 * feeds.quirk("finnhub.repeat", { probability: 0.2 });
 * clock.advance(60_000);
 * const happened = feeds.truth("AAPL", fromUs, toUs);
 * ```
 * @module
 */
import type { Clock } from "tickhouse/clock.ts";
import { LOOPBACK } from "../kit/ports.ts";
import { answerAlphaVantage } from "./alphavantage/query.ts";
import { FeedClock } from "./clock.ts";
import { answerControl, noFeedClock } from "./control.ts";
import { answerFinnhub } from "./finnhub/rest.ts";
import { Hub, type HubOptions } from "./finnhub/hub.ts";
import type { Lie } from "./finnhub/sends.ts";
import { Front } from "./front.ts";
import { type FeedLimits, Limiter, NO_LIMITS } from "./world/limits.ts";
import { dayOf } from "./market/calendar.ts";
import { Market, type MarketOptions } from "./market/market.ts";
import { Quirks, type QuirkSetting } from "./world/quirks.ts";
import { type RequestCount, Requests } from "./world/requests.ts";
import { instrumentOf, truthOf, type TruthTrade } from "./truth.ts";
import { variablesAt } from "./variables.ts";
import { sent } from "./wire.ts";
import { type Answer, type FeedRequest, text, type World } from "./world/world.ts";
import { answerYahoo } from "./yahoo/chart.ts";

/** How the feeds are started. */
export interface FeedServersOptions extends MarketOptions, HubOptions {
  /** Default: one that stands still, at the machine's time. */
  readonly clock?: Clock;
  /** Default: any free one. */
  readonly port?: number;
  /** How many requests are allowed. Default: as many as come. */
  readonly limits?: Partial<FeedLimits>;
  /** Keys that are let in. Default: any but the empty one. */
  readonly keys?: { readonly finnhub?: string; readonly alphavantage?: string };
  /** What `X-Standin-Token` of control requests must be. Default: a random one. */
  readonly token?: string;
}

/** The running feeds; dispose of them to end them. */
export interface FeedServers extends AsyncDisposable {
  /** Such as http://127.0.0.1:20000. */
  readonly origin: string;
  /** What a user sets: environment variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** What control requests must bring as `X-Standin-Token`. */
  readonly token: string;
  readonly clock: Clock;
  readonly market: Market;
  readonly requests: Requests;
  /** Switches a quirk on; docs/feeds_quirks.md lists them. */
  quirk(name: string, setting?: QuirkSetting): void;
  /** Switches one off, or all of them. */
  calm(name?: string): void;
  /** A split or dividend of that day, YYYY-MM-DD: history is shown in new shares from then on. */
  act(symbol: string, day: string, kind: "split" | "dividend", amount: number): void;
  /** How many requests may be made from now on; all windows begin again. */
  limit(limits: Partial<FeedLimits>): void;
  /** The trades of a symbol, as any of the providers calls it, in [from, to) microseconds. */
  truth(symbol: string, fromUs: number, toUs: number): TruthTrade[];
  /** Trades that were sent with another price than the true one. */
  lies(): readonly Lie[];
  /** How many requests there were. */
  counts(): RequestCount[];
  /** Sends what is due by the clock now, without waiting for the next message. */
  tick(): void;
  /**
   * Lets time pass step by step, all that is due being sent and heard. Only with a `FeedClock`.
   * Default of `stepMs`: 1,000.
   */
  pass(ms: number, stepMs?: number): Promise<void>;
  /** Ends all connections without a word; clients may connect again. */
  cutAll(): void;
}

/** Starts the three providers in this process, on one port of loopback. */
export function startFeedServers(options: FeedServersOptions = {}): FeedServers {
  const { seed = 1, clock = new FeedClock(), limits = {}, keys = {}, token = crypto.randomUUID() } =
    options;
  const world: World = {
    seed,
    market: new Market(options),
    clock,
    quirks: new Quirks(seed, () => clock.now()),
    limiter: new Limiter(),
    requests: new Requests(),
    origin: () => origin,
    limits: { ...NO_LIMITS, ...limits },
    keys: { finnhub: keys.finnhub, alphavantage: keys.alphavantage },
  };
  const cut = (port: number) => front.cut(port);
  const hub = new Hub(world, options, cut);
  const server = Deno.serve({
    hostname: LOOPBACK,
    port: 0,
    onListen: () => {},
    onError: (error) => new Response(String(error), { status: 500 }),
  }, (request, info) => handle(request, (info.remoteAddr as Deno.NetAddr).port));
  const front = new Front(options.port ?? 0, server.addr.port);
  const origin = `http://${LOOPBACK}:${front.port}`;

  const limit = (next: Partial<FeedLimits>) => {
    world.limits = { ...world.limits, ...next };
    world.limiter.reset();
  };
  const control = { world, hub, limit, cutAll: () => front.cutAll() };

  async function handle(request: Request, port: number): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname.startsWith("/control/")) {
      return await answerControl(control, request, url, token);
    }
    if (url.pathname === "/finnhub/socket") return hub.connect(request, url, port);
    const asked = { path: url.pathname, query: url.searchParams, headers: request.headers };
    const provider = url.pathname.split("/")[1] ?? "";
    const answer = answerOf(world, provider, asked);
    const response = await sent(world, provider, answer);
    note(world, provider, asked, answer, response.status);
    return response;
  }

  return {
    origin,
    token,
    clock,
    market: world.market,
    requests: world.requests,
    variables: variablesAt(origin, { finnhub: "feeds", alphavantage: "feeds", ...keys }),
    quirk: (name, setting) => world.quirks.set(name, setting),
    calm: (name) => world.quirks.clear(name),
    limit,
    truth: (symbol, fromUs, toUs) => truthOf(world, hub.sends, symbol, fromUs / 1000, toUs / 1000),
    lies: () => hub.sends.lies,
    counts: () => world.requests.counts(),
    tick: () => hub.tick(),
    act: (symbol, day, kind, amount) => {
      const instrument = instrumentOf(world, symbol);
      world.market.addAction(instrument, { day: dayOf(day), kind, amount });
    },
    pass: async (ms, stepMs = 1000) => {
      if (!(clock instanceof FeedClock)) throw noFeedClock();
      for (let left = ms; left > 0; left -= stepMs) {
        clock.advance(Math.min(left, stepMs));
        hub.tick();
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    },
    cutAll: () => front.cutAll(),
    [Symbol.asyncDispose]: async () => {
      hub.end();
      await front[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}

function answerOf(world: World, provider: string, request: FeedRequest): Answer {
  if (provider === "finnhub") return answerFinnhub(world, request);
  if (provider === "yahoo") return answerYahoo(world, request);
  if (provider === "alphavantage") return answerAlphaVantage(world, request);
  return text("Not Found", 404);
}

function note(
  { requests, clock }: World,
  provider: string,
  { path, query }: FeedRequest,
  { key = "", symbol = "" }: Answer,
  status: number,
): void {
  const shown = [...query].filter(([name]) => name !== "token" && name !== "apikey");
  const at = clock.now();
  requests.note({ at, provider, key, path, query: Object.fromEntries(shown), symbol, status });
}
