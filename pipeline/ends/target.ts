/**
 * The port of a target: a warehouse as the verbs work on it that read no log, `load`, `transform`,
 * `migrate` and `query`.
 * @module
 */
import type { Config } from "../config/config.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { LoadReport, Warehouse } from "../warehouse/warehouse.ts";
import type { Dialect } from "../sql/names.ts";
import type { SqlSession } from "../sql/session.ts";
import type { ObjectStore } from "../store/store.ts";
import type { ModelEngine } from "../warehouse/model_engine.ts";
import type { EndContext } from "./end.ts";

/** A warehouse by its name on the command line. */
export interface Target {
  readonly name: Dialect;
  /** Builds models there. */
  readonly engine: () => Promise<ModelEngine>;
  /** Opens it, its tables made; nothing can be streamed into it. */
  open(context: EndContext): Promise<Warehouse>;
  /** Loads what the lake holds beyond its positions. */
  load(
    context: EndContext,
    store: ObjectStore,
    datasets: readonly Dataset[],
  ): Promise<LoadReport[]>;
  /** Opens a session for migrations; undefined if a dry run has to do without. */
  session(context: EndContext, dryRun: boolean): Promise<SqlSession | undefined>;
  /** The settings that are variables of its migrations too, and who applies them. */
  variables(config: Config): Record<string, string>;
  /** Who applies migrations, for their ledger. */
  appliedBy(config: Config): string;
  /** Throws unless the statement only reads; left out where opening it to be read sees to that. */
  readonly assertReads?: (sql: string) => void;
}

/** For what is opened without a broker: nothing is streamed into it. */
export function nowhere(): Promise<void> {
  return Promise.reject(new TypeError("this warehouse was opened without a broker"));
}
