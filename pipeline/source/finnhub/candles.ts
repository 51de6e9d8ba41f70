/** Candles of Finnhub, as history. Free keys have none. @module */
import { z } from "zod";
import type { Calendar } from "../../calendar/calendar.ts";
import { weekday, type Zone } from "../../calendar/zone.ts";
import { agreed, timeText } from "../../history/bar.ts";
import { day, DAY_US, isDated, spanUs } from "../../history/time.ts";
import type {
  BarsAnswer,
  BarsRequest,
  FetchedBar,
  HistoryProvider,
} from "../../history/provider.ts";
import { windowsOf } from "../../history/windows.ts";
import type { Range } from "../../metadata/range.ts";
import { shapeText, valueText } from "../../provider/answer.ts";
import type { ProviderClient } from "../../provider/client.ts";
import { checkSymbol } from "../../provider/symbol.ts";
import type { RefusedRecord } from "../source.ts";
import { FINNHUB, jsonOf, unknownSymbol } from "./client.ts";
import { venueOf, zoneOf } from "./hours.ts";
import { askQuote, readQuote } from "./quote.ts";
import { timeMs } from "./value.ts";

/** Finnhub's name of an interval. */
const RESOLUTIONS: Readonly<Record<string, string>> = {
  ...{ "1m": "1", "5m": "5", "15m": "15", "30m": "30", "1h": "60" },
  ...{ "1d": "D", "1wk": "W", "1mo": "M" },
};
/**
 * Days that one request of intervals below a day may ask for: https://finnhub.io/docs/api/stock-
 * candles
 */
const DAYS_AT_ONCE = 30;
/** Seconds after its end in which a bar may still change: late prints. */
const SETTLE_SECONDS = 900;

const list = z.array(z.unknown()).nullish();
const CANDLES = z.looseObject({
  s: z.string(),
  o: list,
  h: list,
  l: list,
  c: list,
  v: list,
  t: list,
});

/** An answer of candles. */
export type Candles = z.infer<typeof CANDLES>;

/** Reads an answer; a text if it is not as documented. */
export function readCandles(json: unknown): Candles | string {
  const parsed = CANDLES.safeParse(json);
  if (!parsed.success) return shapeText(parsed.error);
  const { s } = parsed.data;
  return s === "ok" || s === "no_data" ? parsed.data : `s is ${valueText(s)}: not ok, nor no_data`;
}

/** Of which series an answer's candles are. */
export interface CandlesAsked {
  readonly symbol: string;
  readonly interval: string;
  /** The zone of the exchange's days; undefined where nobody knows it. */
  readonly zone?: Zone | undefined;
}

/**
 * Bars of an answer, ascending and each once; what is none is refused, and so are all candles of
 * one time that say different things.
 */
export function candleBars(
  { o, h, l, c, v, t }: Candles,
  asked: CandlesAsked,
): Pick<BarsAnswer, "bars" | "refused"> {
  const refused: RefusedRecord[] = [];
  const places = new Map<FetchedBar, number>();
  // Some have no volumes at all; of those that have, each candle has its own.
  const arrays = [t, o, h, l, c, ...v ? [v] : []].map((one) => one ?? []);
  const count = Math.max(...arrays.map((one) => one.length));
  const refuse = (i: number, fault: string) => {
    const raw = { t: t?.[i], o: o?.[i], h: h?.[i], l: l?.[i], c: c?.[i], v: v?.[i] };
    refused.push({
      at: `candle ${i} of ${asked.symbol}`,
      reason: `finnhub ${asked.symbol} ${asked.interval}: ${fault}`,
      raw: new TextEncoder().encode(JSON.stringify(raw)),
    });
  };
  for (let i = 0; i < count; i++) {
    const [time, open, high, low, close] = arrays.map((one) => one[i]);
    const volume = v ? v[i] : null;
    const openUs = openOf(time, asked);
    const fault = typeof openUs === "string"
      ? openUs
      : figuresFault({ o: open, h: high, l: low, c: close }, volume);
    if (typeof openUs === "string" || fault !== undefined) {
      refuse(i, fault ?? "");
      continue;
    }
    const figures = { open, high, low, close, volume } as Omit<FetchedBar, "openUs" | "adjClose">;
    places.set({ openUs, ...figures, adjClose: null }, i);
  }
  const { bars, disputed } = agreed([...places.keys()]);
  for (const bar of disputed) {
    const i = places.get(bar) ?? 0;
    refuse(i, `t is ${valueText(t?.[i])}: another candle of this time has other figures`);
  }
  return { bars, refused };
}

/** Where the candle begins, microseconds since 1970; a text if that is not certain. */
function openOf(t: unknown, { interval, zone }: CandlesAsked): number | string {
  const at = timeMs(t);
  if (at === undefined) return `t is ${valueText(t)}: no time in seconds`;
  const us = at * 1000;
  const said = `t is ${valueText(t)} (${timeText(us, interval)})`;
  if (!isDated(interval)) {
    return us % spanUs(interval) === 0 ? us : `${said}: no multiple of ${interval}`;
  }
  const dayUs = Math.floor(us / DAY_US) * DAY_US;
  // Its dates begin later than those of UTC: west of Greenwich a date is the same until evening.
  const isMidnight = us === dayUs || us === zone?.timeUs(dayUs / DAY_US, 0);
  if (!isMidnight) {
    const why = zone ? "" : ", and the zone of its exchange is not known";
    return `${said}: no midnight, by which its day could be told${why}`;
  }
  if (interval === "1wk" && weekday(dayUs / DAY_US) !== 1) return `${said}: weeks begin on Monday`;
  if (interval === "1mo" && !day(dayUs).endsWith("-01")) {
    return `${said}: months begin on their first`;
  }
  return dayUs;
}

function figuresFault(figures: Record<string, unknown>, volume: unknown): string | undefined {
  for (const [name, value] of Object.entries(figures)) {
    const isPrice = typeof value === "number" && Number.isFinite(value) && value > 0;
    if (!isPrice) return `${name} is ${valueText(value)}: no number above 0`;
  }
  const { o, h, l, c } = figures as Record<"o" | "h" | "l" | "c", number>;
  if (l > Math.min(o, c) || h < Math.max(o, c)) return `h is ${h} and l is ${l}: o or c is outside`;
  const isVolume = volume === null || typeof volume === "number" && Number.isFinite(volume) &&
      volume >= 0;
  return isVolume ? undefined : `v is ${valueText(volume)}: no number from 0 on`;
}

/** Candles at an interval. */
export class FinnhubCandles implements HistoryProvider {
  readonly name: string = FINNHUB;
  readonly intervals: readonly string[] = Object.keys(RESOLUTIONS);
  /** Days and longer are adjusted for splits, what is shorter is as it was traded. */
  readonly adjustment: "raw" | "splits";
  readonly amounts = "raw";
  readonly settleSeconds: number = SETTLE_SECONDS;
  /** Hours begin at full ones, though sessions begin at half past. */
  readonly aligned = "clock";
  readonly #client: ProviderClient;
  readonly #calendar: Pick<Calendar, "exchangeOf">;
  readonly #known = new Set<string>();

  /** The calendar tells who lists a symbol. */
  constructor(client: ProviderClient, interval: string, calendar: Pick<Calendar, "exchangeOf">) {
    this.#client = client;
    this.#calendar = calendar;
    this.adjustment = /\d+[mh]$/.test(interval) ? "raw" : "splits";
  }

  earliestUs(): number {
    return Date.UTC(1970, 0, 2) * 1000;
  }

  windows(interval: string, range: Range): readonly Range[] {
    return windowsOf(range, (/\d+[mh]$/.test(interval) ? DAYS_AT_ONCE : Infinity) * DAY_US);
  }

  /** Throws `ProviderError`, and `SYMBOL_INVALID`. */
  async bars(
    { symbol, interval, fromUs, toUs }: BarsRequest,
    signal?: AbortSignal,
  ): Promise<BarsAnswer> {
    const venue = venueOf(symbol);
    const of = venue === "ALWAYS" ? "crypto" : venue === "FX" ? "forex" : "stock";
    const answer = await this.#client.get({
      path: [of, "candle"],
      query: {
        symbol: checkSymbol(symbol),
        resolution: RESOLUTIONS[interval] ?? interval,
        from: `${Math.max(1, Math.floor(fromUs / 1e6))}`,
        to: `${Math.ceil(toUs / 1e6)}`,
      },
      symbol,
      ...(signal ? { signal } : {}),
    });
    const candles = readCandles(jsonOf(this.#client, answer.text, symbol));
    if (typeof candles === "string") throw this.#client.invalid(candles, symbol);
    const exchange = this.#calendar.exchangeOf(FINNHUB, symbol, day(toUs));
    const zone = exchange === undefined ? undefined : zoneOf(exchange);
    const found = candleBars(candles, { symbol, interval, zone });
    const isEmpty = found.bars.length + found.refused.length === 0;
    if (isEmpty && !this.#known.has(symbol)) await this.#assertKnown(symbol, signal);
    this.#known.add(symbol);
    return {
      ...found,
      blank: 0,
      actions: [],
      listing: { exchange: venue ?? null, currency: null, name: null, listedUs: null },
      notes: [],
      answer,
    };
  }

  /**
   * Candles are empty of symbols that Finnhub does not know, too: quotes of these are all zeros.
   */
  async #assertKnown(symbol: string, signal?: AbortSignal): Promise<void> {
    const { text } = await askQuote(this.#client, symbol, signal);
    const quote = readQuote(symbol, jsonOf(this.#client, text, symbol));
    if (quote.kind === "unknown") throw unknownSymbol(this.#client, symbol);
  }
}
