/** What a project is made of once its templates are rendered. @module */

/** The rows of a CSV file. */
export interface Seed {
  /** The query for its columns, without a row. */
  readonly empty: string;
  /** The queries that give its rows, in parts that fit a statement; at least one. */
  readonly parts: readonly string[];
  /** Names of its columns. */
  readonly columns: readonly string[];
  /** Its cells as SQL writes values of their types as text. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A column as a contract describes it. */
export interface ColumnPromise {
  /** As the model's query names it. */
  readonly name: string;
  /** As SQL writes it, such as `decimal(18, 8)`. */
  readonly type: string;
}

/** A model, or a seed: a CSV file that is a table. Ready to be built. */
export interface Model {
  /** Name of the file without its ending. */
  readonly name: string;
  /** Path from the project's folder. */
  readonly file: string;
  /** The schema that it is built in. */
  readonly schema: string;
  /** `schema.name`. */
  readonly relation: string;
  /** How it is kept. */
  readonly kind: "seed" | "view" | "table" | "incremental";
  /** Whether a run takes only some of what is new: it is run until nothing is. */
  readonly sliced: boolean;
  /** Columns whose values name the rows that an incremental run replaces. */
  readonly uniqueKey: readonly string[];
  /** Expressions that a warehouse without indexes sorts the table's blocks by; none: as it comes. */
  readonly clusterBy: readonly string[];
  /** The query that builds all of it. */
  readonly full: string;
  /** The query for what is new; the same as `full` unless the model is incremental. */
  readonly incremental: string;
  /** The columns that it promises, in their order; only of models whose contract is enforced. */
  readonly contract?: readonly ColumnPromise[];
  /** As `incremental`, and facts that stand twice become one; only of models that can have such. */
  readonly recheck?: string;
  /** What a seed holds; only of seeds. */
  readonly seed?: Seed;
  /** Statements that follow in the same transaction. */
  readonly postHooks: readonly string[];
  /** Names of the models it reads. */
  readonly refs: readonly string[];
  /** Tables of sources it reads, as `schema.table`. */
  readonly sources: readonly string[];
}

/** A test: a query that returns a row for each fault. */
export interface Check {
  /** Such as `not_null_gold_kpi_symbol`, or the name of the file. */
  readonly name: string;
  /** The file it is written in. */
  readonly file: string;
  readonly sql: string;
  /** Faults are a warning, and fail nothing. */
  readonly warns: boolean;
  /** Cheap enough to run beside a stream: tagged `live`. */
  readonly live: boolean;
  /** Names of the models it reads; none for a test of a source. */
  readonly refs: readonly string[];
  /** Where each row is judged by itself: of which relation, and when it is a fault. */
  readonly rows?: { readonly relation: string; readonly fault: string };
}
