/**
 * Yahoo Finance as a provider of bars, by its chart: no key, no promise, and many habits.
 * @module
 */
import type { BarsAnswer, BarsRequest, HistoryProvider } from "../../history/provider.ts";
import type { Range } from "../../metadata/range.ts";
import { DAY_US, isDated } from "../../history/time.ts";
import { windowsOf } from "../../history/windows.ts";
import { valueText } from "../../provider/answer.ts";
import type { ProviderAnswer, ProviderClient } from "../../provider/client.ts";
import { checkSymbol } from "../../provider/symbol.ts";
import { type ChartResult, currencyOf, judgeChart, parseChart, saidIn } from "./answer.ts";
import { actionsOf, barsOf, spacingFault } from "./bars.ts";
import { datesOf } from "./dates.ts";
import { exchangeOfYahoo } from "./exchanges.ts";

export { judgeChart };

/** Yahoo's name of an interval, how many days it goes back, and how many one request may ask for. */
const INTERVALS: Readonly<
  Record<string, { readonly name: string; readonly back: number; readonly at_once: number }>
> = {
  "1m": { name: "1m", back: 29, at_once: 7 },
  "2m": { name: "2m", back: 59, at_once: 59 },
  "5m": { name: "5m", back: 59, at_once: 59 },
  "15m": { name: "15m", back: 59, at_once: 59 },
  "30m": { name: "30m", back: 59, at_once: 59 },
  "1h": { name: "60m", back: 729, at_once: 729 },
  "1d": { name: "1d", back: Infinity, at_once: Infinity },
  "1wk": { name: "1wk", back: Infinity, at_once: Infinity },
  "1mo": { name: "1mo", back: Infinity, at_once: Infinity },
  "3mo": { name: "3mo", back: Infinity, at_once: Infinity },
};

/** Names under which an interval may come back. */
const SAME_INTERVAL: Readonly<Record<string, readonly string[]>> = { "60m": ["60m", "1h"] };

/** Seconds after its end in which a bar may still change: quotes are up to 20 minutes behind. */
const SETTLE_SECONDS = 1_200;
/** Seconds that the last bars may be behind: where less is there, it is asked for again. */
const LATE_SECONDS = 7_200;

/** Bars of Yahoo Finance. */
export class Yahoo implements HistoryProvider {
  readonly name = "yahoo";
  readonly intervals: readonly string[] = Object.keys(INTERVALS);
  readonly adjustment = "splits";
  readonly amounts = "splits";
  readonly settleSeconds = SETTLE_SECONDS;
  readonly lateSeconds = LATE_SECONDS;
  readonly #client: ProviderClient;

  constructor(client: ProviderClient) {
    this.#client = client;
  }

  earliestUs(interval: string, nowUs: number): number {
    const { back = Infinity } = INTERVALS[interval] ?? {};
    return back === Infinity ? Date.UTC(1900, 0, 1) * 1000 : nowUs - back * DAY_US;
  }

  windows(interval: string, range: Range): readonly Range[] {
    return windowsOf(range, (INTERVALS[interval]?.at_once ?? Infinity) * DAY_US);
  }

  /** Throws `ProviderError`, and `SYMBOL_INVALID`. */
  async bars(
    { symbol, interval, fromUs, toUs }: BarsRequest,
    signal?: AbortSignal,
  ): Promise<BarsAnswer> {
    const { name = interval } = INTERVALS[interval] ?? {};
    const answer = await this.#client.get({
      path: ["v8", "finance", "chart", checkSymbol(symbol)],
      query: {
        // Days are stamped with their open, which east of Greenwich lies on the date before.
        period1: `${Math.floor((isDated(interval) ? fromUs - DAY_US : fromUs) / 1e6)}`,
        period2: `${Math.ceil(toUs / 1e6)}`,
        interval: name,
        includePrePost: "false",
        events: "div,splits,capitalGains",
      },
      symbol,
      ...(signal ? { signal } : {}),
    });
    const parsed = parseChart(answer.text);
    if ("fault" in parsed) throw this.#client.invalid(parsed.fault, symbol);
    const { result } = parsed;
    if (!result) return { ...NOTHING, answer, notes: [nothingNote(answer)] };
    const { meta } = result;
    if (meta.symbol.toUpperCase() !== symbol.toUpperCase()) {
      throw this.#client.invalid(`chart.result.0.meta.symbol is ${meta.symbol}`, symbol);
    }
    const granularity = meta.dataGranularity ?? name;
    if (!(SAME_INTERVAL[name] ?? [name]).includes(granularity)) {
      throw this.#client.invalid(
        `chart.result.0.meta.dataGranularity is ${granularity}, not ${name}`,
        symbol,
      );
    }
    const { askedUs } = answer;
    const dates = datesOf(meta, Math.floor(askedUs / 1e6));
    if (typeof dates === "string") throw this.#client.invalid(dates, symbol);
    const reads = { interval, dates, askedUs };
    const spacing = meta.dataGranularity == null ? spacingFault(result, reads) : undefined;
    if (spacing !== undefined) throw this.#client.invalid(spacing, symbol);
    const { bars, refused, blank, repeats } = barsOf(result, reads);
    const events = actionsOf(result, dates);
    return {
      bars,
      refused: [...refused, ...events.refused],
      blank,
      actions: events.actions,
      listing: {
        exchange: exchangeOfYahoo(meta.exchangeName ?? ""),
        currency: currencyOf(meta),
        name: meta.longName ?? meta.shortName ?? null,
        listedUs: meta.firstTradeDate == null ? null : meta.firstTradeDate * 1e6,
      },
      notes: notesOf(meta, repeats),
      answer,
    };
  }
}

function notesOf(meta: ChartResult["meta"], repeats: number): string[] {
  const { currency } = meta;
  return [
    ...currency != null && currencyOf(meta) === null
      ? [`chart.result.0.meta.currency is ${valueText(currency)}: no code of a currency, left out`]
      : [],
    ...repeats > 0
      ? [`${repeats} of its elements came again with the same figures: each counts once`]
      : [],
  ];
}

/** Why there is nothing, in its own words but for the times that were asked for. */
function nothingNote({ status, text }: ProviderAnswer): string {
  const says = saidIn(text)?.replace(/ for startDate.*/, "");
  return `it answered ${status}${says === undefined ? ", without a result" : `: ${says}`}`;
}

const NOTHING: Omit<BarsAnswer, "answer"> = {
  bars: [],
  refused: [],
  blank: 0,
  actions: [],
  listing: { exchange: null, currency: null, name: null, listedUs: null },
  notes: [],
};
