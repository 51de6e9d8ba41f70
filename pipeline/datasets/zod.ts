/** The zod schema of a dataset's messages, and the reason why a payload is refused. @module */
import { z } from "zod";
import { type Column, column, type Dataset, wireName } from "./dataset.ts";

const DECIMAL = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const INTEGER = /^-?\d+$/;
const SHOWN_CHARS_MAX = 60;

/** A message: its fields under their wire names. Fields that the dataset does not declare pass. */
export type Row = Record<string, unknown>;

/** The zod schema of one message. */
export function rowSchema(dataset: Dataset): z.ZodType<Row> {
  const shape = Object.fromEntries(
    dataset.columns.map((c) => [wireName(c), c.nullable ? cell(c).nullish() : cell(c)]),
  );
  const pairs = (dataset.ordered ?? []).map(([low, high]) =>
    [low, high].map((n) => wireName(column(dataset, n)))
  );
  return z.looseObject(shape).superRefine((row: Row, context) => {
    for (const [low = "", high = ""] of pairs) {
      const [lesser, greater] = [row[low], row[high]];
      if (lesser == null || greater == null || Number(lesser) <= Number(greater)) continue;
      const message = `must not be more than ${high}, which is ${shown(greater)}`;
      context.addIssue({ code: "custom", path: [low], message });
    }
  });
}

const schemas = new Map<string, z.ZodType<Row>>();

/**
 * Why a payload is refused, in one line such as `price is -1: must be more than 0`. For payloads
 * that the decoder has refused; one that zod finds nothing wrong with gets a generic line.
 */
export function explain(dataset: Dataset, payload: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
  } catch {
    return "the message is not UTF-8";
  }
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (error) {
    return oneLine(`the message is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    return `the message is ${shown(row)}: must be a JSON object`;
  }
  return problemsOf(dataset, row as Row)?.join("; ") ??
    `the message does not decode as a row of ${dataset.name}`;
}

/** What is wrong with a row, each as `field is value: reason`, at most three; undefined if nothing is. */
export function problemsOf(dataset: Dataset, row: Row): string[] | undefined {
  let schema = schemas.get(dataset.name);
  if (!schema) schemas.set(dataset.name, schema = rowSchema(dataset));
  const result = schema.safeParse(row);
  if (result.success) return undefined;
  return result.error.issues.slice(0, 3).map(({ path, message }) => {
    const field = String(path[0]);
    return row[field] === undefined
      ? `${field} is missing`
      : `${field} is ${shown(row[field])}: ${message}`;
  });
}

function cell(declared: Column): z.ZodType {
  const { type, oneOf } = declared;
  switch (type.kind) {
    case "text":
      return oneOf
        ? z.enum([...oneOf], { error: `must be one of ${oneOf.join(", ")}` })
        : z.string({ error: "must be text" }).min(1, "must not be empty")
          .max(type.maxLength, `must have at most ${type.maxLength} characters`);
    case "decimal":
      return numeral(z.number(), DECIMAL, "must be a finite number")
        .superRefine((value, context) => {
          const message = outside(declared, Number(value), 10 ** (type.precision - type.scale));
          if (message) context.addIssue({ code: "custom", message });
        });
    case "timestamp": {
      const perUnit = type.wireUnit === "us" ? 1 : 1_000_000;
      const unit = type.wireUnit === "us" ? "microseconds" : "seconds";
      const error = `must be a whole number of ${unit} since 1970 UTC`;
      return numeral(z.int(), INTEGER, error).superRefine((value, context) => {
        const message = outsideTime(declared, Number(value) * perUnit, unit);
        if (message) context.addIssue({ code: "custom", message });
      });
    }
    case "date":
      return z.iso.date({ error: "must be a day that exists, as YYYY-MM-DD" });
  }
}

/** A number, or text that reads as one; what is neither is not examined further. */
function numeral(number: z.ZodType<number>, pattern: RegExp, error: string) {
  return z.union([number, z.string().regex(pattern, { error, abort: true })], { error });
}

function outside(declared: Column, value: number, limit: number): string | undefined {
  const { min, moreThan, max } = declared;
  if (moreThan !== undefined && value <= moreThan) return `must be more than ${moreThan}`;
  if (min !== undefined && value < min) return `must be at least ${min}`;
  if (max !== undefined && value > max) return `must be at most ${max}`;
  return Math.abs(value) < limit ? undefined : `must be below ${limit}`;
}

function outsideTime(declared: Column, us: number, unit: string): string | undefined {
  const { min, max } = declared;
  const iso = (limit: number) => new Date(limit / 1000).toISOString().replace(".000Z", "Z");
  if (min !== undefined && us < min) return `must be at least ${iso(min)}, in ${unit}`;
  if (max !== undefined && us > max) return `must be at most ${iso(max)}, in ${unit}`;
  return undefined;
}

function shown(value: unknown): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  const line = oneLine(text ?? String(value));
  return line.length > SHOWN_CHARS_MAX ? `${line.slice(0, SHOWN_CHARS_MAX - 3)}...` : line;
}

function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f\u2028\u2029]+/g, " ");
}
