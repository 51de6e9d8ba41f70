// @ts-check
/** @import { Quality } from "../wire.ts" */
import { formatCount } from "./format.js";
import { element, setText } from "./theme.js";

/**
 * What the quality rules mark, and how many records were refused; nothing where there is neither.
 * @param {Quality} quality
 * @param {number | null} refused
 */
export function showQuality({ total, findings }, refused) {
  element("quality").hidden = total === 0 && (refused ?? 0) === 0;
  setText(element("quality-now"), describe(total, refused));
  element("quality-list").replaceChildren(...findings.map((one) => {
    const item = document.createElement("li");
    const head = document.createElement("strong");
    head.textContent = `${one.symbol} ${one.rule.replace("_", " ")}`;
    const time = new Date(one.time * 1000).toISOString().slice(0, 16).replace("T", " ");
    item.append(head, ` ${time}: ${one.detail}`);
    item.title = one.source;
    return item;
  }));
}

/**
 * @param {number} total
 * @param {number | null} refused
 */
function describe(total, refused) {
  const marked = `${formatCount(total)} marked`;
  return (refused ?? 0) > 0 ? `${marked}, ${formatCount(refused ?? 0)} refused` : marked;
}
