/** Builds one model: its rows change in one transaction. @module */
import { identifier } from "../sql/names.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { isOutOfMemory } from "../duckdb/engine/errors.ts";
import type { Cell, SqlSession } from "../sql/session.ts";
import { inTransaction } from "../sql/transaction.ts";
import type { Scratch } from "../warehouse/model_engine.ts";
import { typesOf } from "./contract.ts";
import type { Model, Seed } from "./model.ts";

/** What the database has under a model's name. */
export type Existing = "table" | "view" | undefined;

/**
 * Builds all of the model. Returns its rows; 0 for a view. Throws `MODEL_FAILED`. Snowflake commits
 * at each CREATE: there a model that changes from view to table is missing for a moment.
 */
export function buildFull(session: SqlSession, model: Model, existing: Existing): Promise<number> {
  const made = model.kind === "view" ? "view" : "table";
  return replacing(session, model, async () => {
    if (existing !== undefined && existing !== made) {
      await session.run(`DROP ${existing} ${model.relation}`);
    }
    await session.run(`CREATE OR REPLACE ${made} ${model.relation} AS\n${model.full}`);
    await runHooks(session, model);
    return made === "view" ? 0 : await countRows(session, model.relation);
  });
}

/**
 * Makes the table of a seed, by way of the scratch table if one statement can't hold it. Returns its
 * rows. Throws `MODEL_FAILED`.
 */
export async function buildSeed(
  session: SqlSession,
  seed: Model,
  existing: Existing,
  { kind, name: scratch }: Scratch,
): Promise<number> {
  const [first = seed.full, ...others] = seed.seed?.parts ?? [];
  if (others.length === 0) return await buildFull(session, seed, existing);
  await naming(seed, async () => {
    await session.run(`CREATE OR REPLACE ${kind} ${scratch} AS\n${first}`);
    for (const part of others) await session.run(`INSERT INTO ${scratch}\n${part}`);
  });
  const rows = await buildFull(session, { ...seed, full: `select * from ${scratch}` }, existing);
  await session.run(`DROP TABLE ${scratch}`);
  return rows;
}

/** Whether the table holds what the seed does, whoever filled it. Throws `MODEL_FAILED`. */
export function holdsSeed(session: SqlSession, model: Model, seed: Seed): Promise<boolean> {
  return naming(model, async () => {
    const typed = async (relation: string) => {
      const { columns } = await session.query(`SELECT * FROM ${relation} LIMIT 0`);
      return columns.map(({ name, type }) => `${name.toLowerCase()} ${type}`).sort().join();
    };
    if (await typed(`(\n${seed.empty}\n) AS m`) !== await typed(model.relation)) return false;
    if (await countRows(session, model.relation) !== seed.rows.length) return false;
    const texts = seed.columns.map((name) => `CAST(${name} AS varchar)`).join(", ");
    const { rows } = await session.query(`SELECT ${texts} FROM ${model.relation}`);
    const sorted = (all: readonly (readonly Cell[])[]) => all.map((r) => JSON.stringify(r)).sort();
    return sorted(rows).join("\n") === sorted(seed.rows).join("\n");
  });
}

/** Makes the model's table without rows, for increments to fill. Throws `MODEL_FAILED`. */
export function buildEmpty(session: SqlSession, model: Model): Promise<void> {
  return naming(model, async () => {
    const none = `SELECT * FROM (\n${model.full}\n) AS m LIMIT 0`;
    await session.run(`CREATE OR REPLACE table ${model.relation} AS\n${none}`);
  });
}

/**
 * Adds what is new, by way of the scratch table: rows with equal unique keys are replaced. Returns
 * the rows that are new. Throws `MODEL_FAILED`.
 */
export async function buildIncrement(
  session: SqlSession,
  model: Model,
  { kind, name: scratch }: Scratch,
  query: string = model.incremental,
): Promise<number> {
  const { relation, uniqueKey } = model;
  // Outside of the transaction: Snowflake commits at a CREATE. Nobody else writes the model.
  await naming(
    model,
    () => session.run(`CREATE OR REPLACE ${kind} ${scratch} AS\n${query}`),
  );
  const rows = await countRows(session, scratch);
  if (rows === 0) {
    // A hook may go by what stands in other tables.
    await naming(model, () => runHooks(session, model));
  } else {
    const columns = (await columnsOf(session, scratch)).map(identifier).join(", ");
    const same = uniqueKey.map((key) => `n.${key} = ${relation}.${key}`).join(" AND ");
    await replacing(session, model, async () => {
      await session.run(`DELETE FROM ${relation} USING ${scratch} AS n WHERE ${same}`);
      await session.run(`INSERT INTO ${relation} (${columns}) SELECT ${columns} FROM ${scratch}`);
      await runHooks(session, model);
    });
  }
  await session.run(`DROP TABLE ${scratch}`);
  return rows;
}

/** Whether the model's table has the columns that its query gives, of the same types. Throws `MODEL_FAILED`. */
export function hasItsColumns(session: SqlSession, model: Model): Promise<boolean> {
  return naming(model, async () => {
    const typed = async (query: string) =>
      (await typesOf(session, query)).map(({ name, type }) => `${name} ${type}`).sort().join();
    return await typed(model.full) === await typed(`SELECT * FROM ${model.relation}`);
  });
}

/** Names of the columns of a relation, in lower case, as the models write them. */
async function columnsOf(session: SqlSession, relation: string): Promise<string[]> {
  const { columns } = await session.query(`SELECT * FROM ${relation} LIMIT 0`);
  return columns.map(({ name }) => name.toLowerCase());
}

/** Rows of a relation; answered for a table without reading. */
export async function countRows(session: SqlSession, relation: string): Promise<number> {
  const { rows } = await session.query(`SELECT count(*) FROM ${relation}`);
  return Number(rows[0]?.[0] ?? 0);
}

async function runHooks(session: SqlSession, model: Model): Promise<void> {
  for (const hook of model.postHooks) await session.run(hook);
}

function replacing<T>(session: SqlSession, model: Model, build: () => Promise<T>): Promise<T> {
  return naming(model, () => inTransaction(session, build));
}

/** Errors name the model's file. */
export async function naming<T>(model: Model, build: () => Promise<T>): Promise<T> {
  try {
    return await build();
  } catch (cause) {
    // The model is not at fault for a full disk, or a damaged file.
    if (cause instanceof TickhouseError && cause.code !== "OUT_OF_MEMORY") throw cause;
    const memory = isOutOfMemory(cause);
    const message = messageOf(cause instanceof TickhouseError ? cause.cause : cause);
    // DuckDB's own advice follows in further lines, and names no setting of ours.
    throw new TickhouseError("MODEL_FAILED", memory ? message.split("\n")[0] ?? "" : message, {
      field: model.file,
      kind: memory ? "transient" : "terminal",
      fix: memory
        ? "raise TICKHOUSE_MEMORY, or stream with --no-models and run `deno task transform` then"
        : "fix the model's SQL",
      cause,
    });
  }
}
