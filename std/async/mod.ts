/**
 * Stand-in for jsr:@std/async where JSR can't be reached: delay and retry, from the npm
 * republication of std.
 * @module
 */
// @ts-types="./async.d.ts"
export { deadline, delay, retry, RetryError } from "deno-std/async/mod.js";
