/**
 * What notebooks and scripts import as `tickhouse`.
 * @module
 */
export { connect, type ConnectOptions } from "./read/connect.ts";
export type { DataFrame, Reader } from "./read/reader.ts";
export type { Bind, Cell, Result } from "./sql/session.ts";
export { doctor, open, type OpenOptions } from "./house/open.ts";
export type { House } from "./house/house.ts";
export type { Run, RunOptions, RunProgress } from "./house/run.ts";
export type { RunReport } from "./house/run_report.ts";
export type { Feed, IngestOptions, StreamOptions } from "./house/feeds.ts";
export { quoteSimulator, simulator } from "./source/simulator/entry.ts";
export { alphavantage } from "./source/alphavantage/entry.ts";
export { finnhub, finnhubCandles, finnhubQuotes } from "./source/finnhub/entry.ts";
export { yahoo } from "./source/yahoo/entry.ts";
export { topic } from "./source/topic/entry.ts";
export { csv } from "./source/csv/entry.ts";
export { datasetNamed, DATASETS } from "./datasets/datasets.ts";
export type { Column, ColumnType, Dataset } from "./datasets/dataset.ts";
export { ERROR_CODES } from "./error_codes.ts";
export { type Details, type Kind, TickhouseError } from "./errors.ts";
export * from "./notebook/mod.ts";
export type * from "./types.ts";
