/** Brings the tables of a database to what this version knows. @module */
import { TickhouseError } from "../errors.ts";
import { type Engine, guarded, inSchema } from "./engine.ts";
import { migrationsIn } from "./migrations.ts";

/**
 * Applies what is missing, also where several processes start at once; returns the last step. Throws
 * `METADATA_NEWER` where a newer tickhouse made the tables, and leaves them alone.
 */
export async function prepare(engine: Engine): Promise<string> {
  const known = Object.keys(migrationsIn(engine.schema)).sort();
  if (!isUpToDate(engine, known, await applied(engine))) await migrate(engine, known);
  return known.at(-1) ?? "";
}

function isUpToDate(engine: Engine, known: readonly string[], there: readonly string[]): boolean {
  const unknown = there.find((name) => !known.includes(name));
  if (unknown === undefined) return known.every((name) => there.includes(name));
  throw new TickhouseError("METADATA_NEWER", `a newer tickhouse made its tables (${unknown})`, {
    field: "TICKHOUSE_METADATA",
    value: engine.where,
    fix: "use that version, or name another store",
  });
}

/** None where there are no tables yet; what else is wrong the migration meets again, and says. */
async function applied(engine: Engine): Promise<string[]> {
  try {
    const db = inSchema(engine.bare, engine).withTables<{ kysely_migration: { name: string } }>();
    const rows = await db.selectFrom("kysely_migration").select("name").execute();
    return rows.map(({ name }) => name);
  } catch {
    return [];
  }
}

async function migrate(engine: Engine, known: readonly string[]): Promise<void> {
  const { Migrator } = await import("kysely/migration");
  const { schema } = engine;
  await guarded(engine, async () => {
    const migrator = new Migrator({
      db: engine.bare,
      provider: { getMigrations: () => Promise.resolve(migrationsIn(schema)) },
      ...(schema === undefined ? {} : { migrationTableSchema: schema }),
    });
    const { error } = await migrator.migrateToLatest();
    if (error === undefined) return;
    // A newer one may have been faster.
    isUpToDate(engine, known, await applied(engine));
    throw error;
  });
}
