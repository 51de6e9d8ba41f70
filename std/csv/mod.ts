/**
 * Stand-in for jsr:@std/csv where JSR can't be reached: the same functions, from the npm
 * republication of std.
 * @module
 */
export type { ParseOptions, StringifyOptions } from "./csv.d.ts";
// @ts-types="./csv.d.ts"
export { CsvParseStream, parse, stringify } from "deno-std/csv/mod.js";
