/** From the cells of a record to the JSON message of its dataset. @module */
import { type Column, wireName } from "../../datasets/dataset.ts";
import { decimalText, parseNumerals, unscaledOf } from "../../datasets/digits.ts";
import { problemsOf, type Row } from "../../datasets/zod.ts";
import type { Layout } from "./header.ts";
import { type DateOrder, dayOf, parseTime } from "./time.ts";

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const LOOSE_NUMBER = /^([+-]?)0*(\d*)(?:\.(\d*))?((?:[eE][+-]?\d+)?)$/;
const PLAIN_TEXT = /^[\w.^=:/-]+$/;
const TIMES_MAX = 50_000;
/** Files hold floats, whose digits beyond the column's mean nothing: 119.51999664306640. */
const ROUNDING = 10n ** 6n;
/** A number that is shorter, and has no exponent, has no more digits than any column. */
const SHORT_CHARS = 9;

/** A row that can't become a message. */
export interface RowProblem {
  readonly reason: string;
}

/** How the text of a cell becomes the JSON of a field; what looks wrong is noted by `row.doubt()`. */
type Writer = (cell: string, row: RowWriter) => string;

interface Field {
  readonly column: Column;
  /** Such as `,"price":`. */
  readonly prefix: string;
  readonly cell: number;
  readonly constant: string | undefined;
  readonly write: Writer;
}

/**
 * Writes messages, quick for good rows: what looks wrong on the quick path is judged again, and
 * explained, by the dataset's zod schema.
 */
export class RowWriter {
  /** Key of the row last written. */
  key = "";
  /** Event time of the row last written, in microseconds. */
  eventUs = 0;
  /** How many values of the rows written were rounded to the scale of their column, by its name. */
  readonly rounded = new Map<string, number>();
  readonly #layout: Layout;
  readonly #fields: readonly Field[];
  readonly #pairs: readonly (readonly [number, number])[];
  readonly #numbers: Float64Array;
  #doubted = false;
  #rounding: string[] = [];
  readonly #times = new Map<string, number | string>();
  readonly #dateOrder: DateOrder | undefined;
  readonly #keyField: number;
  readonly #timeField: number;
  readonly #idPrefix: string;

  constructor(layout: Layout, idPrefix: string, dateOrder?: DateOrder) {
    const { dataset } = layout;
    const index = (name: string) => dataset.columns.findIndex((c) => c.name === name);
    this.#layout = layout;
    this.#idPrefix = idPrefix;
    this.#dateOrder = dateOrder;
    this.#fields = dataset.columns.map((column, i) => ({
      column,
      prefix: `${i === 0 ? "{" : ","}${JSON.stringify(wireName(column))}:`,
      cell: layout.cells.get(column.name) ?? -1,
      constant: layout.constants.get(column.name),
      write: writerOf(column, i),
    }));
    this.#pairs = (dataset.ordered ?? []).map(([low, high]) => [index(low), index(high)]);
    this.#numbers = new Float64Array(dataset.columns.length);
    this.#keyField = index(dataset.key);
    this.#timeField = index(dataset.eventTime);
  }

  /** The message of a record; `line` is where it begins. */
  write(cells: readonly string[], line: number): string | RowProblem {
    const { header } = this.#layout;
    if (cells.length !== header.length) {
      return { reason: `the row has ${cells.length} fields, the header ${header.length}` };
    }
    let json = "";
    this.#doubted = false;
    this.#rounding = [];
    for (let i = 0; i < this.#fields.length; i++) {
      const field = this.#fields[i] as Field;
      const cell = this.#cell(field, cells, line);
      if (i === this.#keyField) this.key = cell;
      json += field.prefix + (cell === "" ? this.#empty(field, i) : field.write(cell, this));
    }
    for (const [low, high] of this.#pairs) {
      if ((this.#numbers[low] as number) > (this.#numbers[high] as number)) this.#doubted = true;
    }
    json += "}";
    const written = this.#doubted ? this.#judge(json, cells, line) : json;
    if (typeof written === "string") {
      for (const name of this.#rounding) this.rounded.set(name, (this.rounded.get(name) ?? 0) + 1);
    }
    return written;
  }

  /** Asks for the row to be judged by zod; what is written stands if that finds nothing. */
  doubt(): void {
    this.#doubted = true;
  }

  /** Notes that a value of the column was rounded. */
  round(column: string): void {
    this.#rounding.push(column);
  }

  /** Notes a number for the ordered pairs. */
  note(field: number, value: number): void {
    this.#numbers[field] = value;
  }

  /** Notes a time, if the field is the event time. */
  noteTime(field: number, us: number): void {
    if (field === this.#timeField) this.eventUs = us;
  }

  /** A time in microseconds, or why the cell is none. Files repeat times: they are remembered. */
  time(cell: string): number | string {
    let time = this.#times.get(cell);
    if (time === undefined) {
      if (this.#times.size >= TIMES_MAX) this.#times.clear();
      this.#times.set(cell, time = parseTime(cell, this.#dateOrder));
    }
    return time;
  }

  #empty(field: Field, index: number): string {
    this.#numbers[index] = NaN;
    if (field.column.nullable) return "null";
    this.#doubted = true;
    return '""';
  }

  #cell(field: Field, cells: readonly string[], line: number): string {
    if (field.cell < 0) {
      if (field.constant !== undefined) return field.constant;
      return field.column.name === "trade_id" ? `${this.#idPrefix}:${line}` : "";
    }
    const cell = cells[field.cell] as string;
    const trimmed = cell.charCodeAt(0) <= 32 || cell.charCodeAt(cell.length - 1) <= 32;
    const text = trimmed ? cell.trim() : cell;
    const absent = text.length === 4 && field.column.nullable && /^null$/i.test(text);
    return absent ? "" : text;
  }

  #judge(json: string, cells: readonly string[], line: number): string | RowProblem {
    const reasons: string[] = [];
    const timed = new Set<string>();
    for (const field of this.#fields) {
      const { kind } = field.column.type;
      if (kind !== "timestamp" && kind !== "date") continue;
      const cell = this.#cell(field, cells, line);
      const reason = timeReason(this.time(cell), field.column);
      if (cell === "" || !reason) continue;
      const name = this.#layout.header[field.cell] ?? field.column.name;
      reasons.push(`${name} is ${JSON.stringify(cell.slice(0, 60))}: ${reason}`);
      timed.add(wireName(field.column));
    }
    const problems = problemsOf(this.#layout.dataset, parseNumerals(json) as Row) ?? [];
    reasons.push(...problems.filter((p) => !timed.has(p.slice(0, p.indexOf(" is ")))));
    // The quick path may doubt what zod allows, such as a number of more digits than a double has.
    return reasons.length > 0 ? { reason: reasons.join("; ") } : json;
  }
}

function timeReason(time: number | string, column: Column): string | undefined {
  if (typeof time === "string") return time;
  if (column.type.kind === "date") return dayOf(time) ? undefined : "must be a day, without a time";
  const whole = column.type.kind !== "timestamp" || column.type.wireUnit === "us" ||
    time % 1_000_000 === 0;
  return whole ? undefined : "must be a time in whole seconds";
}

function writerOf(column: Column, field: number): Writer {
  switch (column.type.kind) {
    case "text":
      return textWriter(column, column.type.maxLength);
    case "decimal":
      return numberWriter(column, 10 ** (column.type.precision - column.type.scale), field);
    default:
      return timeWriter(column, field);
  }
}

function textWriter(column: Column, maxLength: number): Writer {
  const allowed = column.oneOf && new Set(column.oneOf);
  let last = "";
  let lastJson = "";
  return (cell, row) => {
    if (cell === last) return lastJson;
    if (cell.length > maxLength || (allowed && !allowed.has(cell))) {
      row.doubt();
      return JSON.stringify(cell);
    }
    last = cell;
    return lastJson = PLAIN_TEXT.test(cell) ? `"${cell}"` : JSON.stringify(cell);
  };
}

function numberWriter(column: Column, limit: number, field: number): Writer {
  const least = column.moreThan ?? column.min ?? -limit;
  const strict = column.moreThan !== undefined;
  const most = Math.min(column.max ?? limit, limit);
  return (cell, row) => {
    let json = NUMBER.test(cell) ? cell : plainNumber(cell);
    if (json !== undefined && (json.length > SHORT_CHARS || /e/i.test(json))) {
      json = fitted(json, column, row);
    }
    const value = Number(json ?? NaN);
    row.note(field, value);
    const low = strict ? value > least : value >= least;
    if (!low || !(value <= most) || Math.abs(value) >= limit) row.doubt();
    return json ?? JSON.stringify(cell);
  };
}

/** The number with the decimals that its column has; as it is, to be refused, if it needs more. */
function fitted(json: string, { name, type }: Column, row: RowWriter): string {
  const scale = type.kind === "decimal" ? type.scale : 0;
  const exact = unscaledOf(json, scale);
  const unscaled = exact ?? unscaledOf(json, scale, ROUNDING);
  if (unscaled === undefined) {
    row.doubt();
    return json;
  }
  if (exact === undefined) row.round(name);
  return decimalText(unscaled, scale);
}

function timeWriter(column: Column, field: number): Writer {
  const min = column.min ?? -Infinity;
  const max = column.max ?? Infinity;
  return (cell, row) => {
    const time = row.time(cell);
    if (typeof time === "string" || timeReason(time, column)) {
      row.doubt();
      return JSON.stringify(cell);
    }
    row.noteTime(field, time);
    if (column.type.kind === "date") return `"${dayOf(time)}"`;
    if (time < min || time > max) row.doubt();
    return String(
      column.type.kind === "timestamp" && column.type.wireUnit === "s" ? time / 1_000_000 : time,
    );
  };
}

/** The digits as JSON writes them: `.5`, `5.`, `+5` and `007` become 0.5, 5, 5 and 7. */
function plainNumber(cell: string): string | undefined {
  const match = LOOSE_NUMBER.exec(cell);
  if (!match || !/\d/.test(cell.split(/[eE]/)[0] ?? "")) return undefined;
  const [, sign, whole, fraction, exponent] = match;
  return `${sign === "-" ? "-" : ""}${whole || "0"}${fraction ? `.${fraction}` : ""}${exponent}`;
}
