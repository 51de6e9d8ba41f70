/** Candles of Finnhub, as history. Free keys have none. @module */
import { z } from "zod";
import { ascending } from "../../history/bar.ts";
import { DAY_US } from "../../history/time.ts";
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
import { venueOf } from "./hours.ts";
import { readQuote } from "./quote.ts";
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

/** Bars of an answer, ascending and each once; what is none is refused. */
export function candleBars(
  { o, h, l, c, v, t }: Candles,
  symbol: string,
  interval: string,
): Pick<BarsAnswer, "bars" | "refused"> {
  const refused: RefusedRecord[] = [];
  const bars: FetchedBar[] = [];
  const arrays = [t, o, h, l, c].map((one) => one ?? []);
  const count = Math.max(...arrays.map((one) => one.length));
  for (let i = 0; i < count; i++) {
    const [time, open, high, low, close] = arrays.map((one) => one[i]);
    const volume = v?.[i] ?? null;
    const at = timeMs(time);
    const fault = at === undefined
      ? `t is ${valueText(time)}: no time in seconds`
      : figuresFault({ o: open, h: high, l: low, c: close }, volume);
    if (at === undefined || fault !== undefined) {
      const raw = JSON.stringify({ t: time, o: open, h: high, l: low, c: close, v: volume });
      refused.push({
        at: `candle ${i} of ${symbol}`,
        reason: `finnhub ${symbol} ${interval}: ${fault}`,
        raw: new TextEncoder().encode(raw),
      });
      continue;
    }
    const figures = { open, high, low, close, volume } as Omit<FetchedBar, "openUs" | "adjClose">;
    bars.push({ openUs: at * 1000, ...figures, adjClose: null });
  }
  return { bars: ascending(bars), refused };
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
  readonly #known = new Set<string>();

  constructor(client: ProviderClient, interval: string) {
    this.#client = client;
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
    const found = candleBars(candles, symbol, interval);
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
    const answer = await this.#client.get({
      path: ["quote"],
      query: { symbol },
      symbol,
      ...(signal ? { signal } : {}),
    });
    const quote = readQuote(symbol, jsonOf(this.#client, answer.text, symbol));
    if (quote.kind === "unknown") throw unknownSymbol(this.#client, symbol);
  }
}
