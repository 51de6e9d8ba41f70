/**
 * Stand-in for jsr:@std/async where JSR can't be reached: delay, deadline and retry, from the npm
 * republication of std.
 * @module
 */
export type { DeadlineOptions } from "./deadline.d.ts";
export type { DelayOptions } from "./delay.d.ts";
export type { RetryOptions } from "./retry.d.ts";
// @ts-types="./deadline.d.ts"
export { deadline } from "deno-std/async/deadline.js";
// @ts-types="./delay.d.ts"
export { delay } from "deno-std/async/delay.js";
// @ts-types="./retry.d.ts"
export { retry, RetryError } from "deno-std/async/retry.js";
