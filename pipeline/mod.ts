/**
 * What notebooks and scripts import as `tickhouse`.
 * @module
 */
export { connect, type ConnectOptions } from "./read/connect.ts";
export type { DataFrame, Reader } from "./read/reader.ts";
export type { Bind, Cell, Result } from "./sql/session.ts";
export { datasetNamed, DATASETS } from "./datasets/datasets.ts";
export type { Column, ColumnType, Dataset } from "./datasets/dataset.ts";
export { type Details, type Kind, TickhouseError } from "./errors.ts";
export * from "./notebook/mod.ts";
