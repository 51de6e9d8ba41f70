/**
 * The control endpoint: what a test or a user tells the feeds.
 * @module
 */
import { messageOf, TickhouseError } from "tickhouse/errors.ts";
import { FeedClock } from "./clock.ts";
import type { Hub } from "./finnhub/hub.ts";
import { type FeedLimits, NO_LIMITS, REAL_LIMITS } from "./world/limits.ts";
import { dayOf } from "./market/calendar.ts";
import type { QuirkSetting } from "./world/quirks.ts";
import { instrumentOf, truthOf } from "./truth.ts";
import type { World } from "./world/world.ts";

/** What is controlled. */
export interface Controlled {
  readonly world: World;
  readonly hub: Hub;
  readonly limit: (limits: Partial<FeedLimits>) => void;
  readonly cutAll: () => void;
}

type Body = Readonly<Record<string, unknown>>;

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
  try {
    const body = request.method === "POST" ? await bodyOf(request) : {};
    const verb = `${request.method} ${url.pathname.slice("/control".length)}`;
    const answer = answerTo(controlled, verb, url.searchParams, body);
    if (answer === undefined) return Response.json({ error: `no ${verb}` }, { status: 404 });
    return Response.json(answer);
  } catch (error) {
    if (!(error instanceof TickhouseError)) throw error;
    return Response.json({ error: error.message }, { status: 400 });
  }
}

async function bodyOf(request: Request): Promise<Body> {
  try {
    const body = await request.json();
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  } catch (error) {
    throw wrong("body", messageOf(error), "send one JSON object");
  }
  throw wrong("body", "no object", "send one JSON object");
}

function answerTo(
  { world, hub, limit, cutAll }: Controlled,
  verb: string,
  query: URLSearchParams,
  body: Body,
): unknown {
  const { quirks, requests, market } = world;
  switch (verb) {
    case "GET /quirks":
      return quirks.list();
    case "POST /quirks": {
      const { name, ...setting } = body;
      quirks.set(String(name ?? ""), setting as QuirkSetting);
      return { ok: true };
    }
    case "POST /calm":
      quirks.clear(body["name"] === undefined ? undefined : String(body["name"]));
      return { ok: true };
    case "GET /clock":
      return clockState(world);
    case "POST /clock":
      setClock(world, body);
      hub.tick();
      return clockState(world);
    case "GET /truth": {
      const time = (name: string) => Number(query.get(name) ?? NaN);
      const [from, to] = [time("from"), time("to")];
      if (!(from < to)) throw wrong("from", `${from}`, "give from and to, microseconds since 1970");
      return truthOf(world, hub.sends, query.get("symbol") ?? "", from / 1000, to / 1000);
    }
    case "GET /lies":
      return hub.sends.lies;
    case "GET /requests":
      return { counts: requests.counts(), latest: requests.seen() };
    case "POST /requests":
      requests.clear();
      return { ok: true };
    case "GET /instruments":
      return market.instruments;
    case "POST /limits":
      limit(limitsOf(body));
      return world.limits;
    case "GET /limits":
      return world.limits;
    case "POST /actions":
      return act(world, body);
    case "GET /connections":
      return hub.open;
    case "POST /cut":
      cutAll();
      return { ok: true };
    default:
      return undefined;
  }
}

/** The clock is not one that can be told anything. */
export function noFeedClock(): TickhouseError {
  return wrong("clock", "another one", "start the feeds with a FeedClock");
}

function clockState({ clock }: World) {
  const now = clock.now();
  const speed = clock instanceof FeedClock ? clock.speed : 1;
  return { at: new Date(now).toISOString(), now_ms: now, speed };
}

function setClock({ clock }: World, { at, speed, advance_ms }: Body): void {
  if (!(clock instanceof FeedClock)) throw noFeedClock();
  if (at !== undefined) clock.set(typeof at === "number" ? at : Date.parse(String(at)));
  if (speed !== undefined) clock.run(Number(speed));
  if (advance_ms !== undefined) clock.advance(Number(advance_ms));
}

function limitsOf({ preset, ...given }: Body): Partial<FeedLimits> {
  if (preset === "real") return REAL_LIMITS;
  if (preset === "none") return NO_LIMITS;
  if (preset !== undefined) throw wrong("preset", String(preset), "use real or none");
  for (const [provider, limits] of Object.entries(given)) {
    const known = provider in NO_LIMITS && Array.isArray(limits) &&
      limits.every(({ requests, perMs }) => requests >= 0 && perMs > 0);
    if (known) continue;
    throw wrong(provider, JSON.stringify(limits), "use [{ requests, perMs }] of a provider");
  }
  return given as Partial<FeedLimits>;
}

/** A split or dividend that happens; bars of before are shown in new shares from its day on. */
function act(world: World, { symbol, day, kind, amount }: Body): unknown {
  const instrument = instrumentOf(world, String(symbol ?? ""));
  if (kind !== "split" && kind !== "dividend") {
    throw wrong("kind", String(kind), "use split or dividend");
  }
  if (!(Number(amount) > 0)) throw wrong("amount", String(amount), "use a number above 0");
  const number = dayOf(String(day));
  if (!Number.isFinite(number)) throw wrong("day", String(day), "use YYYY-MM-DD");
  world.market.addAction(instrument, { day: number, kind, amount: Number(amount) });
  return world.market.actions.of(instrument);
}

function wrong(field: string, value: string, fix: string): TickhouseError {
  return new TickhouseError("FEED_CONTROL", "the feeds do not know this", { field, value, fix });
}
