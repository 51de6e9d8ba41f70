// @ts-check
/** @import { Arrived, Instrument } from "../wire.ts" */
import { formatCount } from "./format.js";
import { element, setText } from "./theme.js";

/** What a reader calls the rows of a dataset. */
const NAMES = /** @type {Record<string, string>} */ ({
  ticks: "ticks",
  quotes: "quotes",
  bars: "bars",
  index_bars: "index bars",
});
const BUILD =
  "`deno task transform` builds the models; beside a stream they are built by themselves.";

/**
 * What there is instead of candles, in the place of them, and below the list where there are some.
 * @param {Arrived} arrived
 * @param {readonly Instrument[]} instruments
 */
export function showArrived(arrived, instruments) {
  const { title, text } = describeWaiting(arrived);
  setText(element("waiting-title"), title);
  setText(element("waiting-text"), text);
  const letters = describeDeadLetters(arrived);
  setText(element("waiting-letters"), letters);
  const shown = new Set(instruments.map(({ dataset }) => dataset));
  const rows = Object.entries(arrived.rows).filter(([dataset]) => !shown.has(dataset));
  const missing = rows.length === 0 ? "" : `Not shown: ${list(rows)} have no candles yet. ${BUILD}`;
  const pending = element("pending");
  setText(pending, [missing, letters].filter((part) => part !== "").join(" "));
  pending.hidden = pending.textContent === "";
  const { ticks = 0, bars: ownBars = 0, index_bars: indexBars = 0 } = arrived.rows;
  const bars = ownBars + indexBars;
  setText(element("ticks"), ticks === 0 ? "–" : formatCount(ticks));
  element("ticks-total").hidden = ticks === 0 && bars > 0;
  setText(element("bars"), formatCount(bars));
  element("bars-total").hidden = bars === 0;
}

/**
 * @param {Arrived} arrived
 * @returns {{ title: string, text: string }}
 */
export function describeWaiting({ rows, modelled }) {
  const arrived = Object.entries(rows);
  if (arrived.length === 0) {
    return {
      title: "Waiting for the first record…",
      text:
        "No ticks, quotes or bars have reached the warehouse yet. Candles appear here as soon " +
        "as they do.",
    };
  }
  const absent = Object.keys(NAMES).filter((name) => !(name in rows)).map((name) => NAMES[name]);
  const others = absent.length === 0 ? "" : ` There are no ${absent.join(", no ")}.`;
  return modelled
    ? {
      title: "There are no candles",
      text:
        `The warehouse holds ${list(arrived)}, and the models have made no candle of them: they ` +
        `came after the models ran, or were taken back.${others} ${BUILD}`,
    }
    : {
      title: "The models have not been built yet",
      text: `The warehouse holds ${list(arrived)}.${others} ${BUILD}`,
    };
}

/** @param {Arrived} arrived */
export function describeDeadLetters({ deadLetters }) {
  if (!deadLetters) return "";
  const records = deadLetters === 1 ? "1 record was" : `${formatCount(deadLetters)} records were`;
  return `${records} refused: dead letters in the log keep them with their reasons, see ` +
    "`deno task dead`.";
}

/** @param {readonly (readonly [string, number])[]} rows */
function list(rows) {
  return rows.map(([dataset, count]) => `${formatCount(count)} ${NAMES[dataset] ?? dataset}`)
    .join(", ");
}
