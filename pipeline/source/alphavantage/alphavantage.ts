/**
 * Alpha Vantage as a provider of bars: all of it at one address, with status 200 whatever it says.
 * @module
 */
import { isZone } from "../../calendar/zone.ts";
import type { BarsAnswer, BarsRequest, HistoryProvider } from "../../history/provider.ts";
import type { Range } from "../../metadata/range.ts";
import { valueText } from "../../provider/answer.ts";
import type { ProviderClient } from "../../provider/client.ts";
import { checkSymbol } from "../../provider/symbol.ts";
import { judgeAlphaVantage, parseSeries, type SeriesAnswer } from "./answer.ts";
import { barsOf } from "./bars.ts";
import { exchangeOfAlphaVantage } from "./exchanges.ts";
import { callOf, earliestOf, INTERVALS, piecesOf, type Plan, type SeriesCall } from "./series.ts";

export { judgeAlphaVantage };

/** Seconds after its end in which a bar may still change: late prints are in after the evening. */
const SETTLE_SECONDS = 1_200;
/** Seconds that it may be behind in having a bar at all: a day is published at night. */
const LATE_SECONDS = 18 * 3_600;

/** Bars of Alpha Vantage. */
export class AlphaVantage implements HistoryProvider {
  readonly name = "alphavantage";
  readonly intervals: readonly string[] = INTERVALS;
  readonly adjustment = "raw";
  readonly amounts = "raw";
  readonly settleSeconds = SETTLE_SECONDS;
  readonly lateSeconds = LATE_SECONDS;
  readonly hasRunning = false;
  /** Bars of an hour begin at full hours, whenever the exchange opens. */
  readonly aligned = "clock";
  readonly #client: ProviderClient;
  readonly #plan: Plan;
  readonly #nowUs: () => number;

  /** `nowUs` is by the clock that the client goes by. */
  constructor(client: ProviderClient, plan: Plan, nowUs: () => number) {
    this.#client = client;
    this.#plan = plan;
    this.#nowUs = nowUs;
  }

  earliestUs(interval: string, nowUs: number): number {
    return earliestOf(interval, nowUs, this.#plan);
  }

  windows(interval: string, range: Range): readonly Range[] {
    return piecesOf(interval, range);
  }

  /** Throws `ProviderError`, and `SYMBOL_INVALID`. */
  async bars(
    { symbol, interval, ...range }: BarsRequest,
    signal?: AbortSignal,
  ): Promise<BarsAnswer> {
    const call = callOf(interval, range, { plan: this.#plan, nowUs: this.#nowUs() });
    const answer = await this.#client.get({
      path: ["query"],
      query: { ...call.query, symbol: checkSymbol(symbol), datatype: "json" },
      symbol,
      ...(signal ? { signal } : {}),
    });
    const parsed = parseSeries(answer.text, call.series);
    if ("fault" in parsed) throw this.#client.invalid(parsed.fault, symbol);
    const zone = this.#zoneOf(parsed, call, symbol);
    const { isAdjusted } = call;
    const found = barsOf(parsed, { ...range, symbol, interval, isAdjusted, zone });
    return {
      ...found,
      blank: 0,
      listing: {
        exchange: exchangeOfAlphaVantage(symbol),
        currency: null,
        name: null,
        listedUs: null,
      },
      notes: [],
      answer,
    };
  }

  /** The zone of the answer's times; whether it is about what was asked. */
  #zoneOf({ head }: SeriesAnswer, { minutes }: SeriesCall, symbol: string): string {
    const about = head.get("Symbol") ?? symbol;
    if (plain(about) !== plain(symbol)) {
      throw this.#client.invalid(`Meta Data say that it is about ${valueText(about)}`, symbol);
    }
    if (minutes === undefined) return "UTC"; // Dates are those of the exchange, in any zone.
    const interval = head.get("Interval");
    if (interval !== minutes) {
      throw this.#client.invalid(`Interval is ${valueText(interval)}, not ${minutes}`, symbol);
    }
    const zone = head.get("Time Zone");
    if (zone === undefined || !isZone(zone)) {
      throw this.#client.invalid(
        `Time Zone is ${valueText(zone)}: no time zone that is known`,
        symbol,
      );
    }
    return zone;
  }
}

/** It writes BRK.B and BRK-B alike. */
function plain(symbol: string): string {
  return symbol.toUpperCase().replaceAll("-", ".");
}
