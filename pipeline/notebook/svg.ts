/** A still picture of a plotly figure: for pages that run no scripts, such as a repository's. @module */

/** A number, a day or time as text, or nothing. */
export type Datum = number | string | null;

/** A trace of plotly.js. The picture draws candlestick, bar and scatter (as lines). */
export interface Trace {
  /** Such as candlestick, bar or scatter. */
  readonly type: string;
  /** What the legend calls it. */
  readonly name?: string;
  /** Where, mostly times. */
  readonly x: readonly Datum[];
  /** Values of bars and lines. */
  readonly y?: readonly Datum[];
  /** First prices of candles. */
  readonly open?: readonly Datum[];
  /** Highest prices of candles. */
  readonly high?: readonly Datum[];
  /** Lowest prices of candles. */
  readonly low?: readonly Datum[];
  /** Last prices of candles. */
  readonly close?: readonly Datum[];
  /** The axis, such as "y2". Default: "y". */
  readonly yaxis?: string;
  /** Any other option of plotly.js. */
  readonly [option: string]: unknown;
}

/** The title and any other layout option of plotly.js. */
export interface Layout {
  /** Above the chart. */
  readonly title?: { readonly text: string };
  /** Any other option. */
  readonly [option: string]: unknown;
}

/** A figure of plotly.js. */
export interface Figure {
  /** What is drawn. */
  readonly data: readonly Trace[];
  /** How it is laid out. */
  readonly layout?: Layout;
}

const WIDTH = 900;
const HEIGHT = 420;
const LEFT = 64;
const RIGHT = 20;
const TOP = 48;
const BOTTOM = 36;
const TICKS = 5;
const COLORS = ["#2563a8", "#c8453b", "#0f8a5f", "#8a5fb0", "#b07a1a", "#4d5966"];

/** A vertical panel and what its values map to. */
interface Panel {
  readonly y: (value: number) => number;
  readonly low: number;
  readonly high: number;
}

/** The figure as an SVG document of 900 × 420. */
export function toSvg(figure: Figure): string {
  const xs = figure.data.flatMap((t) => t.x.map(toNumber)).filter(Number.isFinite);
  const [first, last] = [minimum(xs), maximum(xs)];
  const count = Math.max(1, ...figure.data.map((t) => t.x.length));
  const slot = (WIDTH - LEFT - RIGHT) / count;
  const span = last - first || 1;
  const x = (value: Datum) =>
    LEFT + slot / 2 + (toNumber(value) - first) / span * (WIDTH - LEFT - RIGHT - slot);
  const parts = [
    text(WIDTH / 2, 26, figure.layout?.title?.text ?? "", 'text-anchor="middle" font-size="16"'),
  ];
  for (const axis of new Set(figure.data.map((t) => t.yaxis ?? "y"))) {
    const traces = figure.data.filter((t) => (t.yaxis ?? "y") === axis);
    const panel = panelOf(figure, axis, traces);
    parts.push(gridOf(panel, axis === "y" ? TICKS : 2));
    for (const trace of traces) {
      const color = COLORS[figure.data.indexOf(trace) % COLORS.length] ?? "#000";
      parts.push(drawTrace(trace, x, panel, slot * 0.7, color));
    }
  }
  parts.push(timeLabels(figure.data.find((t) => t.x.length > 0)?.x ?? [], x), legendOf(figure));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" ` +
    `font-family="sans-serif" font-size="11" fill="#333"><rect width="100%" height="100%" fill="#fff"/>` +
    `${parts.join("")}</svg>`;
}

function panelOf(figure: Figure, axis: string, traces: readonly Trace[]): Panel {
  const options = figure.layout?.[axis.replace("y", "yaxis")] as { domain?: [number, number] };
  const [from, to] = options?.domain ?? [0, 1];
  const values = traces.flatMap((t) => [...t.y ?? [], ...t.high ?? [], ...t.low ?? []])
    .filter((v) => v !== null).map(Number).filter(Number.isFinite);
  if (values.length === 0 || traces.some((t) => t.type === "bar")) values.push(0);
  const low = minimum(values);
  const high = Math.max(maximum(values), low) || 1;
  const room = HEIGHT - TOP - BOTTOM;
  const y = (value: number) =>
    TOP + room * (1 - from - (to - from) * (value - low) / (high - low || 1));
  return { y, low, high };
}

function drawTrace(
  trace: Trace,
  x: (value: Datum) => number,
  { y, low }: Panel,
  width: number,
  color: string,
): string {
  const at = (values: readonly Datum[] | undefined, i: number) => Number(values?.[i] ?? NaN);
  if (trace.type === "candlestick") {
    return trace.x.map((moment, i) => {
      const [open, close] = [at(trace.open, i), at(trace.close, i)];
      const body = Math.max(1, Math.abs(y(open) - y(close)));
      const fill = close >= open ? "#0f8a5f" : "#c8453b";
      return line(x(moment), y(at(trace.high, i)), x(moment), y(at(trace.low, i)), fill) +
        rect(x(moment) - width / 2, y(Math.max(open, close)), width, body, fill);
    }).join("");
  }
  if (trace.type === "bar") {
    return trace.x.map((moment, i) => {
      const value = at(trace.y, i);
      const top = y(Number.isFinite(value) ? value : low);
      return rect(x(moment) - width / 2, top, width, y(low) - top, "#9aa5b1");
    }).join("");
  }
  const points = trace.x.map((moment, i) => [x(moment), y(at(trace.y, i))] as const)
    .filter((p) => p.every(Number.isFinite)).map((p) => p.map(round).join(","));
  return `<polyline points="${
    points.join(" ")
  }" fill="none" stroke="${color}" stroke-width="1.5"/>`;
}

function gridOf({ y, low, high }: Panel, ticks: number): string {
  return Array.from({ length: ticks }, (_, i) => {
    const value = low + (high - low) * i / Math.max(1, ticks - 1);
    const label = value.toLocaleString("en", { maximumFractionDigits: 2 });
    return line(LEFT, y(value), WIDTH - RIGHT, y(value), "#e3e6ea") +
      text(LEFT - 8, y(value) + 4, label, 'text-anchor="end"');
  }).join("");
}

function timeLabels(values: readonly Datum[], x: (value: Datum) => number): string {
  const step = Math.max(1, Math.floor((values.length - 1) / 3));
  const labels = values.filter((_, i) => i % step === 0).slice(0, 4);
  return labels.map((v, i) => {
    const anchor = i === 0 ? "start" : i === labels.length - 1 ? "end" : "middle";
    const at = i === 0 ? LEFT : i === labels.length - 1 ? WIDTH - RIGHT : x(v);
    return text(at, HEIGHT - 12, String(v), `text-anchor="${anchor}"`);
  }).join("");
}

function legendOf({ data }: Figure): string {
  if (data.some((t) => t.type === "candlestick") || data.length < 2) return "";
  return data.map((t, i) => {
    const color = COLORS[i % COLORS.length] ?? "#000";
    return text(WIDTH - RIGHT, TOP + 14 * i, t.name ?? "", `text-anchor="end" fill="${color}"`);
  }).join("");
}

function text(x: number, y: number, content: string, attributes: string): string {
  const plain = content.replaceAll("&lt;", "<").replaceAll("&amp;", "&");
  const safe = plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${safe}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, color: string): string {
  return `<path d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}" stroke="${color}"/>`;
}

function rect(x: number, y: number, width: number, height: number, color: string): string {
  const [w, h] = [Math.max(0, round(width)), Math.max(0, round(height))];
  return `<rect x="${round(x)}" y="${round(y)}" width="${w}" height="${h}" fill="${color}"/>`;
}

function toNumber(value: Datum): number {
  if (typeof value === "number") return value;
  return value === null
    ? NaN
    : Date.parse(`${value.replace(" ", "T")}${value.includes(":") ? "Z" : ""}`);
}

function minimum(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

function maximum(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
