/** Builds one model in DuckDB, in one transaction. @module */
import { messageOf, TickhouseError } from "../errors.ts";
import type { SqlSession } from "../warehouse/warehouse.ts";
import type { Model } from "./model.ts";

/** What the database has under a model's name. */
export type Existing = "table" | "view" | undefined;

/** Builds all of the model. Returns its rows; 0 for a view. Throws `MODEL_FAILED`. */
export function buildFull(session: SqlSession, model: Model, existing: Existing): Promise<number> {
  const made = model.kind === "view" ? "view" : "table";
  return inTransaction(session, model, async () => {
    if (existing !== undefined && existing !== made) {
      await session.run(`DROP ${existing} ${model.relation}`);
    }
    await session.run(`CREATE OR REPLACE ${made} ${model.relation} AS\n${model.full}`);
    await runHooks(session, model);
    return made === "view" ? 0 : await countRows(session, model.relation);
  });
}

/** Adds what is new: rows with equal unique keys are replaced. Returns the rows that are new. */
export function buildIncrement(session: SqlSession, model: Model): Promise<number> {
  const added = `_new_${model.name}`;
  return inTransaction(session, model, async () => {
    await session.run(`CREATE OR REPLACE TEMP TABLE ${added} AS\n${model.incremental}`);
    const rows = await countRows(session, added);
    if (rows > 0) {
      const same = model.uniqueKey.map((key) => `n.${key} = o.${key}`).join(" AND ");
      await session.run(`DELETE FROM ${model.relation} AS o USING ${added} AS n WHERE ${same}`);
      await session.run(`INSERT INTO ${model.relation} BY NAME SELECT * FROM ${added}`);
      await runHooks(session, model);
    }
    await session.run(`DROP TABLE ${added}`);
    return rows;
  });
}

/** Rows of a relation; DuckDB answers it for a table without reading. */
export async function countRows(session: SqlSession, relation: string): Promise<number> {
  const { rows } = await session.query(`SELECT count(*) FROM ${relation}`);
  return Number(rows[0]?.[0] ?? 0);
}

async function runHooks(session: SqlSession, model: Model): Promise<void> {
  for (const hook of model.postHooks) await session.run(hook);
}

async function inTransaction<T>(
  session: SqlSession,
  model: Model,
  build: () => Promise<T>,
): Promise<T> {
  await session.run("BEGIN");
  try {
    const result = await build();
    await session.run("COMMIT");
    return result;
  } catch (cause) {
    await rollback(session);
    throw new TickhouseError("MODEL_FAILED", messageOf(cause), {
      field: model.file,
      mend: model.kind === "incremental"
        ? "mend the model's SQL; if its columns changed, run with full refresh"
        : "mend the model's SQL",
      cause,
    });
  }
}

/** DuckDB ends some failed transactions by itself; then there is nothing left to roll back. */
async function rollback(session: SqlSession): Promise<void> {
  try {
    await session.run("ROLLBACK");
  } catch (error) {
    if (!/no transaction is active/i.test(messageOf(error))) throw error;
  }
}
