// @ts-check
/** @import { Instrument } from "../wire.ts" */
import { formatPercent, formatPrice, formatShort } from "./format.js";
import { element, onThemeChange, readTheme, setText } from "./theme.js";
import { changeOf } from "./tiles.js";
import { keyOf } from "./watchlist.js";

const REDRAW_MS = 2000;
/** A tile has its full colour at the least of these that no change exceeds, in percent. */
const SCALES = [0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Sectors and their symbols. plotly.js is 5 MB: it loads when the first candles stand. */
export class Treemap {
  /** @type {any} */
  #plotly;
  #drawn = 0;
  /** @type {readonly Instrument[]} */
  #instruments = [];
  #container = element("treemap");
  #signature = "";

  /** @param {(key: string) => void} onChoose */
  constructor(onChoose) {
    this.onChoose = onChoose;
    onThemeChange(() => this.#draw());
  }

  /** Loads plotly.js; later calls do nothing. */
  load() {
    if (this.#plotly !== undefined) return;
    this.#plotly = null;
    // Where plotly.js finds this sheet, it adds no inline style, which the policy refuses.
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.id = "plotly.js-style-global";
    sheet.className = "no-inline-styles";
    sheet.href = "/vendor/plotly.css";
    const script = document.createElement("script");
    script.src = "/vendor/plotly.js";
    script.addEventListener("load", () => {
      this.#plotly = /** @type {any} */ (globalThis).Plotly;
      this.#draw();
    });
    document.head.append(sheet, script);
  }

  /** @param {readonly Instrument[]} instruments */
  update(instruments) {
    this.#instruments = instruments;
    if (performance.now() - this.#drawn >= REDRAW_MS) this.#draw();
  }

  #draw() {
    if (!this.#plotly || this.#instruments.length === 0) return;
    this.#drawn = performance.now();
    const trace = traceOf(this.#instruments);
    const layout = layoutOf();
    const signature = JSON.stringify([trace, layout]);
    if (signature === this.#signature) return;
    const first = this.#signature === "";
    this.#signature = signature;
    this.#plotly.react(this.#container, [trace], layout, {
      displayModeBar: false,
    });
    if (first) this.#listen();
    this.#container.setAttribute("aria-label", describe(this.#instruments));
    const scale = scaleOf(this.#instruments.map(percentOf));
    const sized = isWeighted(this.#instruments) ? "weight" : "volume";
    setText(element("map-scale"), `size: ${sized} · full colour: ±${scale}%`);
  }

  #listen() {
    const plot = /** @type {any} */ (this.#container);
    new ResizeObserver(() => this.#plotly.Plots.resize(plot)).observe(plot);
    plot.on("plotly_treemapclick", (/** @type {any} */ event) => {
      const id = event.points?.[0]?.id;
      if (this.#instruments.some((instrument) => keyOf(instrument) === id)) this.onChoose(id);
      return false; // No zooming: the map is small enough to be seen whole.
    });
  }
}

/** @param {readonly Instrument[]} instruments */
function traceOf(instruments) {
  const theme = readTheme();
  const sized = isWeighted(instruments);
  const sectors = [...new Set(instruments.map(({ sector }) => sector))].sort();
  const changes = instruments.map(percentOf);
  const full = scaleOf(changes);
  const size = (/** @type {Instrument} */ i) => (sized ? i.weight : i.volume) || 1;
  const tiles = instruments.map((instrument, i) => {
    const percent = changes[i] ?? 0;
    const shown = formatPercent(changeOf(instrument).percent);
    const name = escapeText(instrument.symbol);
    return {
      id: keyOf(instrument),
      parent: `sector:${instrument.sector}`,
      value: size(instrument),
      text: `${name}<br>${shown}`,
      hover: [
        `${name} ${escapeText(instrument.name)}`,
        `${formatPrice(instrument.lastPrice)} (${shown})`,
        `Volume ${instrument.volume === null ? "–" : formatShort(instrument.volume)}`,
      ].join("<br>"),
      colour: mix(
        theme.tileFlat,
        percent >= 0 ? theme.tileUp : theme.tileDown,
        Math.abs(percent) / full,
      ),
    };
  });
  const groups = sectors.map((sector) => ({
    id: `sector:${sector}`,
    parent: "all",
    value: instruments.filter((i) => i.sector === sector).reduce((sum, i) => sum + size(i), 0),
    text: escapeText(sector),
    hover: escapeText(sector),
    colour: theme.panel,
  }));
  const value = groups.reduce((sum, group) => sum + group.value, 0);
  const all = { id: "all", parent: "", value, text: "", hover: "", colour: theme.panel };
  const nodes = [all, ...groups, ...tiles];
  return {
    type: "treemap",
    ids: nodes.map((node) => node.id),
    labels: nodes.map((node) => node.text),
    parents: nodes.map((node) => node.parent),
    values: nodes.map((node) => node.value),
    text: nodes.map((node) => node.text),
    hovertext: nodes.map((node) => node.hover),
    textinfo: "text",
    hoverinfo: "text",
    branchvalues: "total",
    sort: true,
    pathbar: { visible: false },
    tiling: { pad: 2 },
    marker: {
      // The box around all has an empty header, which page.css cuts off.
      colors: nodes.map((node) => node.colour),
      line: { width: 0 },
      pad: { t: 20, l: 0, r: 0, b: 0 },
    },
    textfont: { color: nodes.map((_, i) => i <= groups.length ? theme.muted : "#ffffff") },
  };
}

/** @param {Instrument} instrument */
function percentOf(instrument) {
  return changeOf(instrument).percent ?? 0;
}

function layoutOf() {
  const { font, text, panel, line } = readTheme();
  return {
    margin: { t: 0, l: 0, r: 0, b: 0 },
    paper_bgcolor: panel,
    font: { family: font, size: 12, color: text },
    hoverlabel: {
      bgcolor: panel,
      bordercolor: line,
      font: { family: font, size: 12, color: text },
    },
    uniformtext: { mode: false },
  };
}

/** @param {readonly Instrument[]} instruments */
function isWeighted(instruments) {
  return instruments.every(({ weight }) => weight !== null);
}

/** @param {readonly number[]} changes Percent. */
function scaleOf(changes) {
  const largest = Math.max(...changes.map(Math.abs));
  return SCALES.find((scale) => scale >= largest) ?? SCALES.at(-1) ?? 1;
}

/** @param {readonly Instrument[]} instruments */
function describe(instruments) {
  const parts = instruments.map((instrument) =>
    `${instrument.symbol} ${formatPercent(changeOf(instrument).percent)}`
  );
  return `Treemap of ${instruments.length} instruments by sector: ${parts.slice(0, 30).join(", ")}`;
}

/**
 * plotly.js reads a little HTML in its texts; a symbol is untrusted.
 * @param {string} text
 */
export function escapeText(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * A colour between two of the form #rrggbb.
 * @param {string} from
 * @param {string} to
 * @param {number} share 0 to 1
 */
export function mix(from, to, share) {
  const channel = (/** @type {string} */ hex, /** @type {number} */ i) =>
    parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  const part = Math.min(1, Math.max(0, share));
  const hex = [0, 1, 2].map((i) => {
    const value = channel(from, i) + (channel(to, i) - channel(from, i)) * part;
    return Math.round(value).toString(16).padStart(2, "0");
  });
  return `#${hex.join("")}`;
}
