/** Where a value stands in a message: `price`, `data.p`, or `data[].p` for each of several records. @module */
import { literal } from "../sql/names.ts";

/** A place in a message. */
export interface Path {
  /** As the mapping writes it. */
  readonly text: string;
  /** The list whose elements are records; undefined where the place is one for the whole message. */
  readonly list: readonly string[] | undefined;
  /** Names from the message, or from the element of the list, down to the value; none: itself. */
  readonly names: readonly string[];
}

/**
 * A name without what separates names; a point that belongs to a name is written `\.`. The star alone
 * would be all names, though it stood in quotes.
 */
const NAME = /^(?!\*+$)(?:[^.[\]\\"]|\\\.)+$/;

/** The place that the text names; undefined if it names none. */
export function parsePath(text: string): Path | undefined {
  const parts = text.split("[]");
  if (parts.length > 2) return undefined;
  const [before = "", after] = parts;
  if (after === undefined) {
    const names = namesOf(before);
    return names && names.length > 0 ? { text, list: undefined, names } : undefined;
  }
  const list = before === "" ? [] : namesOf(before);
  const names = after === "" ? [] : after.startsWith(".") ? namesOf(after.slice(1)) : undefined;
  return list && names ? { text, list, names } : undefined;
}

/** The text of a place. */
export function pathText(list: readonly string[] | undefined, names: readonly string[]): string {
  const own = names.map(escaped).join(".");
  if (list === undefined) return own;
  return `${list.map(escaped).join(".")}[]${own === "" ? "" : `.${own}`}`;
}

/** As DuckDB's JSON functions take it, a literal of SQL: `'$."data"."p"'`. */
export function jsonPath(names: readonly string[], suffix = ""): string {
  return literal(`$${names.map((name) => `."${name}"`).join("")}${suffix}`);
}

function namesOf(text: string): string[] | undefined {
  const names = text.split(/(?<!\\)\./);
  if (!names.every((name) => NAME.test(name))) return undefined;
  return names.map((name) => name.replaceAll("\\.", "."));
}

function escaped(name: string): string {
  return name.replaceAll(".", "\\.");
}
