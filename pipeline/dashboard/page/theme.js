// @ts-check

/** The colours of page.css as they are now, for what draws by itself. */
export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  /** @param {string} name */
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    panel: read("panel"),
    line: read("line"),
    grid: read("grid"),
    text: read("text"),
    muted: read("muted"),
    accent: read("accent"),
    up: read("up-fill"),
    down: read("down-fill"),
    upSoft: read("up-soft"),
    downSoft: read("down-soft"),
    flat: read("flat"),
    tileUp: read("tile-up"),
    tileDown: read("tile-down"),
    tileFlat: read("tile-flat"),
    font: getComputedStyle(document.body).fontFamily,
  };
}

/**
 * Calls back when the reader's system turns dark or light.
 * @param {() => void} repaint
 */
export function onThemeChange(repaint) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
}

/**
 * An element of the page.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * Sets text only where it differs: no layout for nothing.
 * @param {HTMLElement} target
 * @param {string} text
 */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
