/** What Yahoo's chart answers. @module */
import { z } from "zod";
import type { HttpAnswer } from "../../http.ts";
import { shapeText } from "../../provider/answer.ts";
import { beginningOf, judgedByStatus, type Judgement } from "../../provider/verdict.ts";

const list = z.array(z.unknown()).nullish();
const event = z.record(z.string(), z.unknown()).nullish();

const META = z.looseObject({
  symbol: z.string().max(64).regex(/^[\x21-\x7e]+$/),
  currency: z.string().nullish(),
  exchangeName: z.string().nullish(),
  exchangeTimezoneName: z.string().nullish(),
  // No clock is further from that of Greenwich.
  gmtoffset: z.number().min(-50_400).max(50_400).nullish(),
  dataGranularity: z.string().nullish(),
  // Of the years 1800 to 2200: before it nothing is expected.
  firstTradeDate: z.number().min(-5_364_662_400).max(7_258_118_400).nullish(),
  regularMarketTime: z.number().min(0).max(7_258_118_400).nullish(),
  longName: z.string().nullish(),
  shortName: z.string().nullish(),
});

const RESULT = z.looseObject({
  meta: META,
  timestamp: list,
  events: z.looseObject({ dividends: event, splits: event, capitalGains: event }).nullish(),
  indicators: z.looseObject({
    quote: z.array(z.looseObject({
      open: list,
      high: list,
      low: list,
      close: list,
      volume: list,
    })).nullish(),
    adjclose: z.array(z.looseObject({ adjclose: list })).nullish(),
  }).nullish(),
});

const CHART = z.looseObject({
  chart: z.looseObject({
    result: z.array(RESULT).nullish(),
    error: z.looseObject({ code: z.string().nullish(), description: z.string().nullish() })
      .nullish(),
  }),
});

/** A result of the chart. */
export type ChartResult = z.infer<typeof RESULT>;

/** What its prices and payouts are in, such as `USD` or `GBp`; null where it is not told. */
export function currencyOf({ currency }: ChartResult["meta"]): string | null {
  return currency != null && /^[A-Za-z]{3}$/.test(currency) ? currency : null;
}

/** A parsed answer, or what is wrong with it. */
export type Parsed =
  | { readonly result: ChartResult | undefined }
  | { readonly fault: string };

/** Reads the body; the elements of its arrays are looked at later, one by one. */
export function parseChart(text: string): Parsed {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { fault: `it is no JSON: ${beginningOf(text)}` };
  }
  const parsed = CHART.safeParse(json);
  if (parsed.success) return { result: parsed.data.chart.result?.[0] };
  return { fault: shapeText(parsed.error) };
}

/** The name of nothing: a time in which there was no data. */
const NO_DATA = /data doesn't exist/i;
/** What Yahoo says of what it does not know. */
const UNKNOWN = /no data found|not found|delisted/i;

/** What an answer means: Yahoo says more in its body than by its status. */
export function judgeChart(answer: HttpAnswer): Judgement {
  const verdict = judgedByStatus(answer);
  const says = saidIn(answer.text);
  if (says === undefined) {
    // A page in place of an answer says why in words.
    return /too many requests/i.test(answer.text.slice(0, 2000)) && verdict !== "fine"
      ? { verdict: "throttled", says: "Too Many Requests" }
      : { verdict };
  }
  if (NO_DATA.test(says)) return { verdict: "fine" };
  if (UNKNOWN.test(says)) return { verdict: "unknown_symbol", says };
  return { verdict: verdict === "fine" ? "bad_request" : verdict, says };
}

/** What is said in place of a result; undefined where nothing is. */
export function saidIn(text: string): string | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const parsed = JSON.parse(text) as {
      readonly chart?: {
        readonly error?: { readonly code?: unknown; readonly description?: unknown };
      };
      readonly finance?: {
        readonly error?: { readonly code?: unknown; readonly description?: unknown };
      };
    } | null;
    const error = parsed?.chart?.error ?? parsed?.finance?.error;
    if (!error) return undefined;
    const parts = [error.code, error.description].filter((part) => typeof part === "string");
    return beginningOf(parts.join(": "));
  } catch {
    return undefined; // `parseChart` says so.
  }
}
