/** Bars and payouts out of Yahoo's chart. @module */
import { agreed, timeText } from "../../history/bar.ts";
import { isDated, spanUs } from "../../history/time.ts";
import type { FetchedAction, FetchedBar } from "../../history/provider.ts";
import { valueText } from "../../provider/answer.ts";
import type { RefusedRecord } from "../source.ts";
import { type ChartResult, currencyOf } from "./answer.ts";
import { type Element, elementsOf, isFigure, isTime } from "./columns.ts";
import { beginningOfBar, type ExchangeDates } from "./dates.ts";

/** How a chart is read. */
export interface Reads {
  readonly interval: string;
  readonly dates: ExchangeDates;
  /** When it was asked for, microseconds since 1970. */
  readonly askedUs: number;
}

/** What was in the arrays. */
export interface ChartBars {
  /** Ascending, each once. */
  readonly bars: readonly FetchedBar[];
  readonly refused: readonly RefusedRecord[];
  readonly blank: number;
  /** Settled elements that came again, with the same figures. */
  readonly repeats: number;
}

/** An element, and where its bar begins. */
type Placed = Element & { readonly openUs: number };

/** Seconds that the last trade may lie behind the bar that runs: a chart and its head differ a little. */
const RUNS_S = 1_200;

/** The bars of the result: what is none is refused, and what is around it kept. */
export function barsOf(result: ChartResult, reads: Reads): ChartBars {
  const { interval } = reads;
  const { symbol } = result.meta;
  const { elements, faults, blank, cells } = elementsOf(result);
  const refused: RefusedRecord[] = [];
  const refuse = (place: number, fault: string) =>
    refused.push({
      at: `element ${place} of ${symbol}`,
      reason: `yahoo ${symbol} ${interval}: ${fault}`,
      raw: new TextEncoder().encode(JSON.stringify(cells[place])),
    });
  for (const [place, fault] of faults) refuse(place, fault);
  const running = runningOf(elements, result.meta, reads);
  const groups = new Map<number, Placed[]>();
  for (const element of elements) {
    const { place, time } = element;
    const openUs = element === running?.element ? running.openUs : openOf(time, reads);
    if (openUs === undefined) {
      refuse(place, `timestamp is ${time}: at ${secondText(time)} no bar of ${interval} begins`);
      continue;
    }
    const group = groups.get(openUs);
    if (group) group.push({ ...element, openUs });
    else groups.set(openUs, [{ ...element, openUs }]);
  }
  const bars: FetchedBar[] = [];
  let repeats = 0;
  for (const [openUs, group] of groups) {
    const isRunning = openUs === running?.openUs;
    const bar = oneOf(group, interval, isRunning);
    if (bar) {
      bars.push(bar);
      if (!isRunning) repeats += group.length - 1;
      continue;
    }
    const when = timeText(openUs, interval);
    for (const { place } of group) {
      refuse(place, `${when} came ${group.length} times, with other figures: which are right?`);
    }
  }
  bars.sort((a, b) => a.openUs - b.openUs);
  return { bars, refused, blank, repeats };
}

/**
 * What contradicts the interval in a chart that does not name its own; undefined if nothing does.
 * The last trade may come besides.
 */
export function spacingFault(result: ChartResult, reads: Reads): string | undefined {
  const { timestamp, meta } = result;
  const { interval } = reads;
  const found = (timestamp ?? []).filter(isTime).sort((a, b) => a - b);
  const isLast = (time: number, i: number) => i === found.length - 1 && isStamped(time, meta);
  const times = found.filter((time, i) => time !== found[i - 1] && !isLast(time, i));
  for (const [i, time] of times.entries()) {
    const before = times[i - 1];
    if (before === undefined) continue;
    const isClose = isDated(interval)
      ? openOf(time, reads) === openOf(before, reads)
      : time - before < spanUs(interval) / 1e6;
    if (!isClose) continue;
    return `chart.result.0.meta.dataGranularity is missing, and its elements of ${
      secondText(before)
    } and ${secondText(time)} are closer than ${interval}`;
  }
  return undefined;
}

/** Where a bar begins, microseconds; undefined where none of the interval does. */
function openOf(time: number, { interval, dates }: Reads): number | undefined {
  if (isDated(interval)) return beginningOfBar(dates.dateOf(time), interval) * 1e6;
  return time % 60 === 0 ? time * 1e6 : undefined;
}

/** Whether it is stamped with the time of the last trade. */
function isStamped(time: number, { regularMarketTime }: ChartResult["meta"]): boolean {
  return time % 60 !== 0 || time === regularMarketTime;
}

/**
 * The element that is stamped with the time of the last trade, and where its bar begins: it is the
 * last one, and belongs to the bar before it, or begins a multiple of the interval behind that.
 */
function runningOf(
  elements: readonly Element[],
  meta: ChartResult["meta"],
  reads: Reads,
): { readonly element: Element; readonly openUs: number } | undefined {
  const [before, element] = [elements.at(-2), elements.at(-1)];
  if (!element || !isStamped(element.time, meta)) return undefined;
  if (before && before.time >= element.time) return undefined;
  const { interval, dates, askedUs } = reads;
  const tradedS = meta.regularMarketTime ?? Math.floor(askedUs / 1e6);
  if (isDated(interval)) {
    const openUs = beginningOfBar(dates.dateOf(element.time), interval) * 1e6;
    const runsUs = beginningOfBar(dates.dateOf(tradedS), interval) * 1e6;
    return openUs >= runsUs ? { element, openUs } : undefined;
  }
  const spanS = spanUs(interval) / 1e6;
  const beforeUs = before && openOf(before.time, reads) !== undefined ? before.time : 0;
  const openS = beforeUs + Math.floor((element.time - beforeUs) / spanS) * spanS;
  return tradedS < openS + spanS + RUNS_S ? { element, openUs: openS * 1e6 } : undefined;
}

/** The one bar of elements of one time; undefined where they differ and nobody knows which is right. */
function oneOf(
  group: readonly Placed[],
  interval: string,
  isRunning: boolean,
): FetchedBar | undefined {
  const [same] = agreed(group).bars;
  if (same) return figuresOf(same);
  const [first, second, third] = group;
  if (!isRunning || third || !first || !second) return undefined;
  return figuresOf(together(first, second, interval));
}

function figuresOf({ openUs, open, high, low, close, adjClose, volume }: Placed): FetchedBar {
  return { openUs, open, high, low, close, adjClose, volume };
}

/** Two elements of the bar that runs: of a day the later one is whole, of a week each has a part. */
function together(a: Placed, b: Placed, interval: string): Placed {
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

function secondText(time: number): string {
  return new Date(time * 1000).toISOString().replace(".000Z", "Z");
}

/** Splits and payouts of the result. */
export function actionsOf(
  result: ChartResult,
  dates: ExchangeDates,
): { readonly actions: FetchedAction[]; readonly refused: RefusedRecord[] } {
  const { events, meta } = result;
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
        const currency = kind === "split" ? null : currencyOf(meta);
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
