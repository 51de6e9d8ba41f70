/**
 * The variables of a migration: declared in its head, given by settings, never raw SQL.
 * @module
 */
import { identifier, textIn } from "../sql/names.ts";
import { TickhouseError } from "../errors.ts";

/** What a variable may be, and so how it is written into the SQL. */
export type VariableKind =
  /** A plain name, as it is. */
  | "identifier"
  /** Any text without line ends, as a string literal. */
  | "text"
  /** As text, and never shown. */
  | "secret"
  /** A whole number, as it is. */
  | "integer";

/** A variable that a file declares. */
export interface Variable {
  /** As it stands between the braces. */
  readonly name: string;
  /** What its value may be. */
  readonly kind: VariableKind;
  /** None: the file can't be applied without a value. */
  readonly default: string | undefined;
}

const LINE =
  /^(?<name>[a-z][a-z0-9_]*) (?<kind>identifier|text|secret|integer)(?: = (?<value>.*))?$/;
const PLACE = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** Reads `name kind` or `name kind = default`, as behind `-- variable:`. */
export function parseVariable(text: string, file: string): Variable {
  const found = LINE.exec(text)?.groups;
  if (!found) {
    throw new TickhouseError("MIGRATION_INVALID", "this declares no variable", {
      field: file,
      value: text,
      fix:
        "write `name identifier`, `name text`, `name secret` or `name integer`, and ` = value` " +
        "for a default",
    });
  }
  const { name = "", kind, value } = found;
  return { name, kind: kind as VariableKind, default: value };
}

/**
 * The text with each `{{ name }}` replaced. Throws `MIGRATION_INVALID` for one that is not declared,
 * `MIGRATION_VARIABLE` for one without a value or with one that is not of its kind.
 */
export function fillIn(
  sql: string,
  variables: readonly Variable[],
  values: Readonly<Record<string, string | undefined>>,
  file: string,
): string {
  return sql.replaceAll(PLACE, (_, name: string) => {
    const variable = variables.find((v) => v.name === name);
    if (!variable) {
      throw new TickhouseError("MIGRATION_INVALID", "a variable that is not declared", {
        field: file,
        value: name,
        fix: `declare it in the file's head: -- variable: ${name} text`,
      });
    }
    const value = values[name] ?? variable.default;
    if (value === undefined || value === "") throw missing(file, name);
    return write(variable, value);
  });
}

/** The text with the values of secret variables replaced by `***`. */
export function redact(
  text: string,
  variables: readonly Variable[],
  values: Readonly<Record<string, string | undefined>>,
): string {
  return variables.filter(({ kind }) => kind === "secret").reduce((shown, { name }) => {
    const value = values[name];
    if (!value) return shown;
    const written = write({ name, kind: "secret", default: undefined }, value).slice(1, -1);
    return shown.replaceAll(written, "***").replaceAll(value, "***");
  }, text);
}

function write({ name, kind }: Variable, value: string): string {
  if (kind === "identifier") return checked(name, value, () => identifier(value));
  if (kind === "integer" && /^\d{1,15}$/.test(value)) return value;
  // deno-lint-ignore no-control-regex
  if ((kind === "text" || kind === "secret") && !/[\u0000-\u001f\u007f]/.test(value)) {
    return textIn("snowflake", value);
  }
  throw invalid(name, kind);
}

function checked(name: string, value: string, check: () => string): string {
  try {
    return check();
  } catch (cause) {
    throw new TickhouseError("MIGRATION_VARIABLE", "not a name for SQL", {
      field: name,
      value,
      fix: "use letters, digits and _, not starting with a digit",
      cause,
    });
  }
}

/** Without the value: it may be a secret. */
function invalid(name: string, kind: VariableKind): TickhouseError {
  return new TickhouseError("MIGRATION_VARIABLE", `its value is not of the kind ${kind}`, {
    field: name,
    fix: kind === "integer" ? "give a whole number" : "give a text on one line",
  });
}

function missing(file: string, name: string): TickhouseError {
  return new TickhouseError("MIGRATION_VARIABLE", `${file} needs a value for it`, {
    field: name,
    fix: `give it with --set ${name}=…, or leave the file's group out`,
  });
}
