/** The columns of Yahoo's chart, read one element at a time. @module */
import type { FetchedBar } from "../../history/provider.ts";
import { valueText } from "../../provider/answer.ts";
import type { ChartResult } from "./answer.ts";

/** An element that is a bar, as far as its own cells say. */
export interface Element extends Omit<FetchedBar, "openUs"> {
  /** Its place in the columns. */
  readonly place: number;
  /** As it is stamped, seconds since 1970. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly adjClose: number | null;
  readonly volume: number | null;
}

/** What stands in the columns at one place; undefined where a column has ended before. */
export type Cells = Readonly<Record<typeof NAMES[number], unknown>>;

/** What was in the columns. */
export interface ChartElements {
  /** In the order in which they came. */
  readonly elements: readonly Element[];
  /** Why the others are no bars, by their place. */
  readonly faults: ReadonlyMap<number, string>;
  /** How many say only that nothing was traded. */
  readonly blank: number;
  /** All of it, as it came. */
  readonly cells: readonly Cells[];
}

const PRICES = ["open", "high", "low", "close"] as const;
const NAMES = ["timestamp", ...PRICES, "volume", "adjclose"] as const;
/** Seconds of the years that times may lie in. */
const [FIRST_S, LAST_S] = [Date.UTC(1900, 0, 1) / 1000, Date.UTC(2200, 0, 1) / 1000];

/** Reads the columns: what is no bar is named, and what is around it kept. */
export function elementsOf(result: ChartResult): ChartElements {
  const cells = cellsOf(result);
  const elements: Element[] = [];
  const faults = new Map<number, string>();
  let blank = 0;
  for (const [place, here] of cells.entries()) {
    const element = elementOf(here, place);
    if (element) elements.push(element);
    else if (isBlank(here)) blank++;
    else faults.set(place, faultOf(here));
  }
  return { elements, faults, blank, cells };
}

/** The cells of each place, as many as the longest column has. */
function cellsOf({ timestamp, indicators }: ChartResult): Cells[] {
  const quote = indicators?.quote?.[0] ?? {};
  const adjclose = indicators?.adjclose?.[0]?.adjclose;
  const [opens, highs, lows, closes] = PRICES.map((name) => quote[name] ?? []);
  const columns = [timestamp, opens, highs, lows, closes, quote.volume, adjclose];
  const count = Math.max(...columns.map((column) => column?.length ?? 0));
  return Array.from({ length: count }, (_, place) => ({
    timestamp: timestamp?.[place],
    open: opens?.[place],
    high: highs?.[place],
    low: lows?.[place],
    close: closes?.[place],
    // What has no column is not told; what has one that is too short is missing.
    volume: quote.volume ? quote.volume[place] : null,
    adjclose: adjclose ? adjclose[place] : null,
  }));
}

function elementOf(cells: Cells, place: number): Element | undefined {
  const { timestamp: time, open, high, low, close, volume, adjclose } = cells;
  return isTime(time) && isFigure(open) && isFigure(high) && isFigure(low) && isFigure(close) &&
      (volume === null || isFigure(volume)) && (adjclose === null || isFigure(adjclose))
    ? { place, time, open, high, low, close, volume, adjClose: adjclose }
    : undefined;
}

/** Without any figures it says that nothing was traded. */
function isBlank({ timestamp, open, high, low, close }: Cells): boolean {
  return isTime(timestamp) && open === null && high === null && low === null && close === null;
}

function faultOf(cells: Cells): string {
  const { timestamp } = cells;
  if (!isTime(timestamp)) return `timestamp is ${valueText(timestamp)}: no time in seconds`;
  for (const name of NAMES.slice(1)) {
    const value = cells[name];
    const mayBeNull = name === "volume" || name === "adjclose";
    if (isFigure(value) || value === null && mayBeNull) continue;
    const what = value === undefined
      ? "the column is too short"
      : isNumber(value)
      ? "beyond 2^53, where digits are lost"
      : "no number";
    return `${name} is ${valueText(value)}: ${what}`;
  }
  return "is no bar";
}

/** Whether it is a time in seconds that a chart may have. */
export function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= FIRST_S && value < LAST_S;
}

/** Whether it is a number with all the digits that were sent. */
export function isFigure(value: unknown): value is number {
  return isNumber(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
