/** What building models needs to know of the engine it builds on. @module */
import type { SqlSession } from "../warehouse/warehouse.ts";
import type { Model } from "./model.ts";

/** An engine. All other statements are the same text on each. */
export interface Dialect {
  /** As the command line names it. */
  readonly name: "duckdb" | "snowflake";
  /** Makes what the models call and the engine lacks. */
  prepare(session: SqlSession): Promise<void>;
  /** Name of the temporary table for the new rows of a model. */
  scratch(model: Model): string;
}
