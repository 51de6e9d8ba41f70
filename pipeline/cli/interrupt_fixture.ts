/**
 * A process that takes a minute to drain, for tests. Says "ready", and ends before only when told
 * to at once.
 * @module
 */
import { Interrupt } from "./interrupt.ts";

using interrupt = new Interrupt();
const drained = new Promise<void>((resolve) => {
  interrupt.signal.addEventListener("abort", () => setTimeout(resolve, 60_000));
});
console.log("ready");
const alive = setInterval(() => {}, 1_000);
await drained;
clearInterval(alive);
