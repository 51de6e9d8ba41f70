/**
 * Applies migrations to a warehouse, each once, and remembers them in `bronze._migrations`.
 * @module
 */
import { createHash } from "node:crypto";
import { type Dialect, textIn } from "../sql/names.ts";
import { hasCode, messageOf, TickhouseError } from "../errors.ts";
import type { SqlSession } from "../sql/session.ts";
import type { Migration } from "./migration.ts";
import { splitStatements } from "../sql/split.ts";
import { fillIn, redact } from "./variables.ts";

/** What became of a file. */
export type Action =
  /** Applied now. */
  | "applied"
  /** Its text or a variable changed, and it is repeatable: applied once more. */
  | "applied again"
  /** Applied before. */
  | "unchanged";

/** What is to be done. */
export interface MigrateOptions {
  readonly target: Dialect;
  readonly migrations: readonly Migration[];
  /** Where to apply them. None: only a dry run, as of a warehouse without any. */
  readonly session?: SqlSession;
  /** Values of the files' variables. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** Names among the variables that some selected file has to use. Default: none. */
  readonly set?: readonly string[];
  /** Groups, or numbers of files. Default: the group `database`. */
  readonly select?: readonly string[];
  /** Tells what would be done. Default: false. */
  readonly dryRun?: boolean;
  /** Who does it, for the ledger. Default: empty. */
  readonly appliedBy?: string;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
  /** Told before a file is applied. */
  readonly onFile?: (file: string) => void;
}

/** What was done, or would be, for one file. */
export interface MigratedFile {
  /** Name of the file. */
  readonly file: string;
  /** What it belongs to, such as `database`. */
  readonly group: string;
  /** Roles that may apply it; empty for any. */
  readonly roles: readonly string[];
  /** What became of it. */
  readonly action: Action;
  /** The SQL as it is sent, but for secrets; none for a file that was applied before. */
  readonly statements: readonly string[];
}

const LEDGER: Readonly<Record<Dialect, string>> = {
  duckdb: `CREATE TABLE IF NOT EXISTS bronze._migrations (
  file VARCHAR NOT NULL,
  sha256 VARCHAR NOT NULL,
  applied_at TIMESTAMP NOT NULL,
  applied_by VARCHAR NOT NULL,
  version INTEGER NOT NULL
)`,
  snowflake: `CREATE TABLE IF NOT EXISTS bronze._migrations (
  file VARCHAR(255) NOT NULL,
  sha256 VARCHAR(64) NOT NULL,
  applied_at TIMESTAMP_NTZ(6) NOT NULL,
  applied_by VARCHAR(255) NOT NULL,
  version NUMBER(10,0) NOT NULL
)`,
};

/**
 * Applies what is selected and was not applied, in order, and stops at the first failure: what was
 * applied stays, and the next run goes on behind it. Throws `MIGRATION_CHANGED` before anything is
 * done if an applied file was edited, `MIGRATION_FAILED` naming file and statement,
 * `MIGRATION_VARIABLE` and `MIGRATION_INVALID` for files and values at fault.
 */
export async function migrate(options: MigrateOptions): Promise<MigratedFile[]> {
  const { session } = options;
  const selected = choose(options);
  checkSet(selected, options.set ?? []);
  const recorded = selected.some(({ unrecorded }) => !unrecorded);
  const ledger = session && recorded ? await readLedger(session) : "no database";
  const known = typeof ledger === "string" ? new Map<string, string>() : ledger;
  const chosen = selected.map((migration) => plan(migration, known, options));
  if (options.dryRun || !session) return chosen.map(({ file }) => file);
  if (recorded && typeof ledger === "string") await makeLedger(session, ledger, options);
  for (const planned of chosen) {
    if (planned.file.action === "unchanged") continue;
    options.onFile?.(planned.file.file);
    await apply(session, planned, options);
    await planned.migration.follow?.(session);
    if (!planned.migration.unrecorded) await record(session, planned, options);
  }
  return chosen.map(({ file }) => file);
}

/** A file, and its SQL as it is sent. */
interface Planned {
  readonly migration: Migration;
  readonly file: MigratedFile;
  readonly checksum: string;
  readonly statements: readonly string[];
}

/** Applied files and their checksums, or why there is no ledger. */
async function readLedger(
  session: SqlSession,
): Promise<Map<string, string> | "no database" | "no ledger"> {
  const columns = await session.query(
    `SELECT count(*) FROM information_schema.tables
     WHERE lower(table_schema) = 'bronze' AND lower(table_name) = '_migrations'`,
  ).catch((cause: unknown) => {
    if (hasNoDatabase(cause)) return undefined;
    throw cause;
  });
  if (!columns) return "no database";
  if (Number(columns.rows[0]?.[0]) === 0) return "no ledger";
  const found = await session.query("SELECT file, sha256 FROM bronze._migrations");
  return new Map(found.rows.map(([file, sum]) => [String(file), String(sum)]));
}

function hasNoDatabase(error: unknown): boolean {
  return hasCode(error, "SNOWFLAKE_OBJECT") &&
    error.field === "database";
}

/** A database is made only where there is none: who migrates may not have the privilege. */
async function makeLedger(
  session: SqlSession,
  lacks: "no database" | "no ledger",
  { target, variables }: MigrateOptions,
): Promise<void> {
  if (target === "snowflake" && lacks === "no database") {
    const name = [{ name: "database", kind: "identifier" as const, default: undefined }];
    for (const verb of ["CREATE DATABASE IF NOT EXISTS", "USE DATABASE"]) {
      await session.run(fillIn(`${verb} {{ database }}`, name, variables ?? {}, "the ledger"));
    }
  }
  await session.run("CREATE SCHEMA IF NOT EXISTS bronze");
  await session.run(LEDGER[target]);
}

/** The selected files. Throws `MIGRATION_UNKNOWN` for a name that selects none. */
function choose({ migrations, select = ["database"] }: MigrateOptions): Migration[] {
  const matches = (migration: Migration, name: string) =>
    migration.group === name || (/^\d+$/.test(name) && migration.version === Number(name));
  for (const name of select) {
    if (migrations.some((migration) => matches(migration, name))) continue;
    const groups = [...new Set(migrations.map(({ group }) => group))].join(", ");
    throw new TickhouseError("MIGRATION_UNKNOWN", "selects no migration", {
      field: "select",
      value: name,
      fix: `use the number of a file, or one of the groups ${groups}`,
    });
  }
  return migrations.filter((migration) => select.some((name) => matches(migration, name)));
}

/** A misspelt name would leave the variable at its default. */
function checkSet(selected: readonly Migration[], set: readonly string[]): void {
  const used = [...new Set(selected.flatMap(({ variables }) => variables.map((v) => v.name)))];
  const surplus = set.find((name) => !used.includes(name));
  if (surplus === undefined) return;
  throw new TickhouseError("MIGRATION_VARIABLE", "no file that is selected uses it", {
    field: surplus,
    fix: used.length === 0
      ? "leave it out: they use none"
      : `use ${used.sort().join(", ")}, or select the file's group as well`,
  });
}

function plan(
  migration: Migration,
  ledger: ReadonlyMap<string, string>,
  { target, variables = {} }: MigrateOptions,
): Planned {
  const { file, group, roles } = migration;
  const known = migration.unrecorded ? undefined : ledger.get(file);
  const checksum = checksumOf(migration, variables);
  if (known === checksum) {
    const unchanged = { file, group, roles, action: "unchanged" as const, statements: [] };
    return { migration, checksum, statements: [], file: unchanged };
  }
  if (known !== undefined && !migration.repeatable) throw changed(migration, known);
  const sql = fillIn(migration.sql, migration.variables, variables, file);
  const statements = splitStatements(sql, target);
  const shown = statements.map((statement) => redact(statement, migration.variables, variables));
  const action = known === undefined ? "applied" : "applied again";
  return {
    migration,
    checksum,
    statements,
    file: { file, group, roles, action, statements: shown },
  };
}

/** Of the text; of a repeatable file with its variables, so that it follows their values too. */
function checksumOf(
  { repeatable, sql, variables, file, sha256 }: Migration,
  values: Readonly<Record<string, string | undefined>>,
): string {
  if (!repeatable || variables.length === 0) return sha256;
  const filled = redact(fillIn(sql, variables, values, file), variables, values);
  return createHash("sha256").update(filled).digest("hex");
}

async function apply(
  session: SqlSession,
  { migration, statements }: Planned,
  { variables = {} }: MigrateOptions,
): Promise<void> {
  const { file, roles } = migration;
  for (const [index, sql] of statements.entries()) {
    try {
      await session.run(sql);
    } catch (cause) {
      const said = redact(messageOf(cause), migration.variables, variables);
      const needs = roles.length > 0 ? `; the file needs the roles ${roles.join(", ")}` : "";
      throw new TickhouseError(
        "MIGRATION_FAILED",
        `statement ${index + 1} of ${statements.length} failed: ${said}${needs}`,
        {
          field: "file",
          value: file,
          fix: "fix the cause and run it again: every statement may be repeated",
          // The cause of a file with secrets could tell them.
          ...(migration.variables.some((v) => v.kind === "secret") ? {} : { cause }),
        },
      );
    }
  }
}

/** Notes the file as applied; one row a file. */
async function record(
  session: SqlSession,
  { migration: { file, version }, checksum }: Planned,
  { target, now = Date.now, appliedBy = "" }: MigrateOptions,
): Promise<void> {
  const text = (value: string) => textIn(target, value);
  const at = new Date(now()).toISOString().replace("T", " ").replace("Z", "");
  await session.run(`DELETE FROM bronze._migrations WHERE file = ${text(file)}`);
  await session.run(
    `INSERT INTO bronze._migrations (file, sha256, applied_at, applied_by, version)
     VALUES (${text(file)}, ${text(checksum)}, ${text(at)}, ${text(appliedBy)}, ${version})`,
  );
}

function changed({ file, sha256, version }: Migration, known: string): TickhouseError {
  const next = String(version + 1).padStart(4, "0");
  return new TickhouseError(
    "MIGRATION_CHANGED",
    `it was applied with the checksum ${known.slice(0, 12)}…, and is ${sha256.slice(0, 12)}… now`,
    {
      field: "file",
      value: file,
      fix:
        `restore it, and write the change as a file of its own, such as ${next}_what_changes.sql`,
    },
  );
}
