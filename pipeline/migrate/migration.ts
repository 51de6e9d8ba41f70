/**
 * Numbered SQL files, and what their heads say.
 * @module
 */
import { join } from "node:path";
import { messageOf, TickhouseError } from "../errors.ts";
import type { SqlSession } from "../sql/session.ts";
import { sha256 } from "../sha256.ts";
import { parseVariable, type Variable } from "./variables.ts";

/** A file of statements that are applied once, in the order of the numbers. */
export interface Migration {
  /** Name without folder, such as `0010_bookkeeping.sql`. */
  readonly file: string;
  /** The number it begins with. */
  readonly version: number;
  /** What it belongs to, as `--select` names it. */
  readonly group: string;
  /** The roles it needs, for the reader. */
  readonly roles: readonly string[];
  /** Applied again when its text changed; else a change is refused. */
  readonly repeatable: boolean;
  /** Left out of the ledger, which is in the database: applied whenever it is selected. */
  readonly unrecorded: boolean;
  /** Those that its head declares. */
  readonly variables: readonly Variable[];
  /** Of the text, in hexadecimal. */
  readonly sha256: string;
  /** Its text. */
  readonly sql: string;
  /** What follows its statements, whenever they are applied. */
  readonly follow?: (session: SqlSession) => Promise<unknown>;
}

const NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

/**
 * Reads a migration. Its head, the comment lines it begins with, may say `-- group: name`
 * (default: `database`), `-- role: name, …`, `-- repeatable`, `-- unrecorded`, and `-- variable: …` for each variable.
 */
export async function parseMigration(file: string, text: string): Promise<Migration> {
  const version = Number(NAME.exec(file)?.[1] ?? NaN);
  if (Number.isNaN(version)) {
    throw new TickhouseError("MIGRATION_INVALID", "not a name of a migration", {
      field: "file",
      value: file,
      fix: "name it like 0012_what_it_does.sql",
    });
  }
  const sql = text.replaceAll("\r\n", "\n");
  const head = headOf(sql);
  const all = (key: string) =>
    head.filter((line) => line.startsWith(`${key}: `)).map((line) => line.slice(key.length + 2));
  return {
    file,
    version,
    group: all("group")[0] ?? "database",
    roles: all("role").flatMap((names) => names.split(",").map((name) => name.trim())),
    repeatable: head.includes("repeatable"),
    unrecorded: head.includes("unrecorded"),
    variables: all("variable").map((line) => parseVariable(line, file)),
    sha256: await sha256(new TextEncoder().encode(sql)),
    sql,
  };
}

/** The migrations of a folder, ascending; other files are left alone. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isFile && /^\d.*\.sql$/.test(entry.name)) names.push(entry.name);
    }
  } catch (cause) {
    throw new TickhouseError("FILE_UNREADABLE", messageOf(cause), {
      field: "folder",
      value: folder,
      cause,
    });
  }
  const texts = names.sort().map(async (name) =>
    await parseMigration(name, await Deno.readTextFile(join(folder, name)))
  );
  const migrations = await Promise.all(texts);
  migrations.reduce<Migration | undefined>((previous, migration) => {
    if (previous?.version !== migration.version) return migration;
    throw new TickhouseError("MIGRATION_INVALID", `has the number of ${previous.file}`, {
      field: "file",
      value: migration.file,
      fix: "give it the next free number",
    });
  }, undefined);
  return migrations;
}

function headOf(sql: string): string[] {
  const lines = sql.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("--"));
  return lines.slice(0, end < 0 ? lines.length : end).map((line) => line.slice(2).trim());
}
