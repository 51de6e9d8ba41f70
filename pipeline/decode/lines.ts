/**
 * The SQL that decodes: lines of JSON into the columns of a dataset, and the checks of its declaration.
 * @module
 */
import {
  type Column,
  column,
  type ColumnType,
  type Dataset,
  MESSAGE_BYTES_MAX,
  wireName,
} from "../datasets/dataset.ts";
import { sqlType } from "../datasets/tables.ts";
import { identifier, literal } from "../sql/names.ts";

/** Decimals that numbers of 64 bits are read with. */
const NARROW_SCALE = 8;

/** A JSON number as DuckDB writes it is no longer. */
const NUMBER_CHARS = 25;

/** The `columns` argument of DuckDB's read_json: text, with `quick` times as numbers. */
export function rawColumns(dataset: Dataset, quick: boolean): string {
  const type = (c: Column) => quick && c.type.kind === "timestamp" ? "DOUBLE" : "VARCHAR";
  return `{${dataset.columns.map((c) => `${raw(c)}: '${type(c)}'`).join(", ")}}`;
}

/**
 * A query over the raw lines of `file` (one a record) with the columns `_row` (from 1), each column
 * of the dataset typed, timestamps in microseconds, the text of each that is not text, of times the
 * number, under `_raw_<column>`, and `_lost`: true where a nullable column holds something that its
 * type can't read. One row a line, in the order of the lines, if each line is JSON and none is
 * blank. A line that is malformed fails the read: passed over, it would shift or swallow the lines
 * behind it. With `quick`, so does a time that is no number.
 */
export function typedLines(dataset: Dataset, file: string, quick = false): string {
  return typedRows(
    dataset,
    `read_json(${literal(file)}, format = 'newline_delimited',
    maximum_object_size = ${MESSAGE_BYTES_MAX}, columns = ${rawColumns(dataset, quick)})`,
    ["row_number() OVER () AS _row"],
  );
}

/**
 * The same over any relation that has the raw values under the dataset's wire names: text, and
 * times in whole units as numbers or text. `more` are columns of it to be passed on.
 */
export function typedRows(dataset: Dataset, relation: string, more: readonly string[]): string {
  const typed = dataset.columns.map((c) => `${typedColumn(c)} AS ${identifier(c.name)}`);
  const raws = dataset.columns.filter((c) => c.type.kind !== "text")
    .map((c) => `${c.type.kind === "timestamp" ? time(c) : raw(c)} AS ${rawName(c)}`);
  return `SELECT ${[...more, ...typed, ...raws].join(", ")},
    ${lost(dataset)} AS _lost
  FROM ${relation}`;
}

/**
 * A query for the lines, of a file that holds each line as a JSON text, that are no object or have
 * a column twice: `_row`, and `_twice`, which tells them apart.
 */
export function malformedLines(dataset: Dataset, file: string): string {
  const names = dataset.columns.map((c) => literal(wireName(c))).join(", ");
  const keys = `list_filter(json_keys(line), lambda key: key IN (${names}))`;
  return `SELECT _row, coalesce(_twice, false) FROM (SELECT row_number() OVER () AS _row,
    CASE WHEN json_valid(line) THEN CASE WHEN json_type(line) = 'OBJECT'
      THEN len(${keys}) > list_unique(${keys}) END END AS _twice
    FROM read_json(${literal(file)}, format = 'newline_delimited', records = false,
      maximum_object_size = ${2 * MESSAGE_BYTES_MAX + 2}, columns = {line: 'VARCHAR'}))
  WHERE coalesce(_twice, true) ORDER BY _row`;
}

/** What the declaration demands of a row of `typedLines`; null where a required column is null. */
export function validity(dataset: Dataset): string {
  const nullable = (name: string) => column(dataset, name).nullable;
  const ordered = (dataset.ordered ?? []).map(([low, high]) => {
    const inOrder = `${identifier(low)} <= ${identifier(high)}`;
    return nullable(low) || nullable(high) ? `coalesce(${inOrder}, true)` : inOrder;
  });
  return ["NOT _lost", ...dataset.columns.map(columnValidity), ...ordered].join(" AND ");
}

/**
 * Whether the values of a row of `typedLines` are surely those of the message to the last digit.
 * Where it is not true, the message itself must be looked at: its value has more digits than the
 * column, or JSON's number went through a double that may have lost some.
 */
export function certainty(dataset: Dataset): string {
  // A word is one of those allowed, or refused: planning what else it might be costs each batch.
  return dataset.columns.filter((c) => !isOfWords(c)).map((c) => {
    const sure = columnCertainty(c);
    return c.nullable ? `(${identifier(c.name)} IS NULL OR ${sure})` : sure;
  }).join(" AND ");
}

/** Whether the only values allowed are words, none of which is a number in another writing. */
function isOfWords({ oneOf }: Column): boolean {
  return oneOf !== undefined && oneOf.every((value) => Number.isNaN(Number(value)));
}

/** The columns as the tables hold them, out of `typedLines`. */
export function tableColumns(dataset: Dataset): string {
  return dataset.columns.map((c) => {
    const name = identifier(c.name);
    return c.type.kind === "timestamp" ? `make_timestamp(${name}) AS ${name}` : name;
  }).join(", ");
}

function raw(column: Column): string {
  return `"${wireName(column).replaceAll('"', '""')}"`;
}

function typedColumn(column: Column): string {
  const { type } = column;
  switch (type.kind) {
    case "text":
      return raw(column);
    case "decimal":
      return typedDecimal(raw(column), type.precision, type.scale);
    case "timestamp": {
      const whole = `try_cast(${time(column)} AS BIGINT)`;
      if (type.wireUnit === "us") return whole;
      // Within limits first: beyond them the product overflows, which would fail the whole batch.
      return `CASE WHEN ${time(column)} BETWEEN -9000000000 AND 9000000000
        THEN ${whole} * 1000000 END`;
    }
    case "date":
      return `try_cast(${raw(column)} AS DATE)`;
  }
}

/**
 * DuckDB reads text into wide decimals 200 times slower: what surely has no more decimals than 64
 * bits are read with goes through them.
 */
function typedDecimal(text: string, precision: number, scale: number): string {
  const wide = `try_cast(${text} AS DECIMAL(${precision},${scale}))`;
  if (precision <= 18) return wide;
  const narrow = Math.min(scale, NARROW_SCALE);
  const quick = `try_cast(${text} AS DECIMAL(18,${narrow}))::DECIMAL(${precision},${scale})`;
  if (narrow === scale) return `coalesce(${quick}, ${wide})`;
  const decimals = `strlen(${text}) - instr(${text}, '.')`;
  const few = `strlen(${text}) <= ${narrow + 1}
    OR (contains(${text}, '.') AND ${decimals} <= ${narrow})`;
  return `CASE WHEN (${few}) AND NOT contains(${text}, 'e') AND NOT contains(${text}, 'E')
    THEN coalesce(${quick}, ${wide}) ELSE ${wide} END`;
}

/** A time as a double, which holds microseconds exactly until the year 2255. */
function time(column: Column): string {
  return `try_cast(${raw(column)} AS DOUBLE)`;
}

function rawName(column: Column): string {
  return identifier(`_raw_${column.name}`);
}

/** Written for speed: the usual value is settled by its length and one comparison. */
function columnCertainty(column: Column): string {
  const { type } = column;
  const name = identifier(column.name);
  const text = rawName(column);
  switch (type.kind) {
    case "text":
      // A JSON number with a fraction or an exponent is rewritten on its way to text, as 1.5 or
      // 2e+16; without a point in at most seven characters.
      return `(${name} >= ':' OR (NOT contains(${name}, '.')
          AND (strlen(${name}) > 7 OR NOT contains(${name}, 'e')))
        OR try_cast(${name} AS DOUBLE) IS NULL)`;
    case "decimal": {
      const { scale } = type;
      if (scale > NARROW_SCALE) return wideCertainty(name, text, type);
      const typed = (value: string) => `${value}::${sqlType(type, "duckdb")}`;
      // Up to here neighbours of the column's scale are different doubles.
      const distinct = typed(String(Math.floor(2 ** 52 / 10 ** scale)));
      // So short a text of a value of this size has no more decimals, with an exponent neither.
      const short = `strlen(${text}) <= ${scale + 1}
        AND ${name} >= ${typed(`1e${5 - scale}`)} AND ${name} < ${distinct}`;
      // In up to 16 characters are at most 15 digits: equal doubles are equal decimals.
      const equal = `strlen(${text}) <= 16 AND ${name}::DOUBLE = try_cast(${text} AS DOUBLE)
        AND (${name} <> 0 OR NOT (contains(${text}, 'e') OR contains(${text}, 'E')))
        AND ((${name} < ${distinct} AND ${name} > -${distinct})
          OR NOT (contains(${text}, '.') OR contains(${text}, 'e') OR contains(${text}, 'E')))`;
      return `((${short}) OR (${equal}))`;
    }
    case "timestamp":
      // What DuckDB makes of true and false is no time either.
      return `(${text} = floor(${text}) AND abs(${text}) > 1)`;
    case "date":
      return `${text} = ${name}::VARCHAR`;
  }
}

/**
 * In up to 16 characters are at most 15 digits, which a double keeps and its text gives back, and
 * without an exponent, or from 1e-8 on, no more than 18 decimals.
 */
function wideCertainty(name: string, text: string, type: ColumnType): string {
  return `(strlen(${text}) <= 16 AND (${name} >= 1e-8::${sqlType(type, "duckdb")}
    OR NOT (contains(${text}, 'e') OR contains(${text}, 'E'))))`;
}

function lost(dataset: Dataset): string {
  const unread = dataset.columns.filter((c) => c.nullable && c.type.kind !== "text")
    .map((c) => `(${raw(c)} IS NOT NULL AND ${typedColumn(c)} IS NULL)`);
  return unread.length === 0 ? "false" : unread.join(" OR ");
}

function columnValidity(column: Column): string {
  const name = identifier(column.name);
  const rules = columnRules(column, name);
  const all = rules.length === 0 ? `${name} IS NOT NULL` : rules.join(" AND ");
  return column.nullable ? `(${name} IS NULL OR (${all}))` : `(${all})`;
}

/** Written for speed: bounds have the column's own type, and bytes are counted before characters. */
function columnRules(column: Column, name: string): string[] {
  const { type, min, moreThan, max, oneOf, signedBy } = column;
  const bound = (value: number) =>
    type.kind === "decimal" ? `${value}::${sqlType(type, "duckdb")}` : String(value);
  const rules: string[] = [];
  if (min !== undefined) rules.push(`${name} >= ${bound(min)}`);
  if (moreThan !== undefined && signedBy === undefined) rules.push(`${name} > ${bound(moreThan)}`);
  if (moreThan !== undefined && signedBy !== undefined) {
    const least = max === undefined ? "true" : `${name} >= ${bound(-max)}`;
    rules.push(
      `(${name} > ${bound(moreThan)} OR (${identifier(signedBy)} IS NOT NULL AND ${least}))`,
    );
  }
  if (max !== undefined) rules.push(`${name} <= ${bound(max)}`);
  if (oneOf) return [`${name} IN (${oneOf.map(literal).join(", ")})`];
  if (type.kind === "text") {
    const { maxLength } = type;
    const fits = `strlen(${name}) <= ${maxLength} OR length(${name}) <= ${maxLength}`;
    // A JSON number such as 1e15 arrives longer than it was sent: `certainty` has it looked at.
    const number = `(contains(${name}, '.') AND try_cast(${name} AS DOUBLE) IS NOT NULL)`;
    rules.push(`strlen(${name}) > 0`);
    rules.push(maxLength < NUMBER_CHARS ? `(${fits} OR ${number})` : `(${fits})`);
    // An object or array where text belongs arrives as its JSON text: it starts with { or [.
    rules.push(`(${name} < '[' OR ${name} >= '\\')`, `(${name} < '{' OR ${name} >= '|')`);
  }
  // DATE reads 'infinity' and 'epoch' as dates.
  if (type.kind === "date") rules.push(`${name} BETWEEN DATE '1800-01-01' AND DATE '2200-01-01'`);
  return rules;
}
