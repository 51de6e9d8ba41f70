/**
 * The head of a chart.
 * @module
 */
import { closeOf, openOf, type Phase, type TradingDay } from "../market/calendar.ts";
import type { FeedInstrument } from "../market/instruments.ts";
import { daysBetween, scaled, type World } from "../world/world.ts";
import { type Asked, DAYS_OF, RANGES } from "./range.ts";

const DAY_MS = 86_400_000;
const YEAR_DAYS = 365;

/** Yahoo's names of exchanges: short and long. */
const NAMES: Readonly<Record<string, readonly [string, string]>> = {
  XNAS: ["NMS", "NasdaqGS"],
  XNYS: ["NYQ", "NYSE"],
  XLON: ["LSE", "LSE"],
  XETR: ["GER", "XETRA"],
  XTKS: ["JPX", "Tokyo"],
  XHKG: ["HKG", "HKSE"],
  ALWAYS: ["CCC", "CCC"],
  FX: ["CCY", "CCY"],
};

/** The head, and whether the chart is of days or longer. */
export function metaOf(world: World, instrument: FeedInstrument, asked: Asked) {
  const { market, clock, quirks } = world;
  const { calendar } = market;
  const { symbol, kind, digits, currency, exchange, name } = instrument;
  const now = clock.now();
  const today = Math.floor(now / DAY_MS);
  const isDaily = asked.interval in DAYS_OF;
  const next = calendar.at(instrument, now);
  const trading = openOf(next) <= now ? next : calendar.before(instrument, next.day);
  const last = market.last(instrument, now, ["regular"]);
  const price = (ticks: number, factor = 1) => scaled(ticks / factor, digits);
  const cut = { minutes: Infinity, from: "open", phases: ["regular"], untilMs: now } as const;
  const [day] = market.bars(instrument, trading, cut);
  const year = market.dailyBars(instrument, today - YEAR_DAYS, today + 1, now);
  const factorOf = (day: number) => market.splitFactor(instrument, day, today);
  const before = closeBefore(world, instrument, trading.day);
  const chartBefore = calendar.at(instrument, asked.fromMs);
  const zone = calendar.zoneOf(instrument);
  const [shortName, longName] = kind === "INDEX" ? ["SNP", "SNP"] : NAMES[exchange] ?? ["", ""];
  const hourly = asked.interval === "60m" && quirks.take("yahoo.hour_named", { symbol });
  const body = {
    currency,
    symbol,
    exchangeName: shortName,
    fullExchangeName: longName,
    instrumentType: kind,
    firstTradeDate: firstTradeDate(world, instrument),
    regularMarketTime: Math.floor((last?.timeMs ?? now) / 1000),
    hasPrePostMarketData: trading.pre !== undefined,
    gmtoffset: next.offsetMs / 1000,
    timezone: shortZone(zone, now),
    exchangeTimezoneName: zone,
    regularMarketPrice: price(last?.price ?? 0),
    fiftyTwoWeekHigh: price(Math.max(...year.map(({ high, day }) => high / factorOf(day)))),
    fiftyTwoWeekLow: price(Math.min(...year.map(({ low, day }) => low / factorOf(day)))),
    regularMarketDayHigh: price(day?.high ?? 0),
    regularMarketDayLow: price(day?.low ?? 0),
    regularMarketVolume: scaled(day?.volume ?? 0, instrument.sizeDigits),
    longName: name,
    shortName: name,
    chartPreviousClose: price(closeBefore(world, instrument, chartBefore.day)),
    ...(isDaily ? {} : { previousClose: price(before), scale: 3 }),
    priceHint: digits > 2 ? 4 : 2,
    currentTradingPeriod: periods(next, zone, now),
    ...(isDaily ? {} : { tradingPeriods: tradingPeriods(world, instrument, asked, zone) }),
    dataGranularity: hourly ? "1h" : asked.interval,
    range: asked.range,
    validRanges: RANGES,
  };
  return { body, isDaily };
}

/** The close of the day before, in shares of today. */
function closeBefore(world: World, instrument: FeedInstrument, day: number): number {
  const { market, clock } = world;
  const before = market.calendar.before(instrument, day);
  const bar = market.dailyBar(instrument, before.day) ?? market.dailyBar(instrument, day);
  const today = Math.floor(clock.now() / DAY_MS);
  if (!bar) return market.dailyBar(instrument, market.firstDay(instrument))?.open ?? 0;
  return bar.close / market.splitFactor(instrument, before.day, today);
}

function firstTradeDate({ market }: World, instrument: FeedInstrument): number {
  return openOf(market.calendar.at(instrument, market.firstDay(instrument) * DAY_MS)) / 1000;
}

/** The sessions of the range, a list a day; by part of the day if all parts are asked for. */
function tradingPeriods(world: World, instrument: FeedInstrument, asked: Asked, zone: string) {
  const now = world.clock.now();
  const days = daysBetween(world, instrument, asked.fromMs, Math.min(asked.toMs, now));
  const of = (phase: Phase) => days.map((day) => [period(day, zone, phase, now)]);
  return asked.prePost
    ? { pre: of("pre"), regular: of("regular"), post: of("post") }
    : of("regular");
}

function periods(trading: TradingDay, zone: string, now: number) {
  return {
    pre: period(trading, zone, "pre", now),
    regular: period(trading, zone, "regular", now),
    post: period(trading, zone, "post", now),
  };
}

function period(trading: TradingDay, zone: string, phase: Phase, now: number) {
  const [open, close] = [openOf(trading), closeOf(trading)];
  const empty = phase === "pre" ? open : close;
  const { fromMs, toMs } = phase === "regular"
    ? { fromMs: open, toMs: close }
    : trading[phase] ?? { fromMs: empty, toMs: empty };
  return {
    timezone: shortZone(zone, now),
    start: fromMs / 1000,
    end: toMs / 1000,
    gmtoffset: trading.offsetMs / 1000,
  };
}

function shortZone(zone: string, atMs: number): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "short" })
    .formatToParts(atMs);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? zone;
}
