/** Bars and payouts out of Yahoo's chart. @module */
import { ascending } from "../../history/bar.ts";
import { isDated, spanUs } from "../../history/time.ts";
import type { FetchedAction, FetchedBar } from "../../history/provider.ts";
import { valueText } from "../../provider/answer.ts";
import type { RefusedRecord } from "../source.ts";
import type { ChartResult } from "./answer.ts";
import { beginningOfBar, ExchangeDates } from "./dates.ts";

/** What was in the arrays. */
export interface ChartBars {
  /** Ascending, each once. */
  readonly bars: readonly FetchedBar[];
  readonly refused: readonly RefusedRecord[];
  readonly blank: number;
  /** Elements that were added to those before them: of a running day or week. */
  readonly joined: number;
}

/** An element of the arrays that is a bar. */
interface Element extends FetchedBar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly adjClose: number | null;
  readonly volume: number | null;
}

const FIGURES = ["open", "high", "low", "close"] as const;
/** Seconds of the years that times may lie in. */
const [FIRST_S, LAST_S] = [Date.UTC(1900, 0, 1) / 1000, Date.UTC(2200, 0, 1) / 1000];

/** How times of the result become dates of its exchange. */
export function datesOf({ meta }: ChartResult): ExchangeDates {
  return new ExchangeDates(meta.exchangeTimezoneName ?? undefined, meta.gmtoffset ?? 0);
}

/** The bars of the result: what is none is refused, and what is around it kept. */
export function barsOf(result: ChartResult, interval: string): ChartBars {
  const { timestamp, indicators, meta } = result;
  const times = timestamp ?? [];
  const quote = indicators?.quote?.[0] ?? {};
  const adjclose = indicators?.adjclose?.[0]?.adjclose;
  const dates = datesOf(result);
  const refused: RefusedRecord[] = [];
  const elements: Element[] = [];
  let blank = 0;
  let joined = 0;
  const [opens, highs, lows, closes] = FIGURES.map((name) => quote[name] ?? []);
  const volumes = quote.volume ?? [];
  const lengths = [opens, highs, lows, closes].map((column) => column?.length ?? 0);
  const count = Math.max(times.length, ...lengths);
  for (let i = 0; i < count; i++) {
    const time = times[i];
    const [open, high] = [opens?.[i] ?? null, highs?.[i] ?? null];
    const [low, close] = [lows?.[i] ?? null, closes?.[i] ?? null];
    const volume = volumes[i] ?? null;
    const adjClose = adjclose?.[i] ?? null;
    // A bar without any figures says that nothing was traded.
    if (open === null && high === null && low === null && close === null && isTime(time)) {
      blank++;
      continue;
    }
    const isBar = isTime(time) && isFigure(open) && isFigure(high) && isFigure(low) &&
      isFigure(close) && (volume === null || isFigure(volume)) &&
      (adjClose === null || isFigure(adjClose));
    if (!isBar) {
      const more = { volume, adjclose: adjClose };
      const fault = faultOf(time, { open, high, low, close }, more);
      const raw = JSON.stringify({ timestamp: time ?? null, open, high, low, close, volume });
      refused.push({
        at: `element ${i} of ${meta.symbol}`,
        reason: `yahoo ${meta.symbol} ${interval}: ${fault}`,
        raw: new TextEncoder().encode(raw),
      });
      continue;
    }
    const element: Omit<Element, "openUs"> = { open, high, low, close, volume, adjClose };
    const last = elements.at(-1);
    const openUs = isDated(interval)
      ? beginningOfBar(dates.dateOf(time), interval) * 1e6
      : intradayOpen(time, interval, last?.openUs, meta.regularMarketTime ?? undefined);
    if (last?.openUs === openUs) {
      elements[elements.length - 1] = together(last, { openUs, ...element }, interval);
      joined++;
    } else elements.push({ openUs, ...element });
  }
  return { bars: ascending(elements), refused, blank, joined };
}

/**
 * Where a bar below a day begins. The bar that runs is stamped with the time of its last trade: it
 * belongs to the bar before it, or begins a multiple of the interval behind that.
 */
function intradayOpen(
  time: number,
  interval: string,
  lastUs: number | undefined,
  marketTime: number | undefined,
): number {
  const openUs = time * 1e6;
  const span = spanUs(interval);
  const isRunning = time % 60 !== 0 || time === marketTime;
  if (!isRunning) return openUs;
  if (lastUs === undefined) return Math.floor(openUs / span) * span;
  return lastUs + Math.floor((openUs - lastUs) / span) * span;
}

/** Two elements of one bar: of a day the later one is whole, of a week or month each has a part. */
function together(a: Element, b: Element, interval: string): Element {
  const volumes = [a.volume, b.volume].filter((one) => one !== null);
  const isWhole = interval.endsWith("d");
  const volume = volumes.length === 0
    ? null
    : /(wk|mo)$/.test(interval)
    ? volumes.reduce((sum, one) => sum + one)
    : Math.max(...volumes);
  const joint = {
    open: a.open,
    high: Math.max(a.high, b.high),
    low: Math.min(a.low, b.low),
  };
  return { ...b, ...(isWhole ? {} : joint), volume };
}

function faultOf(
  time: unknown,
  figures: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>>,
): string {
  if (!isTime(time)) return `timestamp is ${valueText(time)}: no time in seconds`;
  for (const [name, value] of Object.entries(figures)) {
    if (!isFigure(value)) return `${name} is ${valueText(value)}: no number`;
  }
  for (const [name, value] of Object.entries(more)) {
    if (value !== null && !isFigure(value)) return `${name} is ${valueText(value)}: no number`;
  }
  return "is no bar";
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= FIRST_S && value < LAST_S;
}

function isFigure(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** Splits and payouts of the result. */
export function actionsOf(
  result: ChartResult,
): { readonly actions: FetchedAction[]; readonly refused: RefusedRecord[] } {
  const { events, meta } = result;
  const dates = datesOf(result);
  const actions: FetchedAction[] = [];
  const refused: RefusedRecord[] = [];
  const kinds = [
    ["dividend", events?.dividends],
    ["capital_gain", events?.capitalGains],
    ["split", events?.splits],
  ] as const;
  for (const [kind, found] of kinds) {
    for (const [key, value] of Object.entries(found ?? {})) {
      const event = (typeof value === "object" ? value : null) as Record<string, unknown> | null;
      const amount = kind === "split" ? ratioOf(event) : moneyOf(event?.amount);
      const date = event?.date;
      if (amount !== undefined && isTime(date)) {
        const exDate = new Date(dates.dateOf(date) * 1000).toISOString().slice(0, 10);
        const currency = kind === "split" ? null : meta.currency ?? null;
        actions.push({ exDate, kind, amount, currency });
      } else {
        const what = isTime(date) ? "its amount is no number above 0" : "its date is no time";
        refused.push({
          at: `${kind} ${key} of ${meta.symbol}`,
          reason: `yahoo ${meta.symbol}: ${kind} ${valueText(value)}: ${what}`,
          raw: new TextEncoder().encode(JSON.stringify(value)),
        });
      }
    }
  }
  return { actions, refused };
}

function moneyOf(value: unknown): string | undefined {
  return isFigure(value) && value >= AMOUNT_MIN && value <= AMOUNT_MAX
    ? plainDigits(value)
    : undefined;
}

const SCALE = 18;
/** Nothing is paid or split beyond: what lies there is no amount. */
const [AMOUNT_MIN, AMOUNT_MAX] = [1e-9, 1e9];

/** New shares for an old one, to 18 decimals. */
function ratioOf(event: Record<string, unknown> | null): string | undefined {
  const { numerator, denominator } = event ?? {};
  if (moneyOf(numerator) === undefined || moneyOf(denominator) === undefined) return undefined;
  // Both are whole but for odd ones such as 1.03:1.
  const [n, d] = [numerator, denominator].map((one) => BigInt(Math.round(Number(one) * 1e9)));
  if (!n || !d) return undefined;
  const scaled = (n * 10n ** BigInt(SCALE) + d / 2n) / d;
  const text = scaled.toString().padStart(SCALE + 1, "0");
  return `${text.slice(0, -SCALE)}.${text.slice(-SCALE)}`.replace(/\.?0+$/, "");
}

/** The number without an exponent. */
function plainDigits(value: number): string {
  const text = String(value);
  return text.includes("e") ? value.toFixed(SCALE).replace(/\.?0+$/, "") : text;
}
