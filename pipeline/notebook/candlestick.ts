/** Candlesticks of what streams in. @module */
import { messageOf, TickhouseError } from "../errors.ts";
import type { Bind, Cell } from "../sql/session.ts";
import { Chart, type PlotOptions } from "./chart.ts";
import CANDLES from "./candles.sql" with { type: "text" };
import INTERVALS from "./intervals.sql" with { type: "text" };
import SYMBOLS from "./symbols.sql" with { type: "text" };

/** One candle as `gold.gold_candlestick` has it. Decimals may be text. */
export interface Candle {
  /** Start of the candle, UTC. */
  readonly open_time: Cell;
  /** First price. */
  readonly open: Cell;
  /** Highest price. */
  readonly high: Cell;
  /** Lowest price. */
  readonly low: Cell;
  /** Last price. */
  readonly close: Cell;
  /** Quantity traded. */
  readonly volume?: Cell;
}

/** What `candlestick` needs of a reader: `connect()` gives one. */
export interface Rows {
  /** Runs one statement and returns its rows by column name. */
  rows<T>(sql: string, binds?: readonly Bind[]): Promise<T[]>;
}

/** Options of `candlestick`. */
export interface CandlestickOptions extends PlotOptions {
  /**
   * Length of a candle: 1s, 1m, 5m, 1h, 1d, 1wk or 1mo, or what the feed's bars have. Default: 1m once
   * there are 20 of them, else 1s; of what has neither, 1d, or the shortest there is.
   */
  readonly interval?: string;
  /** How many candles at the most, the newest. Default: 120. */
  readonly count?: number;
  /**
   * What the candles are made of: ticks, quotes, bars or index_bars. Default: the first of these that
   * has such candles.
   */
  readonly dataset?: string;
}

const UP = "#0f8a5f";
const DOWN = "#c8453b";
/** Fewer minutes than this are better looked at in seconds. */
const FEW = 20;
/** What is taken first. */
const DATASETS = ["ticks", "quotes", "bars", "index_bars"];
/** From the shortest to the longest. */
const LENGTHS = ["1s", "1m", "2m", "5m", "15m", "30m", "1h", "4h", "1d", "1wk", "1mo"];

/** Candles of one length that there are of a symbol. */
interface Kind {
  readonly dataset: string;
  readonly bar_interval: string;
  readonly candles: number;
}

/**
 * Candles and volume of a symbol: of a reader's newest, or of rows that you have. Throws
 * `CANDLES_MISSING` if there are none, and names the symbols or the lengths that there are.
 *
 * ```ts
 * import { candlestick } from "./candlestick.ts";
 * const candles = [{ open_time: "2024-01-02", open: 1, high: 3, low: 1, close: 2, volume: 10 }];
 * const chart = await candlestick(candles, "AAPL");
 * if (chart.figure.data.length !== 2) throw new Error("candles and volume");
 * ```
 */
export async function candlestick(
  from: Rows | readonly Candle[],
  symbol: string,
  options: CandlestickOptions = {},
): Promise<Chart> {
  const { candles, interval } = "rows" in from
    ? await newest(from, symbol, options)
    : { candles: from, interval: options.interval };
  if (candles.length === 0) throw await missing(from, symbol, options);
  const numbers = (name: keyof Candle) =>
    candles.map((c) => c[name] == null ? null : Number(c[name]));
  const x = candles.map((c) => String(c.open_time).replace(/\.0+$/, ""));
  const [open, high, low, close] = [
    numbers("open"),
    numbers("high"),
    numbers("low"),
    numbers("close"),
  ];
  const colors = close.map((price, i) => (price ?? 0) >= (open[i] ?? 0) ? UP : DOWN);
  // Plotly reads some HTML in titles, and a symbol is untrusted text.
  const title = symbol.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return new Chart({
    data: [
      {
        type: "candlestick",
        name: "price",
        x,
        open,
        high,
        low,
        close,
        increasing: { line: { color: UP } },
        decreasing: { line: { color: DOWN } },
      },
      {
        type: "bar",
        name: "volume",
        x,
        y: numbers("volume"),
        yaxis: "y2",
        marker: { color: colors },
      },
    ],
    layout: {
      title: { text: interval ? `${title}, ${interval} candles` : title },
      showlegend: false,
      height: 420,
      margin: { l: 60, r: 20, t: 50, b: 40 },
      xaxis: { type: "date", anchor: "y2", rangeslider: { visible: false } },
      yaxis: { title: { text: "price" }, domain: [0.25, 1] },
      yaxis2: { title: { text: "volume" }, domain: [0, 0.18] },
    },
  }, options);
}

async function newest(reader: Rows, symbol: string, options: CandlestickOptions) {
  const { count = 120 } = options;
  if (!Number.isInteger(count) || count < 1) {
    throw new TickhouseError("OPTION_INVALID", "not a number of candles", {
      field: "count",
      value: count,
      fix: "give a whole number from 1 on",
    });
  }
  const kind = chosen(await kindsOf(reader, symbol), options);
  const interval = kind?.bar_interval ?? options.interval;
  if (!kind) return { candles: [], interval };
  const candles = await reader.rows<Candle>(
    CANDLES,
    [...Array(2).fill([symbol, kind.bar_interval, kind.dataset]).flat(), count],
  );
  return { candles, interval };
}

/** What is drawn of the kinds that there are. */
function chosen(
  kinds: readonly Kind[],
  { interval, dataset }: CandlestickOptions,
): Kind | undefined {
  const suiting = kinds.filter((kind) =>
    (dataset ?? kind.dataset) === kind.dataset && (interval ?? kind.bar_interval) ===
      kind.bar_interval
  );
  const place = (kind: Kind) => DATASETS.indexOf(kind.dataset);
  const first = suiting.toSorted((a, b) => place(a) - place(b))[0]?.dataset;
  const of = (length: string) =>
    suiting.find((kind) => kind.dataset === first && kind.bar_interval === length);
  const [seconds, minutes] = [of("1s"), of("1m")];
  if (seconds && seconds.candles > (minutes?.candles ?? 0) && (minutes?.candles ?? 0) < FEW) {
    return seconds;
  }
  return minutes ?? of("1d") ?? LENGTHS.map(of).find((kind) => kind !== undefined);
}

/** All kinds of candles of a symbol, those of several sources as one. */
async function kindsOf(reader: Rows, symbol: string): Promise<Kind[]> {
  try {
    const rows = await reader.rows<Kind>(INTERVALS, [symbol]);
    const kinds = Map.groupBy(rows, (row) => JSON.stringify([row.dataset, row.bar_interval]));
    return Array.from(kinds.values(), ([first, ...rest]) => ({
      dataset: first?.dataset ?? "",
      bar_interval: first?.bar_interval ?? "",
      candles: Math.max(...[first, ...rest].map((row) => Number(row?.candles ?? 0))),
    }));
  } catch (cause) {
    if (!/gold_candlestick/.test(messageOf(cause))) throw cause;
    throw new TickhouseError("MODELS_MISSING", "the candles are not built yet", {
      field: "table",
      value: "gold.gold_candlestick",
      fix: "wait some seconds after the start of a stream, or run `deno task transform`",
      cause,
    });
  }
}

async function missing(
  from: Rows | readonly Candle[],
  symbol: string,
  options: CandlestickOptions,
): Promise<TickhouseError> {
  const kinds = "rows" in from ? await kindsOf(from, symbol) : [];
  if (kinds.length > 0) {
    const isOther = options.dataset !== undefined &&
      !kinds.some(({ dataset }) => dataset === options.dataset);
    return new TickhouseError("CANDLES_MISSING", `${symbol} has no such candles`, {
      field: isOther ? "dataset" : "interval",
      value: isOther ? options.dataset : options.interval,
      fix: `there are ${describe(kinds)}`,
    });
  }
  const known = "rows" in from ? await from.rows<{ symbol: string }>(SYMBOLS) : [];
  return new TickhouseError("CANDLES_MISSING", "there are no such candles of it", {
    field: "symbol",
    value: symbol,
    fix: known.length > 0
      ? `there are candles of ${known.map((k) => k.symbol).join(", ")}`
      : "stream some ticks first, such as by `deno task demo`, or ingest a file",
  });
}

/** Such as "1d, 1wk, 1mo of bars; 1s of ticks". */
function describe(kinds: readonly Kind[]): string {
  return DATASETS.map((dataset) => {
    const lengths = kinds.filter((kind) => kind.dataset === dataset)
      .map((kind) => kind.bar_interval)
      .sort((a, b) => LENGTHS.indexOf(a) - LENGTHS.indexOf(b));
    return lengths.length === 0 ? "" : `${lengths.join(", ")} of ${dataset}`;
  }).filter((part) => part !== "").join("; ");
}
