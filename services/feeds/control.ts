/**
 * The control endpoint: what a test or a user tells the feeds.
 * @module
 */
import { TickhouseError } from "tickhouse/errors.ts";
import { BODIES, bodyOf, wrong } from "./bodies.ts";
import { FeedClock } from "./clock.ts";
import type { Hub } from "./finnhub/hub.ts";
import { instrumentOf, truthOf } from "./truth.ts";
import { type FeedLimits, NO_LIMITS, REAL_LIMITS } from "./world/limits.ts";
import type { QuirkSetting } from "./world/quirks.ts";
import type { World } from "./world/world.ts";

/** What is controlled. */
export interface Controlled {
  readonly world: World;
  readonly hub: Hub;
  readonly limit: (limits: Partial<FeedLimits>) => void;
  readonly cutAll: () => void;
}

const OK = { ok: true } as const;

/** Where the token stands, as that of the stand-in for Snowflake does. */
export const TOKEN_HEADER = "x-standin-token";

/** Answers a request below /control; 403 without the token, 400 for what it does not know. */
export async function answerControl(
  controlled: Controlled,
  request: Request,
  url: URL,
  token: string,
): Promise<Response> {
  if (request.headers.get(TOKEN_HEADER) !== token) {
    return Response.json({ error: `${TOKEN_HEADER} is missing or wrong` }, { status: 403 });
  }
  const path = url.pathname.slice("/control".length);
  try {
    const answer = request.method === "POST"
      ? await told(controlled, path, request)
      : asked(controlled, path, url.searchParams);
    if (answer !== undefined) return Response.json(answer);
    return Response.json({ error: `no ${request.method} ${path}` }, { status: 404 });
  } catch (error) {
    if (!(error instanceof TickhouseError)) throw error;
    return Response.json({ error: error.message }, { status: 400 });
  }
}

function asked({ world, hub }: Controlled, path: string, query: URLSearchParams): unknown {
  const { quirks, requests, market } = world;
  switch (path) {
    case "/quirks":
      return quirks.list();
    case "/clock":
      return clockState(world);
    case "/truth": {
      const [from, to] = ["from", "to"].map((name) => Number(query.get(name) ?? NaN));
      if (from !== undefined && to !== undefined && from < to) {
        return truthOf(world, hub.sends, query.get("symbol") ?? "", from / 1000, to / 1000);
      }
      throw wrong("from", `${from}`, "give from and to, microseconds since 1970");
    }
    case "/lies":
      return hub.sends.lies;
    case "/requests":
      return { counts: requests.counts(), latest: requests.seen() };
    case "/instruments":
      return market.instruments;
    case "/limits":
      return world.limits;
    case "/connections":
      return hub.open;
    default:
      return undefined;
  }
}

async function told(
  { world, hub, limit, cutAll }: Controlled,
  path: string,
  request: Request,
): Promise<unknown> {
  const { quirks, requests } = world;
  switch (path) {
    case "/quirks": {
      const { name, ...setting } = await bodyOf(request, BODIES.quirk);
      quirks.set(name, setting as QuirkSetting);
      return OK;
    }
    case "/calm":
      quirks.clear((await bodyOf(request, BODIES.calm)).name);
      return OK;
    case "/clock":
      setClock(world, await bodyOf(request, BODIES.clock));
      hub.tick();
      return clockState(world);
    case "/requests":
      await bodyOf(request, BODIES.none);
      requests.clear();
      return OK;
    case "/limits": {
      const { preset, ...given } = await bodyOf(request, BODIES.limits);
      limit(preset === "real" ? REAL_LIMITS : preset ? NO_LIMITS : given as Partial<FeedLimits>);
      return world.limits;
    }
    case "/actions": {
      const { symbol, ...action } = await bodyOf(request, BODIES.action);
      const instrument = instrumentOf(world, symbol);
      world.market.addAction(instrument, action);
      return world.market.actions.of(instrument);
    }
    case "/cut":
      await bodyOf(request, BODIES.none);
      cutAll();
      return OK;
    default:
      return undefined;
  }
}

function clockState({ clock }: World) {
  const now = clock.now();
  const speed = clock instanceof FeedClock ? clock.speed : 1;
  return { at: new Date(now).toISOString(), now_ms: now, speed };
}

interface ClockBody {
  readonly at?: number | undefined;
  readonly speed?: number | undefined;
  readonly advance_ms?: number | undefined;
}

function setClock({ clock }: World, { at, speed, advance_ms }: ClockBody): void {
  if (!(clock instanceof FeedClock)) throw noFeedClock();
  if (at !== undefined) clock.set(at);
  if (speed !== undefined) clock.run(speed);
  if (advance_ms !== undefined) clock.advance(advance_ms);
}

/** The clock is not one that can be told anything. */
export function noFeedClock(): TickhouseError {
  return wrong("clock", "another one", "start the feeds with a FeedClock");
}
