/**
 * Finnhub's REST API.
 * @module
 */
import { dayOf, dayText, endOf, openOf, startOf } from "../market/calendar.ts";
import { FEED_INSTRUMENTS, type FeedInstrument } from "../market/instruments.ts";
import type { Bar } from "../market/market.ts";
import {
  type Answer,
  daysBetween,
  type FeedRequest,
  json,
  scaled,
  text,
  tradesOf,
  type World,
} from "../world/world.ts";
import { quoteOf } from "./quote.ts";

const BASE = "/finnhub/api/v1";
const LIMIT_TEXT = "API limit reached. Please try again later. Remaining Limit: 0";
const NO_ACCESS = { error: "You don't have access to this resource." };
const DAY_MS = 86_400_000;
const RESOLUTIONS = ["1", "5", "15", "30", "60", "D", "W", "M"];
const TICKS_MAX = 25_000;

/** Answers a request below /finnhub/api/v1. */
export function answerFinnhub(world: World, request: FeedRequest): Answer {
  const key = request.headers.get("x-finnhub-token") ?? request.query.get("token") ?? "";
  const symbol = request.query.get("symbol") ?? "";
  const refused = refusal(world, key, symbol);
  return { ...refused ?? allowed(world, request, key, symbol), key, symbol };
}

/** The key's standing: it is asked before anything else. */
function refusal(world: World, key: string, symbol: string): Answer | undefined {
  const { keys, quirks } = world;
  if (key === "") return json({ error: "Please use an API key." }, 401);
  if (keys.finnhub !== undefined && key !== keys.finnhub || quirks.take("finnhub.bad_key")) {
    return json({ error: "Invalid API key" }, 401);
  }
  if (quirks.take("finnhub.limit_text", { symbol })) return text(LIMIT_TEXT, 429);
  return undefined;
}

function allowed(world: World, request: FeedRequest, key: string, symbol: string): Answer {
  const { clock, limiter, limits, quirks } = world;
  const now = clock.now();
  const allowance = limiter.take(`finnhub ${key}`, limits.finnhub, now);
  const headers = {
    "x-ratelimit-limit": `${allowance.limit?.requests ?? 60}`,
    "x-ratelimit-remaining": `${allowance.ok ? Math.min(allowance.remaining, 1e6) : 0}`,
    "x-ratelimit-reset": `${Math.ceil(allowance.resetMs / 1000)}`,
  };
  if (!allowance.ok || quirks.take("finnhub.limit_json", { symbol })) {
    return json({ error: LIMIT_TEXT }, 429, { ...headers, "x-ratelimit-remaining": "0" });
  }
  if (quirks.take("finnhub.no_access", { symbol })) return json(NO_ACCESS, 403, headers);
  const answer = resource(world, request, symbol);
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

function resource(world: World, { path, query }: FeedRequest, symbol: string): Answer {
  const instrument = world.market.instruments.find(({ finnhub }) => finnhub === symbol);
  switch (path.slice(BASE.length)) {
    case "/quote":
      if (symbol === "") return json({ error: "Wrong API request." }, 422);
      return json(quoteOf(world, instrument));
    case "/stock/candle":
    case "/crypto/candle":
    case "/forex/candle":
      return candles(world, instrument, query);
    case "/stock/tick":
      return ticks(world, instrument, symbol, query);
    case "/search":
      return search(query.get("q") ?? "");
    case "/stock/symbol":
      return json(
        FEED_INSTRUMENTS.filter(({ kind, exchange }) =>
          kind === "EQUITY" && (EXCHANGES[exchange] ?? "US") === (query.get("exchange") ?? "US")
        ).map(listed),
      );
    default:
      return text("404 page not found", 404);
  }
}

const EXCHANGES: Readonly<Record<string, string>> = {
  ...{ XNAS: "US", XNYS: "US", XLON: "L", XETR: "DE", XTKS: "T", XHKG: "HK" },
};

function listed({ finnhub, name, currency, exchange }: FeedInstrument) {
  return {
    currency,
    description: name.toUpperCase(),
    displaySymbol: finnhub,
    figi: "",
    isin: null,
    mic: exchange,
    shareClassFIGI: "",
    symbol: finnhub,
    symbol2: "",
    type: "Common Stock",
  };
}

function search(words: string): Answer {
  const wanted = words.toUpperCase();
  const found = FEED_INSTRUMENTS.filter(({ finnhub, name }) =>
    wanted !== "" && `${finnhub} ${name}`.toUpperCase().includes(wanted)
  );
  const result = found.map(({ finnhub, name }) => (
    {
      description: name.toUpperCase(),
      displaySymbol: finnhub,
      symbol: finnhub,
      type: "Common Stock",
    }
  ));
  return json({ count: result.length, result });
}

/** Days are adjusted for splits, minutes are as they were traded. */
function candles(world: World, instrument: FeedInstrument | undefined, query: URLSearchParams) {
  const resolution = query.get("resolution") ?? "";
  const [from, to] = [Number(query.get("from")), Number(query.get("to"))];
  if (!RESOLUTIONS.includes(resolution) || !(from > 0) || !(to >= from)) {
    return json({ error: "Wrong API request." }, 422);
  }
  const none = json({ s: "no_data" });
  if (!instrument || world.quirks.take("finnhub.no_data", { symbol: instrument.finnhub })) {
    return none;
  }
  const untilMs = world.clock.now();
  const [fromMs, toMs] = [from * 1000, Math.min(to * 1000 + 1, untilMs)];
  const bars = /\d/.test(resolution)
    ? intraday(world, instrument, Number(resolution), fromMs, toMs)
    : longer(world, instrument, resolution, fromMs, toMs);
  if (bars.length === 0) return none;
  const { digits, sizeDigits } = instrument;
  const price = (of: (bar: Bar) => number) => bars.map((bar) => scaled(of(bar), digits));
  const bad = world.quirks.take("finnhub.bad_candle", { symbol: instrument.finnhub });
  const middle = bad ? Math.floor(bars.length / 2) : -1;
  return json({
    c: price(({ close }) => close),
    h: price(({ high }) => high).map((high, i) => i === middle ? null : high),
    l: price(({ low }) => low),
    o: price(({ open }) => open),
    s: "ok",
    t: bars.map(({ startMs }) => Math.floor(startMs / 1000)),
    v: bars.map(({ volume }, i) => i === middle ? "n/a" : scaled(volume, sizeDigits)),
  });
}

function intraday(
  world: World,
  one: FeedInstrument,
  minutes: number,
  fromMs: number,
  toMs: number,
) {
  const bars: Bar[] = [];
  for (const trading of daysBetween(world, one, fromMs, toMs)) {
    const cut = { minutes, from: "clock", phases: PHASES, untilMs: world.clock.now() } as const;
    bars.push(...world.market.bars(one, trading, cut));
  }
  return bars.filter(({ startMs }) => startMs >= fromMs && startMs < toMs);
}

const PHASES = ["pre", "regular", "post"] as const;

/** Days, weeks and months: stamped with 00:00 UTC of their first day. */
function longer(
  world: World,
  one: FeedInstrument,
  resolution: string,
  fromMs: number,
  toMs: number,
) {
  const { market, clock } = world;
  const [now, today] = [clock.now(), Math.floor(clock.now() / DAY_MS)];
  const bars = new Map<number, Bar>();
  const first = firstOf(resolution, Math.floor(fromMs / DAY_MS));
  for (const bar of market.dailyBars(one, first, Math.floor(toMs / DAY_MS) + 1, now)) {
    const factor = market.splitFactor(one, bar.day, today);
    const day = firstOf(resolution, bar.day);
    const known = bars.get(day);
    const [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close]
      .map((price) => Math.round(price / factor));
    bars.set(day, {
      day,
      startMs: day * DAY_MS,
      open: known?.open ?? open ?? 0,
      high: Math.max(known?.high ?? 0, high ?? 0),
      low: Math.min(known?.low ?? Infinity, low ?? 0),
      close: close ?? 0,
      volume: (known?.volume ?? 0) + Math.round(bar.volume * factor),
    });
  }
  return [...bars.values()].filter(({ startMs }) => startMs >= fromMs && startMs < toMs);
}

function firstOf(resolution: string, day: number): number {
  if (resolution === "W") return day - (day + 3) % 7;
  return resolution === "M" ? dayOf(`${dayText(day).slice(0, 7)}-01`) : day;
}

/** The trades of a day, as the paid plans get them. */
function ticks(
  world: World,
  instrument: FeedInstrument | undefined,
  symbol: string,
  query: URLSearchParams,
): Answer {
  const date = query.get("date") ?? "";
  const limit = Math.min(TICKS_MAX, Number(query.get("limit") ?? TICKS_MAX));
  const skip = Number(query.get("skip") ?? 0);
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || !(limit >= 1) || !(skip >= 0)) {
    return json({ error: "Wrong API request." }, 422);
  }
  const trading = instrument && world.market.calendar.tradingDay(instrument, dayOf(date));
  const all = trading
    ? tradesOf(world, instrument, Math.min(startOf(trading), openOf(trading)), endOf(trading))
      .filter(({ timeMs }) => timeMs < world.clock.now())
    : [];
  const some = all.slice(skip, skip + limit);
  const { digits = 0, sizeDigits = 0 } = instrument ?? {};
  return json({
    c: some.map(({ conditions }) => conditions ?? []),
    count: some.length,
    p: some.map(({ price }) => scaled(price, digits)),
    s: symbol,
    skip,
    t: some.map(({ timeMs }) => timeMs),
    total: all.length,
    v: some.map(({ size }) => scaled(size, sizeDigits)),
    x: some.map(() => instrument?.exchange === "XNAS" ? "Q" : "N"),
  });
}
