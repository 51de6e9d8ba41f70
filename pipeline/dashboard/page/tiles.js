// @ts-check
/** @import { Instrument } from "../wire.ts" */
import { formatChange, formatCount, formatPercent, formatPrice, formatShort } from "./format.js";
import { element, setText } from "./theme.js";

/**
 * Change of an instrument against its previous close, or its day's open where there is none.
 * @param {Instrument} instrument
 */
export function changeOf({ lastPrice, previousClose, dayOpen }) {
  const from = previousClose ?? dayOpen;
  const amount = lastPrice - from;
  return {
    amount,
    percent: from > 0 ? 100 * amount / from : null,
    since: previousClose === null ? "since open" : "since close",
  };
}

/** What prices are called that are not of ticks. */
const DATASETS = /** @type {Record<string, string>} */ ({
  quotes: "quotes",
  bars: "bars",
  index_bars: "index bars",
});

/**
 * Where an instrument's prices are from.
 * @param {Pick<Instrument, "dataset" | "source">} instrument
 */
export function placeOf({ dataset, source }) {
  const name = DATASETS[dataset];
  if (name === undefined) return dataset === "ticks" ? source : `${source} ${dataset}`;
  return dataset === "index_bars" ? name : `${source} ${name}`;
}

/** @param {number} change */
export function signClass(change) {
  if (change === 0) return "";
  return change > 0 ? "up" : "down";
}

const NAMES = ["Last", "Change", "Change %", "Day high", "Day low", "Volume", "Trades"];

/** The chosen instrument's name, price and figures. */
export class Tiles {
  /** @type {HTMLElement[]} */
  #values = [];

  constructor() {
    for (const name of NAMES) {
      const cell = document.createElement("div");
      const term = document.createElement("dt");
      const value = document.createElement("dd");
      term.textContent = name;
      value.dataset.tile = name;
      // On a phone the large price above says it already.
      if (name === "Last") cell.className = "repeated";
      cell.append(term, value);
      element("tiles").append(cell);
      this.#values.push(value);
    }
  }

  /** @param {Instrument} instrument */
  show(instrument) {
    const { symbol, name, lastPrice, dayHigh, dayLow, volume, trades, note } = instrument;
    const from = placeOf(instrument);
    const { amount, percent, since } = changeOf(instrument);
    const change = formatChange(amount, lastPrice);
    setText(element("symbol"), symbol);
    setText(element("name"), name === symbol ? from : `${name} · ${from}`);
    setText(element("last"), formatPrice(lastPrice));
    setText(element("move"), `${change} (${formatPercent(percent)}) ${since}`);
    element("move").className = signClass(amount);
    setText(element("note"), note ?? "");
    element("note").hidden = note === null;
    const texts = [
      formatPrice(lastPrice),
      change,
      formatPercent(percent),
      formatPrice(dayHigh),
      formatPrice(dayLow),
      volume === null ? "–" : formatShort(volume),
      trades === null ? "–" : formatCount(trades),
    ];
    this.#values.forEach((value, i) => setText(value, texts[i] ?? ""));
    for (const i of [1, 2]) {
      const value = this.#values[i];
      if (value) value.className = signClass(amount);
    }
    document.title = `${symbol} ${formatPrice(lastPrice)} · tickhouse`;
  }
}
