/**
 * Stand-in for jsr:@std/csv where JSR can't be reached: the same functions, from the npm
 * republication of std.
 * @module
 */
// @ts-types="./csv.d.ts"
export { CsvParseStream, parse, stringify } from "deno-std/csv/mod.js";
