/** How figures are written into the table. @module */
import { number } from "tickhouse/console.ts";
import type { Figures } from "./rig.ts";

/** A line of the table. */
export type Row = readonly [what: string, measured: string, beside: string, aim: string];

/** Runs scenarios by name, and makes rows of their figures. */
export type Scenario = (run: (name: string) => Promise<Figures>) => Promise<Row[]>;

/** Memory. */
export const MIB = (value = NaN) => `${number(value)} MiB`;
/** A time. */
export const MS = (value = NaN) => `${number(value, 1)} ms`;
/** A rate. */
export const PER_S = (value = NaN) => `${number(value)}/s`;
/** Processor time a record. */
export const US = (value = NaN) => `${number(value, 2)} µs`;
/** A ratio. */
export const TIMES = (a = NaN, b = NaN) => `${number(a / b, 2)} ×`;
