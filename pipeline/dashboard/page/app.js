// @ts-check
/** @import { Arrived, Bar, Candles, Instrument, Interval, Quality } from "../wire.ts" */
/** @import { Second, SymbolSeconds, Update } from "../wire.ts" */
/** @import { LiveStatus } from "../status.ts" */
import { ActivityPanel } from "./activity.js";
import { appendBars, foldSeconds, isPriced } from "./bars.js";
import { CandleChart } from "./chart.js";
import { listen } from "./connection.js";
import { formatClock, formatCount, formatMs, formatPrice, formatShort } from "./format.js";
import { INTERVALS, isDated } from "./intervals.js";
import { describeAction, describeRevisions, placeActions } from "./marks.js";
import { showGaps } from "./gaps.js";
import { showQuality } from "./quality.js";
import { element, setText } from "./theme.js";
import { Tiles } from "./tiles.js";
import { Treemap } from "./treemap.js";
import { showArrived } from "./waiting.js";
import { keyOf, Watchlist } from "./watchlist.js";

/** Candles are read again now and then: late and corrected ticks reach them through the models. */
const REFRESH_MS = 15_000;
/** Seconds of a symbol kept from the stream. */
const RECENT_MAX = 32;
/** Without a new row for this long the feed is called quiet. */
const QUIET_SECONDS = 5;

/** @type {Instrument[]} */
let instruments = [];
/** @type {string | undefined} */
let chosen;
/** @type {Interval | undefined} */
let interval;
/** What the chart shows is made of: closed bars, and seconds that follow them. */
/** @typedef {Omit<Candles, "seconds"> & { seconds: Map<number, Second> }} Shown */
/** @type {Shown | undefined} */
let candles;
/** Where the splits and dividends stand among the candles. */
let marks = placeActions([], [], "1d");
/** @type {Arrived} */
let arrived = { rows: {}, modelled: false, deadLetters: null };
/** @type {Quality} */
let quality = { total: 0, findings: [] };
/**
 * The newest seconds of every symbol: what came while candles were being asked for, and would not
 * be sent again.
 * @type {Map<string, Map<number, Second>>}
 */
const recent = new Map();
let connected = false;
/** @type {string | null} Why the warehouse could not be read just now. */
let problem = null;
/** Counts requests for candles: only the newest answer counts. */
let asked = 0;

const tiles = new Tiles();
const activity = new ActivityPanel();
const watchlist = new Watchlist(choose);
const treemap = new Treemap(choose);
const chart = new CandleChart(element("chart"), (bar) => showLegend(bar ?? allBars().at(-1)));

buildIntervals();
readHash();
listen(onUpdate, (isConnected) => {
  connected = isConnected;
  showState();
});
element("fit").addEventListener("click", () => chart.fit());
setInterval(showState, 1000);
setInterval(() => void loadCandles(false), REFRESH_MS);
addEventListener("hashchange", () => {
  readHash();
  showChosen();
  void loadCandles(true);
});

/** @param {Update} update */
function onUpdate(update) {
  if (update.instruments) instruments = [...update.instruments];
  for (const symbol of update.seconds ?? []) applySeconds(symbol);
  if (update.activity) activity.update(update.activity, update.first === true);
  if (update.problem !== undefined) problem = update.problem;
  if (update.arrived) arrived = update.arrived;
  if (update.arrived || update.instruments) showArrived(arrived, instruments);
  if (update.quality) quality = update.quality;
  if (update.arrived || update.quality) showQuality(quality, arrived.deadLetters);
  if (update.gaps) showGaps(update.gaps);
  showAlert(update.status);
  showStatus(update.status);
  showState();
  if (instruments.length === 0) return;
  document.body.dataset.view = "ready";
  const known = instruments.some((instrument) => keyOf(instrument) === chosen);
  if (!known) chosen = keyOf(/** @type {Instrument} */ (instruments[0]));
  showChosen();
  treemap.update(instruments);
  if (update.first || !known) void loadCandles(!known || candles === undefined);
}

/** @param {LiveStatus} status */
function showAlert({ stalled, failing }) {
  const unread = problem === null ? "" : `The warehouse can't be read: ${problem} Trying again.`;
  const told = [
    ...(stalled === null ? [] : [`Stalled: ${stalled}.`]),
    ...(failing === null ? [] : [`Numbers may be wrong, a test of the models fails: ${failing}.`]),
  ];
  const text = unread || told.join(" ");
  setText(element("problem"), text);
  element("problem").hidden = text === "";
}

/** @param {SymbolSeconds} news */
function applySeconds({ source, symbol, bars }) {
  const newest = bars.filter(isPriced).findLast((bar) => bar[6] > 0);
  instruments = instruments.map((instrument) => {
    const same = instrument.dataset === "ticks" && instrument.source === source &&
      instrument.symbol === symbol;
    // The whole second of the last trade may have been sent before this one of it.
    if (!same || !newest || newest[0] < Math.floor(instrument.lastTime)) return instrument;
    const moved = {
      ...instrument,
      lastPrice: newest[4],
      lastTime: Math.max(instrument.lastTime, newest[0]),
    };
    if (newest[0] < instrument.dayStart || newest[0] >= instrument.dayEnd) return moved;
    return {
      ...moved,
      dayHigh: Math.max(instrument.dayHigh, newest[2]),
      dayLow: Math.min(instrument.dayLow, newest[3]),
    };
  });
  const key = keyOf({ dataset: "ticks", source, symbol });
  const known = [
    ...recent.get(key) ?? [],
    ...bars.map((bar) => /** @type {const} */ ([bar[0], bar])),
  ];
  recent.set(key, new Map(known.filter(([, bar]) => bar[6] > 0).slice(-RECENT_MAX)));
  if (!candles || !interval || key !== chosen) return;
  addSeconds(bars);
  chart.update(allBars());
  describeChart();
}

/**
 * Live seconds join the chosen candles, unless the closed bars hold them already.
 * @param {Iterable<Second>} bars
 */
function addSeconds(bars) {
  if (!candles) return;
  for (const bar of bars) {
    if (bar[0] < candles.from || bar[0] >= (candles.until ?? Infinity)) continue;
    if (bar[6] > 0) candles.seconds.set(bar[0], bar);
    else candles.seconds.delete(bar[0]);
  }
}

/** @returns {Bar[]} */
function allBars() {
  if (!candles || !interval) return [];
  const { bars, seconds, starts } = candles;
  return appendBars(bars, foldSeconds(bars, seconds.values(), interval, starts));
}

/** @param {boolean} reset Whether the view starts again. */
async function loadCandles(reset) {
  const instrument = instruments.find((candidate) => keyOf(candidate) === chosen);
  if (!instrument) return;
  const number = ++asked;
  const { dataset, source, symbol } = instrument;
  const asks = new URLSearchParams({ dataset, source, symbol });
  if (interval) asks.set("interval", interval);
  const response = await fetch(`/candles?${asks}`).catch(() => undefined);
  if (number !== asked) return;
  if (!response?.ok) {
    // The stream of events says what is wrong; when it is over this is asked again.
    setTimeout(() => number === asked && void loadCandles(reset), 1000);
    return;
  }
  const loaded = /** @type {Candles} */ (await response.json());
  if (number !== asked) return;
  candles = { ...loaded, seconds: new Map(loaded.seconds.map((bar) => [bar[0], bar])) };
  // What the instrument does not have is answered with what it has.
  reset ||= interval !== loaded.interval;
  interval = loaded.interval;
  showInterval();
  if (location.hash !== "") writeHash();
  if (dataset === "ticks") addSeconds(recent.get(keyOf(instrument))?.values() ?? []);
  if (reset) chart.show(allBars(), INTERVALS[interval].seconds);
  else chart.update(allBars());
  describeChart();
  requestIdleCallback(() => treemap.load(), { timeout: 500 });
}

function showChosen() {
  const instrument = instruments.find((candidate) => keyOf(candidate) === chosen);
  if (instrument) tiles.show(instrument);
  watchlist.show(instruments, chosen);
}

/** @param {string} key */
function choose(key) {
  if (key === chosen) return;
  // Another dataset starts with its own default.
  if (key.split("/")[0] !== chosen?.split("/")[0]) interval = undefined;
  chosen = key;
  candles = undefined;
  showChosen();
  void loadCandles(true);
  writeHash();
}

/** @param {Interval} name */
function chooseInterval(name) {
  interval = name;
  candles = undefined;
  void loadCandles(true);
  writeHash();
}

function describeChart() {
  const bars = allBars();
  const last = bars.at(-1);
  const box = element("chart");
  marks = placeActions(bars, candles?.actions ?? [], interval ?? "1d");
  chart.mark(marks);
  box.dataset.marks = String([...marks.values()].flat().length);
  const name = interval ? INTERVALS[interval].name : "";
  const symbol = element("symbol").textContent;
  box.dataset.bars = String(bars.length);
  box.dataset.revised = String(bars.filter((bar) => bar[7] !== undefined).length);
  box.dataset.last = String(last?.[4] ?? "");
  element("no-bars").hidden = last !== undefined;
  box.setAttribute(
    "aria-label",
    `Candlestick chart of ${symbol}, candles of ${name}: ${bars.length} candles` +
      (last ? `, last close ${formatPrice(last[4])}` : ""),
  );
  showLegend(last);
}

/** @param {Bar | undefined} bar */
function showLegend(bar) {
  if (!bar) return element("legend").replaceChildren();
  const [start, open, high, low, close, volume, , revisions] = bar;
  const date = new Date(start * 1000).toISOString().slice(0, 10);
  const day = interval !== undefined && isDated(interval);
  const long = interval !== undefined && INTERVALS[interval].seconds >= 900;
  const parts = Object.entries({
    "": day ? date : long ? `${date} ${formatClock(start)}` : formatClock(start),
    O: formatPrice(open, close),
    H: formatPrice(high, close),
    L: formatPrice(low, close),
    C: formatPrice(close),
    V: volume === null ? "–" : formatShort(volume),
  }).flatMap(([name, text]) => {
    const value = document.createElement("b");
    value.textContent = text;
    return [name, value];
  });
  const actions = (marks.get(start) ?? []).map(describeAction);
  const revised = revisions === undefined ? [] : [describeRevisions(revisions)];
  element("legend").replaceChildren(
    ...parts,
    ...[...revised, ...actions].map((text) => ` ${text}`),
  );
}

/** @param {LiveStatus} status */
function showStatus(status) {
  const rate = status.ratePerSecond ?? (isQuiet() ? 0 : activity.rate ?? null);
  const { lagRecords, latencyMsP50: p50, latencyMsP99: p99, source } = status;
  setText(element("rate"), rate === null ? "–" : `${formatCount(rate)}/s`);
  setText(element("lag"), lagRecords === null ? "–" : formatCount(lagRecords));
  const latency = p50 === null || p99 === null ? "–" : `${formatMs(p50)} / ${formatMs(p99)}`;
  setText(element("latency"), latency);
  setText(element("source"), source ?? "");
}

function isQuiet() {
  const newest = activity.newest;
  return newest === undefined || Date.now() / 1000 - newest > QUIET_SECONDS;
}

function showState() {
  const box = element("state");
  const newest = activity.newest;
  const state = !connected ? "reconnecting" : isQuiet() ? "quiet" : "live";
  box.dataset.state = state;
  const since = newest === undefined ? "" : ` since ${formatClock(newest)}`;
  if (isQuiet() && newest !== undefined) setText(element("rate-now"), "0");
  setText(box, { reconnecting: "Reconnecting…", quiet: `Quiet${since}`, live: "Live" }[state]);
}

function buildIntervals() {
  for (const [value, { name }] of Object.entries(INTERVALS)) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "interval", value });
    input.setAttribute("aria-label", name);
    input.addEventListener("change", () => chooseInterval(/** @type {Interval} */ (value)));
    label.append(input, value);
    element("intervals").append(label);
  }
}

function showInterval() {
  const offered = candles?.intervals ?? [];
  for (const input of element("intervals").querySelectorAll("input")) {
    input.checked = input.value === interval;
    const label = /** @type {HTMLElement} */ (input.parentElement);
    label.hidden = !offered.includes(/** @type {Interval} */ (input.value));
  }
}

function writeHash() {
  history.replaceState(null, "", `#${chosen}/${interval ?? ""}`);
}

function readHash() {
  const parts = location.hash.slice(1).split("/");
  if (parts.length !== 4) return;
  chosen = parts.slice(0, 3).join("/");
  const name = parts[3] ?? "";
  if (Object.hasOwn(INTERVALS, name)) interval = /** @type {Interval} */ (name);
}
