/**
 * Stand-in for jsr:@std/assert where JSR can't be reached: the same functions, from the npm
 * republication of std, with the signatures of those that tickhouse uses.
 * @module
 */
// @ts-types="./assert.d.ts"
export * from "deno-std/assert/mod.js";
