/** Whether a statement for Snowflake only reads, by its words. @module */
import { TickhouseError } from "../errors.ts";
import { codeOf } from "../sql/split.ts";

/** What begins a statement that only reads. */
const READS = /^(select|with|values|show|describe|desc|explain|list|ls|\()$/;
/** What a WITH may lead to, and what else it could. */
const AFTER_WITH = /^(select|values|insert|update|delete|merge|call|create|copy|execute|from)$/;

/**
 * Throws `QUERY_NOT_READ_ONLY` for what is not one statement that reads, calls a system function, or
 * names one in a way that can't be seen through. What else a role may do, Snowflake itself decides.
 */
export function assertSnowflakeReads(sql: string): void {
  const { code, quoted } = codeOf(sql, "snowflake");
  const statement = code.trim().replace(/;\s*$/, "");
  const words: readonly string[] = statement.toLowerCase().match(/[a-z_][\w$]*|->>|\S/g) ?? [];
  const isSystem = (name: string) => name.toLowerCase().startsWith("system$");
  const what = words.includes(";")
    ? "it is more than one statement"
    : words.includes("->>")
    ? "it hands a result on to another statement"
    : !READS.test(words[0] ?? "") || !leadsToSelect(words)
    ? "it does not begin as one that reads"
    : words.some(isSystem) || quoted.some(isSystem)
    ? "it calls a system function"
    : words.includes("identifier")
    ? "it may call anything by IDENTIFIER()"
    : words.includes("nextval")
    ? "it moves a sequence"
    : undefined;
  if (what === undefined) return;
  throw new TickhouseError("QUERY_NOT_READ_ONLY", `this verb only reads, and ${what}`, {
    field: "sql",
    value: sql,
    fix: "use SELECT, SHOW, DESCRIBE, EXPLAIN or LIST; change things with a migration or a model",
  });
}

/** Whether what follows the queries of a WITH, outside of their parentheses, is a SELECT. */
function leadsToSelect(words: readonly string[]): boolean {
  if (words[0] !== "with") return true;
  let depth = 0;
  for (const word of words) {
    if (word === "(") depth++;
    else if (word === ")") depth--;
    else if (depth === 0 && AFTER_WITH.test(word)) return word === "select" || word === "values";
  }
  return false;
}
