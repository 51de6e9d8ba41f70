/**
 * A process that takes a minute to drain, for tests. Says "ready", and ends before only when told
 * to at once. With the argument `busy`, it does not look at signals meanwhile.
 * @module
 */
import { delay } from "@std/async";
import { Interrupt, ONE_PRESS_MS } from "./interrupt.ts";

using interrupt = new Interrupt();
const drained = new Promise<void>((resolve) => {
  interrupt.signal.addEventListener("abort", () => setTimeout(resolve, 60_000));
});
console.log("ready");
const alive = setInterval(() => {}, 1_000);
if (Deno.args[0] === "busy") {
  await new Promise((resolve) => interrupt.signal.addEventListener("abort", resolve));
  await delay(ONE_PRESS_MS + 100);
  console.log("busy");
  const until = performance.now() + 60_000;
  while (performance.now() < until);
}
await drained;
clearInterval(alive);
