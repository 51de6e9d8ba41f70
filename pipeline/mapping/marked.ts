/**
 * Messages that are looked at one by one, since a double may have altered a number in them: written
 * again with each number as a marked text of all its digits.
 * @module
 */
import { MESSAGE_BYTES_MAX } from "../datasets/dataset.ts";
import { isNumeral, Numeral, parseNumerals } from "../datasets/digits.ts";
import { exactLine, problemsOf } from "../datasets/zod.ts";
import type { CheckedMapping } from "./mapping.ts";
import { MARK } from "./sql.ts";

/** A message to be read again, or why it is no record. */
export type Marked = { readonly line: string } | { readonly refused: string };

/** The message with marked numbers. */
export function mark(message: Uint8Array, inList: boolean): Marked {
  if (message.length > MESSAGE_BYTES_MAX) {
    return refused(`has ${message.length} bytes: must have at most ${MESSAGE_BYTES_MAX}`);
  }
  let found: unknown;
  try {
    found = parsed(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(message),
    );
  } catch (error) {
    if (error instanceof SyntaxError) return refused(`is not JSON: ${oneLine(error.message)}`);
    return refused(error instanceof RangeError ? "is nested too deeply" : "is not UTF-8");
  }
  const isObject = typeof found === "object" && found !== null && !(found instanceof Numeral);
  if (!isObject || Array.isArray(found) && !inList) return refused("must be a JSON object");
  try {
    return { line: JSON.stringify(marked(found)) };
  } catch (error) {
    if (error instanceof Unfit) return refused(error.message);
    if (error instanceof RangeError) return refused("is nested too deeply");
    throw error;
  }
}

/** Strings, and what DuckDB takes for JSON though it is none. */
const LENIENT = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity|inf)\b|,(?=\s*[}\]])/gis;

/**
 * The message, as DuckDB reads it where it reads many together: NaN and the like, which Python
 * writes for numbers that are missing, are null; a comma behind the last value is passed over.
 */
function parsed(text: string): unknown {
  try {
    return parseNumerals(text);
  } catch (error) {
    const strict = text.replace(
      LENIENT,
      (found) => found.startsWith('"') ? found : found === "," ? "" : "null",
    );
    if (strict === text) throw error;
    return parseNumerals(strict);
  }
}

/** A record of the SQL's marked lines: with all its digits, or why the dataset refuses it. */
export function unmark(checked: CheckedMapping, line: string): Marked {
  const { dataset } = checked;
  const values = Object.entries<unknown>(JSON.parse(line)).filter(([, value]) => value !== null);
  const parts = values.map(([name, value]) => {
    const source = typeof value === "string" && value.startsWith(MARK) ? value.slice(1) : undefined;
    const isNumber = source !== undefined && isNumeral(source);
    return `${JSON.stringify(name)}:${isNumber ? source : JSON.stringify(source ?? value)}`;
  });
  const text = `{${parts.join(",")}}`;
  const exact = exactLine(dataset, text);
  if (exact !== undefined) return { line: exact };
  const problems = problemsOf(dataset, parseNumerals(text) as Record<string, unknown>);
  return { refused: (problems ?? ["no record"]).map((one) => inWords(checked, one)).join("; ") };
}

/** With the place in the message, and what a time is not. */
function inWords({ fields, mapping }: CheckedMapping, problem: string): string {
  const field = fields.find(({ column: { name, wire = name } }) =>
    problem.startsWith(`${wire} is `)
  );
  if (!field?.path) return problem;
  const { column: { name, wire = name }, path, format } = field;
  const told = path.text === wire
    ? problem
    : `${wire}, from ${path.text},${problem.slice(wire.length)}`;
  if (format === undefined || !/must be a (whole number|day)/.test(told)) return told;
  const zone = mapping.time_zone ?? "UTC";
  const what = told.includes('"twice: ')
    ? `clocks show it twice in ${zone}: send UTC, or the offset`
    : told.includes('"never: ')
    ? `clocks never show it in ${zone}`
    : `is no time of the format ${format}`;
  return `${told.slice(0, told.indexOf(": must be a "))}: ${what}`;
}

function marked(value: unknown): unknown {
  if (value instanceof Numeral) return MARK + value.source;
  if (typeof value === "string") return checked(value);
  if (Array.isArray(value)) return value.map(marked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [checked(name), marked(one)]),
  );
}

/** What DuckDB, or this reading, can't do with. */
class Unfit extends Error {}

function checked(text: string): string {
  if (text.startsWith(MARK)) throw new Unfit("has a text that begins with a control character");
  if (!text.isWellFormed()) throw new Unfit("has a text that is not Unicode");
  return text;
}

function refused(what: string): Marked {
  return { refused: `the message ${what}` };
}

function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f\u2028\u2029]+/g, " ");
}
