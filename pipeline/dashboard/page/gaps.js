// @ts-check
/** @import { OpenGaps } from "../wire.ts" */
import { formatCount } from "./format.js";
import { element, setText } from "./theme.js";

/**
 * What providers did not give yet; nothing where there is none of it.
 * @param {OpenGaps} gaps
 */
export function showGaps({ total, newest }) {
  element("gaps").hidden = total === 0;
  setText(element("gaps-now"), `${formatCount(total)} open`);
  element("gaps-list").replaceChildren(...newest.map((gap) => {
    const item = document.createElement("li");
    const head = document.createElement("strong");
    head.textContent = `${gap.symbol} ${gap.interval}`;
    item.append(head, ` ${minute(gap.from)} to ${minute(gap.to)}: ${gap.reason}`);
    item.title = [gap.provider, ...(gap.detail === null ? [] : [gap.detail])].join(": ");
    return item;
  }));
}

/** @param {number} second */
function minute(second) {
  return new Date(second * 1000).toISOString().slice(0, 16).replace("T", " ");
}
