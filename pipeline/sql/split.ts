/**
 * SQL files taken apart into statements.
 * @module
 */
import type { Dialect } from "./names.ts";
import { TickhouseError } from "../errors.ts";

/** What a statement may hold that hides a semicolon, by how it begins. */
interface Span {
  readonly begins: string;
  readonly ends: string;
  /** Left out of the statement. */
  readonly comment?: true;
  /** A backslash hides the character behind it. */
  readonly escapes?: true;
}

const SPANS: Readonly<Record<Dialect, readonly Span[]>> = {
  duckdb: [
    { begins: "--", ends: "\n", comment: true },
    { begins: "/*", ends: "*/", comment: true },
    { begins: "'", ends: "'" },
    { begins: '"', ends: '"' },
    { begins: "$$", ends: "$$" },
  ],
  snowflake: [
    { begins: "--", ends: "\n", comment: true },
    { begins: "//", ends: "\n", comment: true },
    { begins: "/*", ends: "*/", comment: true },
    { begins: "'", ends: "'", escapes: true },
    { begins: '"', ends: '"' },
    { begins: "$$", ends: "$$" },
  ],
};

/**
 * The statements of a text, without comments, in order. Knows strings, quoted names and `$$` bodies.
 * Throws `MIGRATION_INVALID` where one of them does not end.
 */
export function splitStatements(sql: string, dialect: Dialect): string[] {
  const statements: string[] = [];
  let statement = "";
  for (let at = 0; at < sql.length;) {
    const span = SPANS[dialect].find(({ begins }) => sql.startsWith(begins, at));
    if (span) {
      const end = endOf(sql, at, span);
      // A comment parts words as a space does.
      statement += span.comment ? (span.ends === "\n" ? "\n" : " ") : sql.slice(at, end);
      at = end;
      continue;
    }
    const character = sql.charAt(at++);
    if (character !== ";") {
      statement += character;
      continue;
    }
    statements.push(statement);
    statement = "";
  }
  return [...statements, statement].map(tidy).filter((text) => text !== "");
}

/**
 * The text without comments, and without what is in strings and quoted names, of which the quotes
 * are left: words in it are words of SQL. Quoted names are given besides, as they stand. Throws as
 * `splitStatements` does.
 */
export function codeOf(sql: string, dialect: Dialect): { code: string; quoted: string[] } {
  let code = "";
  const quoted: string[] = [];
  for (let at = 0; at < sql.length;) {
    const span = SPANS[dialect].find(({ begins }) => sql.startsWith(begins, at));
    if (!span) {
      code += sql.charAt(at++);
      continue;
    }
    const end = endOf(sql, at, span);
    if (span.begins === '"') quoted.push(sql.slice(at + 1, end - 1));
    code += span.comment ? " " : span.begins + span.ends;
    at = end;
  }
  return { code, quoted };
}

/** The index behind the span that begins at `at`. A doubled quote is two spans: no matter. */
function endOf(sql: string, at: number, { begins, ends, comment, escapes }: Span): number {
  for (let i = at + begins.length; i < sql.length; i++) {
    if (escapes && sql.charAt(i) === "\\") i++;
    else if (sql.startsWith(ends, i)) return i + ends.length;
  }
  if (comment && ends === "\n") return sql.length;
  const line = sql.slice(0, at).split("\n").length;
  throw new TickhouseError("MIGRATION_INVALID", `what begins with ${begins} does not end`, {
    field: "line",
    value: line,
    fix: `close it with ${ends}`,
  });
}

/** Without blank lines, which comments leave behind, and spaces at the ends of lines. */
function tidy(text: string): string {
  if (text.includes("$$")) return text.trim();
  return text.split("\n").map((line) => line.trimEnd()).filter((line) => line !== "").join("\n")
    .trim();
}
