// @ts-check
/** @import { UTCTimestamp } from "lightweight-charts" */
/** @import { Activity, Bar, CorporateAction } from "../wire.ts" */
import {
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  LineSeries,
} from "lightweight-charts";
import { decimalsOf } from "./format.js";
import { describeAction } from "./marks.js";
import { onThemeChange, readTheme } from "./theme.js";

/** @param {number} seconds */
const at = (seconds) => /** @type {UTCTimestamp} */ (seconds);

function look() {
  const { panel, grid, muted, line, font } = readTheme();
  return {
    layout: {
      background: { color: panel },
      textColor: muted,
      fontFamily: font,
      fontSize: 11,
      // Its inline style would break the page's security policy; the footer names the makers.
      attributionLogo: false,
    },
    grid: { vertLines: { color: grid }, horzLines: { color: grid } },
    crosshair: { mode: 0, vertLine: { color: muted }, horzLine: { color: muted } },
    rightPriceScale: { borderColor: line },
    timeScale: { borderColor: line },
  };
}

/** Candles with their volume below. */
export class CandleChart {
  /** @type {readonly Bar[]} */
  #bars = [];
  /** @type {Map<unknown, Bar>} */
  #byStart = new Map();
  /** @type {ReadonlyMap<number, readonly CorporateAction[]>} */
  #actions = new Map();
  #decimals = -1;

  /**
   * @param {HTMLElement} container
   * @param {(bar: Bar | undefined) => void} onHover The bar under the pointer, or undefined.
   */
  constructor(container, onHover) {
    this.container = container;
    this.chart = createChart(container, { ...look(), autoSize: true });
    this.candles = this.chart.addSeries(CandlestickSeries, { borderVisible: false });
    this.volume = this.chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.markers = createSeriesMarkers(this.candles, []);
    this.candles.priceScale().applyOptions({ scaleMargins: { top: 0.06, bottom: 0.24 } });
    this.volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.chart.subscribeCrosshairMove(({ time }) => {
      onHover(time === undefined ? undefined : this.#byStart.get(time));
    });
    onThemeChange(() => this.#paint());
    this.#paint();
  }

  /**
   * Replaces everything.
   * @param {readonly Bar[]} bars
   * @param {number} length Seconds of a bar.
   */
  show(bars, length) {
    this.chart.timeScale().applyOptions({
      timeVisible: length < 86_400,
      secondsVisible: length < 60,
      rightOffset: 3,
      barSpacing: 8,
      // Decades of days fit.
      minBarSpacing: 0.01,
    });
    this.#setDecimals(bars);
    this.#keep(bars);
    this.candles.setData(bars.map((bar) => candle(bar)));
    this.volume.setData(bars.map((bar) => this.#column(bar)));
    this.chart.priceScale("right").applyOptions({ autoScale: true });
    this.chart.timeScale().scrollToRealTime();
  }

  /**
   * Draws what differs from the bars shown.
   * @param {readonly Bar[]} bars
   */
  update(bars) {
    const newest = this.#bars.at(-1)?.[0] ?? -Infinity;
    const shown = new Map(this.#bars.map((bar) => [bar[0], bar]));
    if (this.#bars.length === 0) this.#setDecimals(bars);
    const starts = new Set(bars.map(([start]) => start));
    const first = bars[0]?.[0] ?? Infinity;
    const lost = this.#bars.some(([start]) => start >= first && !starts.has(start));
    if (lost || bars.some(([start]) => start < newest && !shown.has(start))) {
      // A candle that is no more can't be taken away alone, nor a late one put between others.
      this.candles.setData(bars.map((bar) => candle(bar)));
      this.volume.setData(bars.map((bar) => this.#column(bar)));
      this.#keep(bars);
      return;
    }
    for (const bar of bars) {
      if (String(shown.get(bar[0])) === String(bar)) continue;
      const past = bar[0] < newest;
      this.candles.update(candle(bar), past);
      this.volume.update(this.#column(bar), past);
    }
    this.#keep(bars);
  }

  /** Zooms out to all candles. */
  fit() {
    this.chart.timeScale().fitContent();
  }

  /**
   * Marks splits and dividends; candles that were revised are marked anyway.
   * @param {ReadonlyMap<number, readonly CorporateAction[]>} actions By the start of their candle.
   */
  mark(actions) {
    if (JSON.stringify([...actions]) === JSON.stringify([...this.#actions])) return;
    this.#actions = actions;
    this.#mark();
  }

  #mark() {
    const { accent, flat } = readTheme();
    // Of dividends and revisions only the dots are shown; the legend says what they are.
    const dot =
      /** @type {const} */ ({ position: "belowBar", shape: "circle", size: 0.5, text: "" });
    const events = [...this.#actions].map(([start, actions]) => {
      const split = actions.find(({ action }) => action === "split");
      if (!split) return { time: at(start), color: flat, ...dot };
      const [position, shape] = /** @type {const} */ (["aboveBar", "arrowDown"]);
      return {
        time: at(start),
        color: accent,
        position,
        shape,
        size: 1,
        text: describeAction(split),
      };
    });
    const revised = this.#bars.filter((bar) => bar[7] !== undefined && !this.#actions.has(bar[0]))
      .map(([start]) => ({ time: at(start), color: accent, ...dot }));
    this.markers.setMarkers([...events, ...revised].sort((a, b) => a.time - b.time));
  }

  /** @param {readonly Bar[]} bars */
  #keep(bars) {
    const revisedOf = (/** @type {readonly Bar[]} */ all) =>
      String(all.flatMap((bar) => bar[7] === undefined ? [] : [bar[0]]));
    const changed = revisedOf(bars) !== revisedOf(this.#bars);
    this.#bars = bars;
    if (changed) this.#mark();
    this.#byStart = new Map(bars.map((bar) => [bar[0], bar]));
  }

  /** @param {readonly Bar[]} bars */
  #setDecimals(bars) {
    const last = bars.at(-1);
    // The chart reckons in whole multiples of the last decimal, which end at 2^53.
    const decimals = last && Math.min(15, decimalsOf(last[4]));
    if (decimals === undefined || decimals === this.#decimals) return;
    this.#decimals = decimals;
    const minMove = 10 ** -this.#decimals;
    this.candles.applyOptions({
      priceFormat: { type: "price", precision: this.#decimals, minMove },
    });
  }

  #paint() {
    const { up, down } = readTheme();
    this.chart.applyOptions(look());
    this.candles.applyOptions({
      upColor: up,
      downColor: down,
      wickUpColor: up,
      wickDownColor: down,
    });
    this.volume.setData(this.#bars.map((bar) => this.#column(bar)));
    this.#mark();
  }

  /** @param {Bar} bar */
  #column(bar) {
    const { upSoft, downSoft } = readTheme();
    return { time: at(bar[0]), value: bar[5] ?? 0, color: bar[4] >= bar[1] ? upSoft : downSoft };
  }
}

/** @param {Bar} bar */
function candle([start, open, high, low, close]) {
  return { time: at(start), open, high, low, close };
}

/** Lines over the last two minutes. */
export class LineChart {
  /**
   * @param {HTMLElement} container
   * @param {{ pick: (activity: Activity) => number | null, colour: "accent" | "flat" }[]} lines
   * @param {(value: number) => string} format
   */
  constructor(container, lines, format) {
    this.lines = lines;
    this.chart = createChart(container, {
      ...look(),
      autoSize: true,
      handleScroll: false,
      handleScale: false,
    });
    this.chart.timeScale().applyOptions({ timeVisible: true, secondsVisible: true });
    this.series = lines.map(() =>
      this.chart.addSeries(LineSeries, {
        lineWidth: 2,
        lastValueVisible: false,
        priceLineVisible: false,
        priceFormat: { type: "custom", formatter: format, minMove: 0.01 },
        // A rate or a delay starts at zero, or its height says nothing.
        autoscaleInfoProvider: (/** @type {() => any} */ original) => {
          const info = original();
          return info && { ...info, priceRange: { ...info.priceRange, minValue: 0 } };
        },
      })
    );
    this.chart.priceScale("right").applyOptions({ scaleMargins: { top: 0.12, bottom: 0.04 } });
    onThemeChange(() => this.#paint());
    this.#paint();
  }

  /** @param {readonly Activity[]} activity Oldest first. */
  show(activity) {
    this.lines.forEach(({ pick }, i) => {
      this.series[i]?.setData(activity.flatMap((entry) => {
        const value = pick(entry);
        return value === null ? [] : [{ time: at(entry[0]), value }];
      }));
    });
    this.chart.timeScale().fitContent();
  }

  #paint() {
    const theme = readTheme();
    this.chart.applyOptions(look());
    this.chart.applyOptions({ grid: { vertLines: { visible: false } } });
    this.lines.forEach(({ colour }, i) => this.series[i]?.applyOptions({ color: theme[colour] }));
  }
}
