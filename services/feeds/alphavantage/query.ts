/**
 * Alpha Vantage's one address: everything is answered with status 200.
 * @module
 */
import { dayOf, dayText } from "../market/calendar.ts";
import type { FeedInstrument } from "../market/instruments.ts";
import { type Answer, type FeedRequest, json, text, type World } from "../world/world.ts";
import { BURST, dailyLimit, MINUTE_LIMIT, PREMIUM, SAYINGS } from "./sayings.ts";
import { dailyRows, intradayRows, longRows, type SeriesRow } from "./rows.ts";

const INTERVALS = ["1min", "5min", "15min", "30min", "60min"];
const COMPACT = 100;
const SYMBOL_MAX = 100;

/** What a function answers with. */
interface Series {
  readonly information: string;
  readonly name: string;
  readonly rows: readonly SeriesRow[];
  readonly interval?: string;
  /** Whether all of it comes, and the head says nothing of it. */
  readonly isWhole?: boolean;
}

/** Answers a request below /alphavantage. */
export function answerAlphaVantage(world: World, { path, query }: FeedRequest): Answer {
  const key = query.get("apikey") ?? "";
  const symbol = query.get("symbol") ?? "";
  const called = query.get("function") ?? "";
  if (path !== "/alphavantage/query") return text("Not Found", 404);
  const said = saying(world, key, symbol);
  if (said) return { ...json(said), key, symbol };
  return { ...answer(world, query, symbol, called), key, symbol };
}

/** What is said instead of an answer. */
function saying(world: World, key: string, symbol: string): unknown {
  const { clock, keys, limiter, limits, quirks } = world;
  if (key === "" || keys.alphavantage !== undefined && key !== keys.alphavantage) {
    return { "Error Message": SAYINGS.badKey };
  }
  const now = clock.now();
  const allowance = limiter.take(`alphavantage ${key}`, limits.alphavantage, now);
  const daily = (allowance.limit?.perMs ?? 0) > 3_600_000;
  if (quirks.take("alphavantage.day_limit", { symbol }) || !allowance.ok && daily) {
    return { Information: dailyLimit(key) };
  }
  if (quirks.take("alphavantage.minute_limit", { symbol }) || !allowance.ok) {
    return { Note: MINUTE_LIMIT };
  }
  if (quirks.take("alphavantage.burst", { symbol })) return { Information: BURST };
  if (quirks.take("alphavantage.premium", { symbol })) return { Information: PREMIUM };
  if (quirks.take("alphavantage.error_message", { symbol })) {
    return { "Error Message": SAYINGS.badCall("TIME_SERIES_DAILY") };
  }
  if (quirks.take("alphavantage.empty_object", { symbol })) return {};
  return undefined;
}

function answer(world: World, query: URLSearchParams, symbol: string, called: string): Answer {
  const instrument = world.market.instruments.find(({ alphavantage, symbol: yahoo }) =>
    alphavantage !== undefined && [alphavantage, dotted(yahoo)].includes(symbol.toUpperCase())
  );
  const badCall = json({ "Error Message": SAYINGS.badCall(called) });
  if (!FUNCTIONS.includes(called)) {
    return json({ "Error Message": SAYINGS.noFunction(called.slice(0, SYMBOL_MAX)) });
  }
  if (!instrument || symbol.length > SYMBOL_MAX) return badCall;
  const series = seriesOf(world, instrument, query, called);
  if (!series) return badCall;
  const full = query.get("outputsize") === "full" || query.has("month");
  if (query.get("datatype") === "csv") return csv(series, full);
  return shown(world, series, symbol, full);
}

const LONG = { TIME_SERIES_WEEKLY: "week", TIME_SERIES_MONTHLY: "month" } as const;
const FUNCTIONS = [
  ...["TIME_SERIES_DAILY", "TIME_SERIES_DAILY_ADJUSTED", "TIME_SERIES_INTRADAY"],
  ...Object.keys(LONG),
];

/** BRK-B is also BRK.B. */
function dotted(symbol: string): string {
  return symbol.replace("-", ".");
}

function seriesOf(
  world: World,
  instrument: FeedInstrument,
  query: URLSearchParams,
  called: string,
): Series | undefined {
  if (called === "TIME_SERIES_INTRADAY") {
    const interval = query.get("interval") ?? "";
    const month = query.get("month") ?? "";
    if (!INTERVALS.includes(interval)) return undefined;
    if (month !== "" && !/^20\d\d-(0[1-9]|1[0-2])$/.test(month)) return undefined;
    const rows = intradayRows(world, instrument, {
      minutes: parseInt(interval),
      month,
      days: query.get("outputsize") === "full" ? 30 : 5,
      isAdjusted: query.get("adjusted") !== "false",
      isExtended: query.get("extended_hours") !== "false",
    });
    return {
      information: `Intraday (${interval}) open, high, low, close prices and volume`,
      name: `Time Series (${interval})`,
      interval,
      rows,
    };
  }
  if (called === "TIME_SERIES_WEEKLY" || called === "TIME_SERIES_MONTHLY") {
    const name = called === "TIME_SERIES_WEEKLY" ? "Weekly" : "Monthly";
    return {
      information: `${name} Prices (open, high, low, close) and Volumes`,
      name: `${name} Time Series`,
      rows: longRows(world, instrument, LONG[called]),
      isWhole: true,
    };
  }
  const isAdjusted = called === "TIME_SERIES_DAILY_ADJUSTED";
  return {
    information: isAdjusted
      ? "Daily Time Series with Splits and Dividend Events"
      : "Daily Prices (open, high, low, close) and Volumes",
    name: "Time Series (Daily)",
    rows: dailyRows(
      world,
      instrument,
      isAdjusted,
      query.get("outputsize") === "full" ? 0 : COMPACT,
    ),
  };
}

function shown(world: World, series: Series, symbol: string, full: boolean): Answer {
  const { quirks } = world;
  const { information, name, interval, isWhole = false } = series;
  const limited = full || isWhole ? series.rows : series.rows.slice(-COMPACT);
  const rows = quirks.take("alphavantage.empty_series", { symbol }) ? [] : limited;
  const zone = quirks.take("alphavantage.other_zone", { symbol });
  const entries = rows.toReversed().map(({ at, cells }) => [at, damaged(world, symbol, at, cells)]);
  const last = rows.at(-1)?.at ?? dayText(Math.floor(world.clock.now() / 86_400_000));
  const head = [
    ...[["Information", information], ["Symbol", symbol], ["Last Refreshed", last]],
    ...(interval === undefined ? [] : [["Interval", interval]]),
    ...(isWhole ? [] : [["Output Size", full ? "Full size" : "Compact"]]),
    ["Time Zone", String(zone?.["zone"] ?? "US/Eastern")],
  ];
  const meta = Object.fromEntries(head.map(([field, value], i) => [`${i + 1}. ${field}`, value]));
  return json({ "Meta Data": meta, [name]: Object.fromEntries(entries) });
}

function damaged(
  world: World,
  symbol: string,
  at: string,
  cells: Readonly<Record<string, string>>,
) {
  const { quirks } = world;
  const place = dayOf(at.slice(0, 10)) * 1440 + Number(at.slice(11, 13)) * 60 +
    Number(at.slice(14, 16));
  const changed = { ...cells };
  const [field = ""] = Object.keys(cells);
  if (quirks.take("alphavantage.missing_field", { symbol, place })) delete changed[field];
  if (quirks.take("alphavantage.none_value", { symbol, place })) changed[field] = "None";
  if (quirks.take("alphavantage.zero_volume", { symbol, place })) {
    const volume = Object.keys(cells).find((name) => name.endsWith(" volume")) ?? "";
    changed[volume] = "0";
  }
  return changed;
}

function csv({ rows }: Series, full: boolean): Answer {
  const some = (full ? rows : rows.slice(-COMPACT)).toReversed();
  const [first] = some;
  const names = Object.keys(first?.cells ?? {}).map((name) =>
    name.replace(/^\d+\. /, "").replaceAll(" ", "_")
  );
  const lines = [
    ["timestamp", ...names],
    ...some.map(({ at, cells }) => [at, ...Object.values(cells)]),
  ];
  return text(lines.map((line) => `${line.join()}\r\n`).join(""), 200, "application/x-download");
}
