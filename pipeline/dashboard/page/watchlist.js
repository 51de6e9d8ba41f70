// @ts-check
/** @import { Instrument } from "../wire.ts" */
import { formatPercent, formatPrice } from "./format.js";
import { element, setText } from "./theme.js";
import { changeOf, placeOf, signClass } from "./tiles.js";

/**
 * Identity of an instrument as one string.
 * @param {{ dataset: string, source: string, symbol: string }} instrument
 */
export function keyOf({ dataset, source, symbol }) {
  return [dataset, source, symbol].map(encodeURIComponent).join("/");
}

/** The list of instruments; one of them is chosen. */
export class Watchlist {
  /** @type {Map<string, HTMLButtonElement>} */
  #rows = new Map();
  #list = element("watchlist");

  /** @param {(key: string) => void} onChoose */
  constructor(onChoose) {
    this.onChoose = onChoose;
  }

  /**
   * @param {readonly Instrument[]} instruments
   * @param {string | undefined} chosen
   */
  show(instruments, chosen) {
    const keys = instruments.map(keyOf);
    if (keys.join() !== [...this.#rows.keys()].join()) this.#build(instruments);
    const several = new Set(instruments.map(placeOf)).size > 1;
    for (const instrument of instruments) {
      const row = this.#rows.get(keyOf(instrument));
      if (row) fill(row, instrument, several, keyOf(instrument) === chosen);
    }
  }

  /** @param {readonly Instrument[]} instruments */
  #build(instruments) {
    const focused = [...this.#rows].find(([, row]) => row === document.activeElement)?.[0];
    this.#rows = new Map(instruments.map((instrument) => {
      const key = keyOf(instrument);
      const row = document.createElement("button");
      row.type = "button";
      for (const part of ["symbol", "last", "name", "percent"]) {
        const span = document.createElement("span");
        span.className = part;
        row.append(span);
      }
      row.addEventListener("click", () => this.onChoose(key));
      return [key, row];
    }));
    this.#list.replaceChildren(...[...this.#rows.values()].map((row) => {
      const item = document.createElement("li");
      item.append(row);
      return item;
    }));
    if (focused) this.#rows.get(focused)?.focus();
  }
}

/**
 * @param {HTMLButtonElement} row
 * @param {Instrument} instrument
 * @param {boolean} several Whether it must be told where the prices are from.
 * @param {boolean} chosen
 */
function fill(row, instrument, several, chosen) {
  const { percent, amount } = changeOf(instrument);
  const texts = [
    instrument.symbol,
    formatPrice(instrument.lastPrice),
    several ? `${instrument.name} · ${placeOf(instrument)}` : instrument.name,
    formatPercent(percent),
  ];
  texts.forEach((text, i) => {
    const cell = row.children[i];
    if (cell instanceof HTMLElement) setText(cell, text);
  });
  const last = row.children[3];
  if (last) last.className = `percent ${signClass(amount)}`;
  row.setAttribute("aria-current", String(chosen));
}
