/** The zod schema of a dataset's messages, and the reason why a payload is refused. @module */
import { z } from "zod";
import { type Column, column, type Dataset, MESSAGE_BYTES_MAX, wireName } from "./dataset.ts";
import {
  decimalText,
  isNumeral,
  meantOf,
  Numeral,
  parseNumerals,
  unscaledOf,
  wholeOf,
} from "./digits.ts";

/** Days outside are refused in SQL as well: DATE reads 'infinity' and 'epoch' as dates. */
const [DAY_MIN, DAY_MAX] = ["1800-01-01", "2200-01-01"];
const SHOWN_CHARS_MAX = 60;

/** A message: its fields under their wire names. Fields that the dataset does not declare pass. */
export type Row = Record<string, unknown>;

/** The zod schema of one message. */
export function rowSchema(dataset: Dataset): z.ZodType<Row> {
  const shape = Object.fromEntries(
    dataset.columns.map((c) => [wireName(c), c.nullable ? cell(c).nullish() : cell(c)]),
  );
  const pairs = (dataset.ordered ?? []).map(([low, high]) =>
    [column(dataset, low), column(dataset, high)] as const
  );
  const signable = dataset.columns.filter((c) => c.signedBy !== undefined);
  return z.looseObject(shape).superRefine((row: Row, context) => {
    for (const declared of signable) {
      const name = wireName(declared);
      const signed = row[wireName(column(dataset, declared.signedBy ?? ""))];
      const unscaled = unscaledCell(declared, row[name]);
      const limit = declared.moreThan ?? 0;
      const positive = unscaled === undefined || unscaled > scaled(declared, limit);
      if (positive || signed !== null && signed !== undefined) continue;
      context.addIssue({ code: "custom", path: [name], message: `must be more than ${limit}` });
    }
    for (const [low, high] of pairs) {
      const [lesser, greater] = [low, high].map((c) => unscaledCell(c, row[wireName(c)]));
      if (lesser === undefined || greater === undefined || lesser <= greater) continue;
      const name = wireName(high);
      const message = `must not be more than ${name}, which is ${shown(row[name])}`;
      context.addIssue({ code: "custom", path: [wireName(low)], message });
    }
  });
}

const schemas = new WeakMap<Dataset, z.ZodType<Row>>();

/**
 * Why a payload is refused, in one line such as `price is -1: must be more than 0`. For payloads
 * that the decoder has refused; one that zod finds nothing wrong with gets a generic line.
 */
export function explain(dataset: Dataset, payload: Uint8Array): string {
  if (payload.length > MESSAGE_BYTES_MAX) {
    return `the message has ${payload.length} bytes: must have at most ${MESSAGE_BYTES_MAX}`;
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    return "the message is not UTF-8";
  }
  let row: unknown;
  try {
    row = parseNumerals(text);
  } catch (error) {
    return oneLine(`the message is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (!isRow(row)) return `the message is ${shown(row)}: must be a JSON object`;
  return problemsOf(dataset, row)?.join("; ") ??
    `the message does not decode as a row of ${dataset.name}`;
}

/**
 * The line with the columns alone, numbers as text of all their digits; undefined if the dataset
 * refuses it. A decimal of a calculation in doubles, such as 0.30000000000000004, becomes the
 * decimal of the column's scale that was meant.
 */
export function exactLine(dataset: Dataset, line: string): string | undefined {
  let row: unknown;
  try {
    row = parseNumerals(line);
  } catch {
    return undefined; // DuckDB reads some lines that are no JSON, such as {"a":1,}; not exactly.
  }
  if (!isRow(row) || problemsOf(dataset, row)) return undefined;
  const found: Row = row;
  return JSON.stringify(Object.fromEntries(
    dataset.columns.map((c) => [wireName(c), exactCell(c, found[wireName(c)])]),
  ));
}

/** What is wrong with a row, each as `field is value: reason`, at most three; undefined if nothing is. */
export function problemsOf(dataset: Dataset, row: Row): string[] | undefined {
  let schema = schemas.get(dataset);
  if (!schema) schemas.set(dataset, schema = rowSchema(dataset));
  const result = schema.safeParse(row);
  if (result.success) return undefined;
  return result.error.issues.slice(0, 3).map(({ path, message }) => {
    const field = String(path[0]);
    return row[field] === undefined
      ? `${field} is missing`
      : `${field} is ${shown(row[field])}: ${message}`;
  });
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Numeral);
}

function cell(declared: Column): z.ZodType {
  const { type } = declared;
  const problem = {
    text: textProblem,
    decimal: decimalProblem,
    timestamp: timeProblem,
    date: dayProblem,
  }[type.kind];
  return z.unknown().superRefine((value, context) => {
    const message = problem(declared, value);
    if (message) context.addIssue({ code: "custom", message });
  });
}

/** A number or a boolean in a column of text is the text it is written as. */
function textCell(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" || value instanceof Numeral
    ? String(value)
    : undefined;
}

function textProblem({ type, oneOf }: Column, value: unknown): string | undefined {
  const text = textCell(value);
  if (text === undefined) return "must be text";
  if (oneOf && !oneOf.includes(text)) return `must be one of ${oneOf.join(", ")}`;
  if (text === "") return "must not be empty";
  const length = type.kind === "text" ? type.maxLength : Infinity;
  if (text.length > length && [...text].length > length) {
    return `must have at most ${length} characters`;
  }
  if (!text.isWellFormed()) return "must be Unicode";
  return /^[[{]/.test(text) ? "must not begin with [ or {" : undefined;
}

/** The text of a number, or of what may be one. */
function numberText(value: unknown): string | undefined {
  if (value instanceof Numeral) return value.source;
  return typeof value === "number" || typeof value === "string" ? String(value) : undefined;
}

/** A decimal's value in units of the column's scale; undefined if the column can't hold it. */
function unscaledCell({ type }: Column, value: unknown): bigint | undefined {
  const text = numberText(value);
  if (text === undefined || type.kind !== "decimal") return undefined;
  return typeof value === "string" ? unscaledOf(text, type.scale) : meantOf(text, type.scale);
}

/** A limit in units of the column's scale. */
function scaled({ type }: Column, limit: number): bigint {
  return unscaledOf(String(limit), type.kind === "decimal" ? type.scale : 0) ?? 0n;
}

function decimalProblem(declared: Column, value: unknown): string | undefined {
  const { type, min, signedBy, max } = declared;
  // Where another column may lift it, the row is asked.
  const moreThan = signedBy === undefined ? declared.moreThan : undefined;
  const text = numberText(value);
  if (text === undefined || type.kind !== "decimal" || !isNumeral(text)) {
    return "must be a finite number";
  }
  const bound = (limit = 0) => scaled(declared, limit);
  const unscaled = unscaledCell(declared, value);
  // Too many digits before the point or behind it: the double will do to tell which.
  const about = unscaled ?? bound(Math.trunc(Math.max(-1e30, Math.min(1e30, Number(text)))));
  if (
    moreThan !== undefined && about <= bound(moreThan) && (unscaled !== undefined || about < 0n)
  ) {
    return `must be more than ${moreThan}`;
  }
  if (min !== undefined && about < bound(min)) return `must be at least ${min}`;
  if (max !== undefined && about > bound(max)) return `must be at most ${max}`;
  if (signedBy !== undefined && max !== undefined && about < bound(-max)) {
    return `must be at least ${-max}`;
  }
  const limit = 10 ** (type.precision - type.scale);
  if (about >= bound(limit) || about <= -bound(limit)) return `must be below ${limit}`;
  return unscaled === undefined
    ? `must have at most ${type.scale} decimals: round it before it is sent`
    : undefined;
}

function timeProblem(declared: Column, value: unknown): string | undefined {
  const seconds = declared.type.kind === "timestamp" && declared.type.wireUnit === "s";
  const unit = seconds ? "seconds" : "microseconds";
  const text = numberText(value);
  const whole = text === undefined ? undefined : wholeOf(text);
  if (whole === undefined) return `must be a whole number of ${unit} since 1970 UTC`;
  return outsideTime(declared, whole * (seconds ? 1_000_000 : 1), unit);
}

const isoDate = z.iso.date();

function dayProblem(_: Column, value: unknown): string | undefined {
  if (!isoDate.safeParse(value).success) return "must be a day that exists, as YYYY-MM-DD";
  const day = String(value);
  return day < DAY_MIN || day > DAY_MAX ? `must be from ${DAY_MIN} to ${DAY_MAX}` : undefined;
}

/** A value that the column can hold, with all its digits. */
function exactCell(declared: Column, value: unknown): unknown {
  const { type } = declared;
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "text":
      return textCell(value);
    case "decimal":
      return decimalText(unscaledCell(declared, value) ?? 0n, type.scale);
    case "timestamp":
      return String(wholeOf(numberText(value) ?? ""));
    case "date":
      return value;
  }
}

function outsideTime(declared: Column, us: number, unit: string): string | undefined {
  const { min, max } = declared;
  const iso = (limit: number) => new Date(limit / 1000).toISOString().replace(".000Z", "Z");
  if (min !== undefined && us < min) return `must be at least ${iso(min)}, in ${unit}`;
  if (max !== undefined && us > max) return `must be at most ${iso(max)}, in ${unit}`;
  return undefined;
}

function shown(value: unknown): string {
  const number = typeof value === "number" || value instanceof Numeral;
  const text = number ? String(value) : JSON.stringify(value);
  const line = oneLine(text ?? String(value));
  return line.length > SHOWN_CHARS_MAX ? `${line.slice(0, SHOWN_CHARS_MAX - 3)}...` : line;
}

function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f\u2028\u2029]+/g, " ");
}
