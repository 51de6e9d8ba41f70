/**
 * A copy of what a statement reads, as it stands in one moment, in a database of its own: the process
 * that reads can't open the file that is written. Columns that the statement does not name, and rows
 * that it can't see, are left out.
 * @module
 */
import { join } from "node:path";
import { literal } from "../sql/names.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import type { SqlSession } from "../sql/session.ts";
import { inTransaction } from "../sql/transaction.ts";
import type { Relation } from "./guard.ts";
import { quoted } from "./parquet.ts";
import { JOB_FILES } from "./reading.ts";

/** What is copied, and where to. */
export interface SnapshotOptions {
  /** Of the engine that writes; nothing else uses it meanwhile. */
  readonly session: SqlSession;
  /** A new folder, in the reach of the engine. */
  readonly folder: string;
  readonly tables: readonly Relation[];
  /** Those that others read first. */
  readonly views: readonly Relation[];
  /** Copy the database's macros too. */
  readonly macros: boolean;
  /** Names of columns, lower case; null: all. */
  readonly columns: readonly string[] | null;
  /** Of the only table: a condition on the rows that are copied. Default: all are. */
  readonly filter?: string | null;
  readonly signal: AbortSignal;
  /** Of the copy. Default: 512 MiB. */
  readonly bytesMax?: number;
}

/** Rows copied at once: half of those that the engine keeps together, for the turns to be short. */
const STRIDE = 61_440;
const BYTES_MAX = 512 * 2 ** 20;

/** Copies. Throws `SNAPSHOT_TOO_LARGE` beyond the limit, and the signal's reason. */
export async function takeSnapshot(options: SnapshotOptions): Promise<void> {
  const { session, folder, tables, views, macros } = options;
  const path = join(folder, JOB_FILES.snapshot);
  const copy = quoted(`reading-${crypto.randomUUID()}`);
  // It is read once, and gone: no log of its own is needed.
  await session.run(`ATTACH ${literal(path)} AS ${copy} (RECOVERY_MODE no_wal_writes)`);
  try {
    await inTransaction(session, async () => {
      for (const table of tables) await copyTable(options, copy, table);
    });
    if (macros || views.length > 0) await copyDefinitions(session, copy, macros, views);
  } finally {
    await session.run(`DETACH ${copy}`);
  }
}

/** Macros and views are SQL: nothing of a row is in them. */
async function copyDefinitions(
  session: SqlSession,
  copy: string,
  macros: boolean,
  views: readonly Relation[],
): Promise<void> {
  const [[home] = []] = (await session.query("SELECT current_database()")).rows;
  await session.run(`USE ${copy}`);
  try {
    if (macros) await copyMacros(session, String(home));
    for (const { schema, viewSql } of views) {
      await session.run(`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}; ${viewSql}`);
    }
  } finally {
    await session.run(`USE ${quoted(String(home))}`);
  }
}

async function copyTable(options: SnapshotOptions, copy: string, table: Relation): Promise<void> {
  const { session, folder, signal, bytesMax = BYTES_MAX } = options;
  const source = [table.catalog, table.schema, table.name].map(quoted).join(".");
  const target = [copy, ...[table.schema, table.name].map(quoted)].join(".");
  const columns = (await columnsOf(options, table)).map(quoted).join(", ");
  await session.run(`CREATE SCHEMA IF NOT EXISTS ${copy}.${quoted(table.schema)}`);
  await session.run(`CREATE TABLE ${target} AS SELECT ${columns} FROM ${source} LIMIT 0`);
  const [[last] = []] = (await session.query(`SELECT max(rowid) FROM ${source}`)).rows;
  const rows = last === null || last === undefined ? 0 : Number(last) + 1;
  const where = await isOf(session, source, options.filter) ? ` AND ${options.filter}` : "";
  for (let from = 0; from < rows; from += STRIDE) {
    signal.throwIfAborted();
    await session.run(`INSERT INTO ${target} SELECT ${columns} FROM ${source}
      WHERE rowid >= ${from} AND rowid < ${from + STRIDE}${where}`);
    const { size } = await Deno.stat(join(folder, JOB_FILES.snapshot));
    if (size > bytesMax) throw tooLarge(table, bytesMax);
  }
}

/** Whether the condition is one on the table's own columns, and not on those of a query around it. */
async function isOf(
  session: SqlSession,
  source: string,
  filter: string | null | undefined,
): Promise<boolean> {
  if (!filter) return false;
  try {
    await session.query(`SELECT 1 FROM ${source} WHERE ${filter} LIMIT 0`);
    return true;
  } catch (error) {
    if (/^Binder Error/.test(messageOf(error))) return false;
    throw error;
  }
}

/** Those that are named; one at least, to have the rows counted. */
async function columnsOf(options: SnapshotOptions, table: Relation): Promise<string[]> {
  const { session, columns } = options;
  const found = await session.query(
    `SELECT column_name FROM duckdb_columns()
     WHERE database_name = $1 AND schema_name = $2 AND table_name = $3 ORDER BY column_index`,
    [table.catalog, table.schema, table.name],
  );
  const all = found.rows.map(([name]) => String(name));
  if (columns?.includes("rowid") && !all.some((name) => name.toLowerCase() === "rowid")) {
    throw new TickhouseError("COLUMN_UNKNOWN", "it is not kept for readers while a stream writes", {
      field: "column",
      value: "rowid",
      fix: "use _offset, which with _topic and _partition is a row's identity",
    });
  }
  const named = all.filter((name) => columns === null || columns.includes(name.toLowerCase()));
  return named.length === 0 ? all.slice(0, 1) : named;
}

/** The macros of the database `home`, but for defaults of parameters, into the one in use. */
async function copyMacros(session: SqlSession, home: string): Promise<void> {
  const { rows } = await session.query(
    `SELECT schema_name, function_name, function_type,
       string_agg('(' || array_to_string(parameters, ', ') || ') AS '
         || CASE WHEN function_type = 'table_macro' THEN 'TABLE ' ELSE '' END
         || macro_definition, ', ')
     FROM duckdb_functions() WHERE NOT internal AND database_name = $1 GROUP BY ALL`,
    [home],
  );
  for (const [schema, name, , bodies] of rows) {
    const macro = `${quoted(String(schema))}.${quoted(String(name))}`;
    await session.run(`CREATE SCHEMA IF NOT EXISTS ${quoted(String(schema))}`);
    await session.run(`CREATE MACRO ${macro} ${bodies}`);
  }
}

function tooLarge(table: Relation, bytesMax: number): TickhouseError {
  const mib = Math.ceil(bytesMax / 2 ** 20);
  return new TickhouseError(
    "SNAPSHOT_TOO_LARGE",
    `the statement reads more than ${mib} MiB, which beside a stream are copied first`,
    {
      field: "table",
      value: `${table.schema}.${table.name}`,
      fix: "name fewer columns, aggregate with count, sum, avg, min and max alone, which need no " +
        "copy, or end the stream before",
    },
  );
}
