/** What building models needs to know of the engine it builds on. @module */
import type { Dialect } from "../sql/names.ts";
import type { SqlSession } from "../sql/session.ts";

/** A table of short life. */
export interface Scratch {
  readonly kind: "TEMP TABLE" | "TRANSIENT TABLE";
  readonly name: string;
}

/** An engine. All other statements are the same text on each. */
export interface ModelEngine {
  /** As the command line names it. */
  readonly name: Dialect;
  /** Makes what the models call and the engine does not have. */
  prepare(session: SqlSession): Promise<void>;
  /** Tells the warehouse, once a table is made, what it is searched by. Left out: it finds that. */
  cluster?(
    session: SqlSession,
    model: { readonly relation: string; readonly clusterBy: readonly string[] },
  ): Promise<void>;
  /** The table that takes the new rows of a model, for as long as they are added. */
  scratch(model: { readonly name: string; readonly schema: string }): Scratch;
}
