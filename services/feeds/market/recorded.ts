/**
 * Real daily bars, as they were published.
 * @module
 */
import { gunzipSync } from "node:zlib";
import { dayOf } from "./calendar.ts";

/** A day as it was traded, prices as they were. */
export interface RecordedBar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** The days of one instrument. */
export interface Recorded {
  readonly bars: ReadonlyMap<number, RecordedBar>;
  readonly firstDay: number;
  readonly lastDay: number;
}

const FILE = new URL("../../../data/stocks_daily.csv.gz", import.meta.url);
let all: Map<string, Recorded> | undefined;

/** All that is recorded, by instrument; read once. */
export function recordedBars(): ReadonlyMap<string, Recorded> {
  return all ??= read();
}

function read(): Map<string, Recorded> {
  const text = new TextDecoder().decode(gunzipSync(Deno.readFileSync(FILE)));
  const days = new Map<string, Map<number, RecordedBar>>();
  for (const line of text.split("\n").slice(1)) {
    const [symbol = "", date = "", ...cells] = line.split(",");
    const [open = 0, high = 0, low = 0, close = 0, volume = 0] = cells.map(Number);
    if (symbol === "") continue;
    const bars = days.get(symbol) ?? new Map<number, RecordedBar>();
    days.set(symbol, bars);
    bars.set(dayOf(date), { open, high, low, close, volume });
  }
  return new Map([...days].map(([symbol, bars]) => {
    const known = [...bars.keys()];
    return [symbol, { bars, firstDay: Math.min(...known), lastDay: Math.max(...known) }];
  }));
}
