// @ts-check
/** @import { Update } from "../wire.ts" */

/** When the browser has given up connecting again, it is asked to after this long. */
const RETRY_MS = 2000;

/**
 * Listens to the server, for good: connects again whenever the stream breaks.
 * @param {(update: Update) => void} onUpdate
 * @param {(connected: boolean) => void} onState
 */
export function listen(onUpdate, onState) {
  const events = new EventSource("/events");
  events.addEventListener("open", () => onState(true));
  events.addEventListener("message", ({ data }) => onUpdate(JSON.parse(data)));
  events.addEventListener("error", () => {
    onState(false);
    if (events.readyState !== EventSource.CLOSED) return;
    setTimeout(() => listen(onUpdate, onState), RETRY_MS);
  });
}
