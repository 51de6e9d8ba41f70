/**
 * Builds the models of a dbt project in a warehouse, from this process.
 * @module
 */
import { identifier, literal } from "../sql/names.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import type { SqlSession } from "../sql/session.ts";
import {
  buildEmpty,
  buildFull,
  buildIncrement,
  buildSeed,
  countRows,
  type Existing,
  hasItsColumns,
  holdsSeed,
  naming,
} from "./build.ts";
import { DUCKDB } from "../duckdb/models.ts";
import type { ModelEngine } from "../warehouse/model_engine.ts";
import { type CheckReport, runChecks } from "./checks.ts";
import { assertContract } from "./contract.ts";
import type { Check, Model } from "./model.ts";
import { Project } from "./project.ts";

export { Project } from "./project.ts";
export type { CheckReport } from "./checks.ts";
export type { Check, Model } from "./model.ts";

/** All tests or none, only the cheap ones, or these and those that only warn. */
export type WantedChecks = boolean | "live" | "live and warnings";

/** What to build, and where. */
export interface TransformOptions {
  /** The folder of the dbt project, or the project: reuse it to build often. */
  readonly project: string | Project;
  /** The connection to build on; nothing else may use it meanwhile. */
  readonly session: SqlSession;
  /**
   * Stands for the database, whose sessions may come and go. Reuse it too: what did not change
   * since its last transform is not built again. Default: the session.
   */
  readonly database?: object;
  /** The engine behind the session. Default: `DUCKDB`. */
  readonly engine?: ModelEngine;
  /** Build all rows again, of the selected models and of all that read them. Default: false. */
  readonly fullRefresh?: boolean;
  /**
   * Look through tables that grow for facts that stand twice, as they may after runs with the
   * variable `moved_within_seconds`, and make them one. Default: false.
   */
  readonly recheck?: boolean;
  /** Names of the models to build. Default: all. */
  readonly select?: readonly string[];
  /** Which tests of the models that were selected are run. Default: true. */
  readonly checks?: WantedChecks;
  /** Called after each model. */
  readonly onModel?: (report: ModelReport) => void;
}

/** What became of a model. */
export interface ModelReport {
  /** Name of the model. */
  readonly name: string;
  /** How it is kept. */
  readonly kind: Model["kind"];
  /** `unchanged`: nothing it reads changed, so it was left alone. */
  readonly action: "built" | "updated" | "unchanged";
  /** Rows written; 0 for a view. */
  readonly rows: number;
  /** Milliseconds that it took. */
  readonly ms: number;
}

/** What a transform did. */
export interface TransformReport {
  /** In the order in which they were built. */
  readonly models: readonly ModelReport[];
  /** All that were run. */
  readonly checks: readonly CheckReport[];
  /** The tests that found faults, but for those that only warn. */
  readonly failed: readonly CheckReport[];
  /** The tests of severity `warn` that found faults. */
  readonly warned: readonly CheckReport[];
  /** False if a model took a slice that may not have been the last: transform again. */
  readonly complete: boolean;
  /** Milliseconds of all. */
  readonly ms: number;
}

/**
 * Builds the models in dependency order, each in a transaction of its own, then runs their tests.
 * Throws what `Project.load` throws, `MODEL_UNKNOWN`, `MODEL_CONTRACT` and `MODEL_FAILED`; a model that fails keeps
 * its old rows, those before it are built, and the next call goes on from there.
 */
export async function transform(options: TransformOptions): Promise<TransformReport> {
  const started = performance.now();
  const { session, database = session, engine = DUCKDB } = options;
  const { fullRefresh = false, recheck = false } = options;
  const project = typeof options.project === "string"
    ? await Project.load(options.project)
    : options.project;
  const selected = selection(project, options.select, fullRefresh);
  const state = await stateOf(project, database, session, engine);
  await noteSources(project, session, state);
  const models: ModelReport[] = [];
  let complete = true;
  for (const model of project.models) {
    if (!selected.has(model.name)) continue;
    const report = await advance(session, engine, state, model, { fullRefresh, recheck });
    if (report.action !== "unchanged") noteChange(project, state, model, report);
    complete &&= !mayHaveLeft(model, report);
    models.push(report);
    options.onModel?.(report);
  }
  const concerned = project.checks.filter((c) =>
    concerns(c, selected) && isWanted(c, options.checks ?? true)
  );
  const checks = await runChecks(session, concerned);
  const found = (warns: boolean) => checks.filter((c) => c.faults > 0 && c.warns === warns);
  const [failed, warned] = [found(false), found(true)];
  return { models, checks, failed, warned, complete, ms: performance.now() - started };
}

/** What is known about a database that nothing else builds models in. */
interface State {
  /** What the database has under `schema.name`. */
  readonly existing: Map<string, Existing>;
  /** Models that keep their contract, and incremental ones whose table has their columns. */
  readonly compared: Set<string>;
  /** Models to build: not built here yet, or something they read changed since. */
  readonly stale: Set<string>;
  /** Views that were made here. */
  readonly viewsMade: Set<string>;
  /** Rows of each source when the models that read it were last marked stale. */
  readonly sourceRows: Map<string, number>;
}

const STATES = new WeakMap<Project, WeakMap<object, State>>();

async function stateOf(
  project: Project,
  database: object,
  session: SqlSession,
  engine: ModelEngine,
): Promise<State> {
  const states = STATES.get(project) ?? new WeakMap<object, State>();
  STATES.set(project, states);
  const known = states.get(database);
  if (known) return known;
  const schemas = [...new Set(project.models.map((m) => identifier(m.schema)))];
  const present = await session.query(
    "SELECT lower(schema_name) FROM information_schema.schemata " +
      "WHERE catalog_name = current_database()",
  );
  // Who may build in a schema may not be allowed to make one.
  const missing = schemas.filter((schema) => !present.rows.some(([name]) => name === schema));
  for (const schema of missing) await session.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await engine.prepare(session);
  const { rows } = await session.query(
    `SELECT lower(table_schema || '.' || table_name), table_type FROM information_schema.tables
WHERE table_catalog = current_database()
  AND lower(table_schema) IN (${schemas.map((s) => literal(s)).join(", ")})`,
  );
  const kindOf = (type: unknown): Existing => type === "VIEW" ? "view" : "table";
  const state = {
    existing: new Map(rows.map(([name, type]) => [String(name), kindOf(type)])),
    compared: new Set<string>(),
    stale: new Set(project.models.map((m) => m.name)),
    viewsMade: new Set<string>(),
    sourceRows: new Map<string, number>(),
  };
  states.set(database, state);
  return state;
}

/** Bronze only grows: a source with as many rows as before has nothing new. */
async function noteSources(project: Project, session: SqlSession, state: State): Promise<void> {
  for (const source of new Set(project.models.flatMap((m) => m.sources))) {
    const rows = await sourceRows(session, source);
    if (state.sourceRows.get(source) === rows) continue;
    for (const model of project.models) {
      if (model.sources.includes(source)) state.stale.add(model.name);
    }
    state.sourceRows.set(source, rows);
  }
}

async function sourceRows(session: SqlSession, source: string): Promise<number> {
  try {
    return await countRows(session, source);
  } catch (cause) {
    throw new TickhouseError("SOURCE_UNREADABLE", messageOf(cause), {
      field: source,
      fix: "make the bronze tables first: `deno task stream` does",
      cause,
    });
  }
}

async function advance(
  session: SqlSession,
  engine: ModelEngine,
  state: State,
  model: Model,
  { fullRefresh, recheck }: { readonly fullRefresh: boolean; readonly recheck: boolean },
): Promise<ModelReport> {
  const started = performance.now();
  const done = (action: ModelReport["action"], rows: number): ModelReport => ({
    name: model.name,
    kind: model.kind,
    action,
    rows,
    ms: performance.now() - started,
  });
  const again = recheck ? model.recheck : undefined;
  if (!fullRefresh && again === undefined && !state.stale.has(model.name)) {
    return done("unchanged", 0);
  }
  const existing = state.existing.get(model.relation);
  if (model.seed) {
    if (!fullRefresh && existing === "table" && await holdsSeed(session, model, model.seed)) {
      state.stale.delete(model.name);
      return done("unchanged", 0);
    }
    return done("built", await buildSeed(session, model, existing, engine.scratch(model)));
  }
  if (!state.compared.has(model.name)) {
    await naming(model, () => assertContract(session, model));
  }
  const grows = !fullRefresh && model.kind === "incremental" && existing === "table";
  // What an earlier version of the model made may have other columns: it is rebuilt.
  if (grows && (state.compared.has(model.name) || await hasItsColumns(session, model))) {
    state.compared.add(model.name);
    return done("updated", await buildIncrement(session, model, engine.scratch(model), again));
  }
  // A view shows what it reads: it is made once a session, to have its latest text.
  if (model.kind === "view" && !fullRefresh && state.viewsMade.has(model.name)) {
    return done("updated", 0);
  }
  if (model.sliced && existing === undefined) {
    await buildEmpty(session, model);
    await naming(model, async () => await engine.cluster?.(session, model));
    return done("built", await buildIncrement(session, model, engine.scratch(model)));
  }
  const rows = await buildFull(session, model, existing);
  if (model.kind !== "view") {
    await naming(model, async () => await engine.cluster?.(session, model));
  }
  return done("built", rows);
}

function noteChange(project: Project, state: State, model: Model, report: ModelReport): void {
  if (!mayHaveLeft(model, report)) state.stale.delete(model.name);
  state.existing.set(model.relation, model.kind === "view" ? "view" : "table");
  state.compared.add(model.name);
  if (model.kind === "view") state.viewsMade.add(model.name);
  const changed = model.kind !== "incremental" || report.action === "built" || report.rows > 0;
  if (!changed) return;
  for (const other of project.models) {
    if (other.refs.includes(model.name)) state.stale.add(other.name);
  }
}

/** Whether the slice it took may not have been the last. */
function mayHaveLeft(model: Model, report: ModelReport): boolean {
  return model.sliced && report.rows > 0;
}

function isWanted(check: Check, wanted: WantedChecks): boolean {
  if (typeof wanted !== "string") return wanted;
  return check.live || (wanted === "live and warnings" && check.warns);
}

/** With full refresh, all that read a selected model belong to it: versions may start again. */
function selection(
  project: Project,
  select: readonly string[] | undefined,
  fullRefresh: boolean,
): Set<string> {
  const names = new Set(project.models.map((m) => m.name));
  const unknown = select?.find((name) => !names.has(name));
  if (unknown !== undefined) {
    throw new TickhouseError("MODEL_UNKNOWN", "there is no such model", {
      field: "select",
      value: unknown,
      fix: `use some of ${[...names].join(", ")}`,
    });
  }
  const selected = new Set(select ?? names);
  if (fullRefresh) {
    for (const model of project.models) {
      if (model.refs.some((ref) => selected.has(ref))) selected.add(model.name);
    }
  }
  return selected;
}

function concerns(check: Check, selected: ReadonlySet<string>): boolean {
  return check.refs.every((ref) => selected.has(ref));
}
