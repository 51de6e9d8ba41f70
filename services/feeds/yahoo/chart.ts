/**
 * Yahoo's chart API.
 * @module
 */
import { dayOf, dayText, endOf, openOf, startOf } from "../market/calendar.ts";
import type { FeedInstrument } from "../market/instruments.ts";
import type { Bar } from "../market/market.ts";
import {
  type Answer,
  daysBetween,
  type FeedRequest,
  json,
  text,
  type World,
} from "../world/world.ts";
import { adjustedCloses } from "../world/adjusted.ts";
import { eventsOf } from "./events.ts";
import { metaOf } from "./meta.ts";
import { type Asked, badRequest, checkedRange, DAYS_OF, MINUTES_OF, refusedWith } from "./range.ts";
import { distort, type Row } from "./rows.ts";

const BASE = "/yahoo/v8/finance/chart/";
const DAY_MS = 86_400_000;
const TOO_MANY = "Too Many Requests\r\n";
const TOO_MANY_PAGE = `<!DOCTYPE html>
<html lang="en-us"><head><title>Yahoo</title></head>
<body><h1>Too Many Requests</h1><p>Will be right back...</p></body></html>`;

/** Answers a request below /yahoo. */
export function answerYahoo(world: World, request: FeedRequest): Answer {
  const { limiter, limits, clock, quirks } = world;
  const name = symbolOf(request.path);
  const agent = request.headers.get("user-agent") ?? "";
  const allowance = limiter.take("yahoo", limits.yahoo, clock.now());
  const symbol = name ?? "";
  if (agent === "" || !allowance.ok || quirks.take("yahoo.limit_text", { symbol })) {
    return { ...text(TOO_MANY, 429, "text/html"), symbol };
  }
  if (quirks.take("yahoo.limit_page", { symbol })) {
    return { ...text(TOO_MANY_PAGE, 429, "text/html; charset=utf-8"), symbol };
  }
  if (quirks.take("yahoo.crumb", { symbol })) {
    const error = { code: "Unauthorized", description: "Invalid Crumb" };
    return { ...json({ finance: { result: null, error } }, 401), symbol };
  }
  if (name === undefined) return { ...text("Not Found", 404), symbol };
  return { ...chart(world, name, request.query), symbol };
}

/** The last part of the path, decoded; undefined if there is another path or none can be decoded. */
function symbolOf(path: string): string | undefined {
  if (!path.startsWith(BASE)) return undefined;
  try {
    return decodeURIComponent(path.slice(BASE.length));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function chart(world: World, symbol: string, query: URLSearchParams): Answer {
  const { market, clock, quirks } = world;
  const instrument = market.instruments.find((one) => one.symbol === symbol.toUpperCase());
  if (!instrument || quirks.take("yahoo.not_found", { symbol })) {
    return refusedWith(404, "Not Found", "No data found, symbol may be delisted");
  }
  const firstMs = market.firstDay(instrument) * DAY_MS;
  const asked = checkedRange(
    query,
    clock.now(),
    firstMs,
    (days) => backBy(world, instrument, days),
  );
  if ("status" in asked) return asked;
  if (quirks.take("yahoo.unprocessable", { symbol })) {
    return refusedWith(422, "Unprocessable Entity", `${asked.interval} data not available`);
  }
  if (quirks.take("yahoo.bad_request", { symbol })) {
    return badRequest(`Data doesn't exist for startDate = ${asked.fromMs / 1000}`);
  }
  const rows = DAYS_OF[asked.interval] === undefined
    ? intraday(world, instrument, asked)
    : daily(world, instrument, asked);
  const meta = metaOf(world, instrument, asked);
  if (quirks.take("yahoo.empty_result", { symbol })) {
    const indicators = { quote: [{}], ...(meta.isDaily ? { adjclose: [{}] } : {}) };
    return result({ meta: meta.body, indicators });
  }
  if (rows.length === 0) {
    const exists = asked.toMs > firstMs;
    if (!exists) {
      const [from, to] = [asked.fromMs / 1000, asked.toMs / 1000];
      return badRequest(`Data doesn't exist for startDate = ${from}, endDate = ${to}`);
    }
    const indicators = { quote: [{}], ...(meta.isDaily ? { adjclose: [{}] } : {}) };
    return result({ meta: meta.body, indicators });
  }
  const events = eventsOf(world, instrument, asked, query.get("events") ?? "");
  const distorted = distort(world, instrument, asked, rows);
  const body = {
    ...(quirks.take("yahoo.no_meta", { symbol }) ? {} : { meta: meta.body }),
    ...distorted.timestamp,
    ...(events ? { events } : {}),
    indicators: {
      quote: [distorted.quote],
      ...(meta.isDaily ? { adjclose: [{ adjclose: distorted.adjclose }] } : {}),
    },
  };
  return result(body);
}

function result(one: unknown): Answer {
  return json({ chart: { result: [one], error: null } });
}

/** The start of the trading day that is so many days back, today being 1. */
function backBy({ market, clock }: World, instrument: FeedInstrument, days: number): number {
  let trading = market.calendar.at(instrument, clock.now());
  if (openOf(trading) > clock.now()) trading = market.calendar.before(instrument, trading.day);
  for (let i = 1; i < days; i++) trading = market.calendar.before(instrument, trading.day);
  return startOf(trading);
}

function intraday(world: World, instrument: FeedInstrument, asked: Asked): Row[] {
  const { market, clock } = world;
  const { interval, fromMs, toMs, prePost } = asked;
  const minutes = MINUTES_OF[interval] ?? 1;
  const now = clock.now();
  const rows: Row[] = [];
  const today = Math.floor(now / DAY_MS);
  const phases = prePost ? ["pre", "regular", "post"] as const : ["regular"] as const;
  for (const trading of daysBetween(world, instrument, fromMs, Math.min(toMs, now))) {
    const cut = { minutes, from: "open", phases, untilMs: now } as const;
    const factor = market.splitFactor(instrument, trading.day, today);
    for (const bar of market.bars(instrument, trading, cut)) {
      if (bar.startMs >= fromMs && bar.startMs < toMs) {
        rows.push(rowOf(world, instrument, bar, factor, bar.startMs));
      }
    }
  }
  const last = rows.at(-1);
  const trade = market.last(instrument, now, phases);
  const running = last && trade && last.startMs + minutes * 60_000 > now && toMs >= now;
  if (!running || !world.quirks.take("yahoo.running_bar", { symbol: instrument.symbol })) {
    return rows;
  }
  // What the last trade was, with its own odd time and no volume.
  const price = trade.price / 10 ** instrument.digits;
  const same = { open: price, high: price, low: price, close: price, adjclose: price, volume: 0 };
  const atMs = Math.floor(trade.timeMs / 1000) * 1000;
  return atMs > last.startMs ? [...rows, { ...last, ...same, startMs: atMs, running: true }] : rows;
}

/** Days, weeks, months: prices adjusted for splits until now. */
function daily(world: World, instrument: FeedInstrument, asked: Asked): Row[] {
  const { market, clock, quirks } = world;
  const { interval, fromMs, toMs } = asked;
  const now = clock.now();
  const today = Math.floor(now / DAY_MS);
  const zone = market.calendar.zoneOf(instrument);
  const aheadMs = market.calendar.offsetMs(zone, Math.floor(fromMs / DAY_MS));
  const first = periodOf(interval, Math.floor((fromMs + aheadMs) / DAY_MS), asked);
  const bars = market.dailyBars(instrument, first, Math.floor(toMs / DAY_MS) + 2, now);
  const adjusted = adjustedCloses(world, instrument, bars);
  const rows = new Map<number, Row>();
  for (const [i, bar] of bars.entries()) {
    const factor = market.splitFactor(instrument, bar.day, today);
    const isDay = interval === "1d";
    const day = isDay ? bar.day : periodOf(interval, bar.day, asked);
    const offset = market.calendar.offsetMs(zone, day);
    const startMs = isDay ? bar.startMs : day * DAY_MS - offset;
    if (bar.startMs < fromMs && isDay || bar.startMs >= toMs) continue;
    const row = {
      ...rowOf(world, instrument, bar, factor, startMs),
      adjclose: adjusted[i] ?? null,
    };
    const known = rows.get(day);
    rows.set(day, known ? joined(known, row) : row);
  }
  const all = [...rows.values()].filter(({ startMs }) => interval !== "1d" || startMs >= fromMs);
  const last = all.at(-1);
  const trading = market.calendar.at(instrument, now);
  const isRunning = openOf(trading) < now && now < endOf(trading) && last;
  const trade = isRunning && market.last(instrument, now, ["regular"]);
  if (!last || !trade || toMs < now) return all;
  const atMs = Math.floor(trade.timeMs / 1000) * 1000;
  const symbol = instrument.symbol;
  const live = { ...last, startMs: atMs, running: true };
  if (interval === "1d" && last.startMs === openOf(trading)) {
    if (quirks.take("yahoo.day_twice", { symbol })) return [...all, live];
    if (quirks.take("yahoo.running_bar", { symbol })) return [...all.slice(0, -1), live];
  }
  if (interval !== "1d" && quirks.take("yahoo.week_twice", { symbol })) return [...all, live];
  return all;
}

/** The first day of the period. */
function periodOf(interval: string, day: number, { fromMs }: Asked): number {
  if (interval === "1wk") return day - (day + 3) % 7;
  const [year = "", month = "01"] = dayText(day).split("-");
  if (interval === "1mo") return dayOf(`${year}-${month}-01`);
  if (interval === "3mo") {
    const quarter = Math.floor((Number(month) - 1) / 3) * 3 + 1;
    return dayOf(`${year}-${String(quarter).padStart(2, "0")}-01`);
  }
  const base = Math.floor(fromMs / DAY_MS);
  return interval === "5d" ? base + Math.floor((day - base) / 5) * 5 : day;
}

function rowOf(
  { quirks }: World,
  { symbol, digits, sizeDigits, kind }: FeedInstrument,
  bar: Bar,
  factor: number,
  startMs: number,
): Row {
  const revised = quirks.take("yahoo.revised", { symbol, place: bar.day });
  const isRevised = revised && ["", dayText(bar.day)].includes(String(revised["day"]));
  const by = isRevised ? 1 + Number(revised["by"]) : 1;
  // Yahoo keeps prices as 32-bit numbers.
  const price = (value: number) => Math.fround(value / 10 ** digits / factor * by);
  return {
    startMs,
    day: bar.day,
    open: price(bar.open),
    high: price(bar.high),
    low: price(bar.low),
    close: price(bar.close),
    adjclose: price(bar.close),
    volume: kind === "CURRENCY" ? 0 : Math.round(bar.volume * factor / 10 ** sizeDigits),
  };
}

function joined(a: Row, b: Row): Row {
  return {
    ...a,
    high: Math.max(a.high ?? 0, b.high ?? 0),
    low: Math.min(a.low ?? Infinity, b.low ?? Infinity),
    close: b.close,
    adjclose: b.adjclose,
    volume: (a.volume ?? 0) + (b.volume ?? 0),
  };
}
