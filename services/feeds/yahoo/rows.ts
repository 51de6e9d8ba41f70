/**
 * Rows of a chart as columns, with what Yahoo does to them.
 * @module
 */
import type { FeedInstrument } from "../market/instruments.ts";
import { uniformAt } from "../market/random.ts";
import type { World } from "../world/world.ts";
import type { Asked } from "./range.ts";

/** One row before it is put into columns. */
export interface Row {
  readonly startMs: number;
  readonly day: number;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number | null;
  readonly adjclose: number | null;
  readonly volume: number | null;
  /** It has not ended. */
  readonly running?: boolean;
}

const JITTER = 4e-7;
let calls = 0;

/** The columns. */
export function distort(
  { quirks, seed }: World,
  { symbol }: FeedInstrument,
  asked: Asked,
  rows: readonly Row[],
) {
  const jitter = quirks.take("yahoo.jitter", { symbol });
  const call = jitter ? ++calls : 0;
  const shown = rows.map((row): Row => {
    const place = Math.floor(row.startMs / 1000);
    if (quirks.take("yahoo.nulls", { symbol, place })) {
      const none = { open: null, high: null, low: null, close: null, adjclose: null };
      return { ...row, ...none, volume: null };
    }
    if (!jitter) return row;
    const by = 1 + JITTER * (2 * uniformAt(seed, call, place) - 1);
    const shaken = (value: number | null) => value === null ? null : value * by;
    const { open, high, low, close, adjclose } = row;
    const prices = {
      open: shaken(open),
      high: shaken(high),
      low: shaken(low),
      close: shaken(close),
    };
    return { ...row, ...prices, adjclose: shaken(adjclose) };
  });
  const column = <K extends keyof Row>(name: K) => shown.map((row) => row[name]);
  const short = quirks.take("yahoo.unequal_lengths", { symbol }) ? -1 : undefined;
  const missing = quirks.take("yahoo.no_timestamps", { symbol });
  return {
    timestamp: missing ? {} : { timestamp: shown.map(({ startMs }) => startMs / 1000) },
    quote: {
      open: column("open"),
      high: column("high"),
      low: column("low"),
      close: column("close").slice(0, short),
      volume: column("volume"),
    },
    adjclose: asked.interval in { "1d": 1, "5d": 1, "1wk": 1, "1mo": 1, "3mo": 1 }
      ? column("adjclose")
      : [],
  };
}
