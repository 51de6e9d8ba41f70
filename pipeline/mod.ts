/**
 * What notebooks and scripts import as `tickhouse`.
 * @module
 */
export { connect, type ConnectOptions } from "./read/connect.ts";
export type { Reader } from "./read/reader.ts";
export type { Bind, Cell, Result } from "./warehouse/warehouse.ts";
export { datasetNamed, DATASETS } from "./datasets/datasets.ts";
export type { Column, ColumnType, Dataset } from "./datasets/dataset.ts";
export { TickhouseError } from "./errors.ts";
export * from "./notebook/mod.ts";
