/** From the cells of a record to the JSON message of its dataset. @module */
import { type Column, wireName } from "../../datasets/dataset.ts";
import {
  decimalText,
  isNumeral,
  jsonDecimal,
  parseNumerals,
  unscaledOf,
} from "../../datasets/digits.ts";
import { problemsOf, type Row } from "../../datasets/zod.ts";
import { actionOf, isOfAnother } from "./action.ts";
import { cleanCell } from "./cell.ts";
import { TickhouseError } from "../../errors.ts";
import { type Layout, normalName } from "./columns.ts";
import { codesOf } from "./conditions.ts";
import { intervalNamed, isOfDays, isUsual, tooNear } from "./interval.ts";
import { type IdFault, type KnownIds, wholeId } from "./known_ids.ts";
import { isMissing, type NumberStyle, plain, readNumber } from "./numbers.ts";
import { dayOf } from "./time.ts";
import { type TimeReader, timeReason } from "./times.ts";
import type { TradeIds } from "./trade_id.ts";
import { joinClock } from "./understand.ts";

const PLAIN_TEXT = /^[\w.^=:/#-]+$/;
/** A value is never changed by more than this part of it. */
const ROUNDING = 10n ** 6n;
/** Files hold floats, whose digits beyond the eighth decimal mean nothing: 119.51999664306640. */
const NOISE_SCALE = 8;
const NOISE = 10n ** 9n;
/** A number that is shorter, and has no exponent, has no more digits than any column. */
const SHORT_CHARS = 9;
const WHOLE = /^-?\d+$/;
const US_PER_S = 1_000_000;
/** Distances that a symbol must have before they say something. */
const OTHERS_MIN = 5;
const SIDES: Readonly<Record<string, string>> = { b: "buy", buy: "buy", s: "sell", sell: "sell" };
/** Futures, whose prices may fall below zero, as Yahoo names them. */
const SIGNED_SYMBOL = /=F$/;

/** Why a cancel or correction without ids is refused. */
const NO_IDS = "a cancel or correction names its trade by trade_id, and there are no ids: " +
  "give their column (--map trade_id=Name), or leave out what was cancelled and corrected";
/** Why a row is refused for its id, and what helps. */
const ID_FAULTS: Readonly<Record<IdFault, string>> = {
  "two trades": "the file has it for another time, price or size too, and neither action nor " +
    "sequence says that they are versions of one trade: give ids that name one trade " +
    "(--map venue=Name makes the venue part of them, --map trade_id=- leaves them out)",
  "several days": "trades of several days have this number, and none of the row's own day: " +
    "write it with the day of its trade in front, in the form of ",
  "older version": "the file is newest first, so a newer version of the trade stands before this " +
    "one, and is the one that counts: give a sequence, or the rows in the order of their times",
  "no venue": "ids of the file are those of a venue, and the row has none: name the venue of the " +
    "trade that it cancels or corrects",
};

/** A row that can't become a message. */
export interface RowProblem {
  readonly reason: string;
}

/** What happened to values of the rows written, by column, and of which one first. */
export interface Note {
  count: number;
  readonly first: string;
}

/** How rows are written. */
export interface RowsOf {
  readonly layout: Layout;
  readonly numbers: NumberStyle;
  readonly times: TimeReader;
  /** Of bars, to see that none are nearer than that. */
  readonly interval: string | undefined;
  /** Whether the bars are those of days. */
  readonly ofDays: boolean;
  /** Whether day and time of day are joined as they stand. */
  readonly asItIs: boolean;
  /** Names trades without an id. */
  readonly ids: TradeIds;
  /** What the file's ids stand for; undefined where it has none, or its format says all are unique. */
  readonly known: KnownIds | undefined;
  /** Whether each row that is cancelled or corrected says so itself, and needs no id for it. */
  readonly correctsItself: boolean;
  /** Whether each character of a sale condition is one of its own. */
  readonly packed: boolean;
  /** What values of the file are here, by column. */
  readonly values?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
}

/** How the text of a cell becomes the JSON of a field; what looks wrong is noted by `row.doubt()`. */
type Writer = (cell: string, row: RowWriter) => string;

interface Field {
  readonly column: Column;
  /** Such as `,"price":`. */
  readonly prefix: string;
  readonly cell: number;
  readonly constant: string | undefined;
  /** The whole field, where each row has the same. */
  readonly fixed: string | undefined;
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
  /** How many values of the rows written were rounded to the scale of their column. */
  readonly rounded = new Map<string, Note>();
  /** How many values of columns that may be null were none that the column can hold. */
  readonly emptied = new Map<string, Note>();
  /** How many rows have the time of the symbol's row before. */
  repeated = 0;
  /** Dividends and splits beside the rows, as `AAPL,2020-02-07,dividend,0.1925`. */
  readonly events: string[] = [];
  readonly #of: RowsOf;
  readonly #fields: readonly Field[];
  readonly #pairs: readonly (readonly [number, number])[];
  readonly #numbers: Float64Array;
  readonly #texts: string[];
  #doubted = false;
  #refusal: string | undefined;
  #notes: (readonly [Map<string, Note>, string, string])[] = [];
  readonly #keyField: number;
  readonly #timeField: number;
  readonly #priceField: number;
  readonly #sizeField: number;
  readonly #signField: number;
  readonly #madeField: number;
  readonly #idField: number;
  readonly #venueField: number;
  readonly #actionField: number;
  readonly #sequenceField: number;
  readonly #idCell: number;
  readonly #series = new Map<string, { lastUs: number; usual: number; others: number }>();

  constructor(of: RowsOf) {
    const { layout: { dataset, cells, constants, madeId } } = of;
    this.#of = of;
    const signed = dataset.columns.some((c) => c.signedBy !== undefined);
    const columns = dataset.columns.filter(({ name }) =>
      cells.has(name) || constants.has(name) || (madeId && name === "trade_id") ||
      (signed && name === "signed")
    ).concat(missingOf(of));
    this.#fields = columns.map((column, i) => {
      const prefix = `${i === 0 ? "{" : ","}${JSON.stringify(wireName(column))}:`;
      const constant = constants.get(column.name);
      const isFixed = constant !== undefined && column.type.kind === "text" &&
        column.name !== dataset.key && constant !== "" && !column.oneOf &&
        constant.length <= column.type.maxLength;
      return {
        ...{ column, prefix, constant },
        cell: constant !== undefined ? -1 : cells.get(column.name) ?? -1,
        fixed: isFixed ? prefix + JSON.stringify(constant) : undefined,
        write: this.#writerOf(column, i),
      };
    });
    const index = (name: string) => this.#fields.findIndex(({ column }) => column.name === name);
    this.#pairs = (dataset.ordered ?? []).map(([low, high]) => [index(low), index(high)]);
    this.#numbers = new Float64Array(this.#fields.length).fill(NaN);
    this.#texts = this.#fields.map(() => "");
    this.#keyField = index(dataset.key);
    this.#timeField = index(dataset.eventTime);
    this.#priceField = index("price");
    this.#sizeField = index("size");
    this.#signField = index("signed");
    this.#madeField = madeId ? index("trade_id") : -1;
    this.#idField = of.known ? index("trade_id") : -1;
    this.#venueField = index("venue");
    this.#actionField = index("action");
    this.#sequenceField = index("sequence");
    this.#idCell = cells.get("trade_id") ?? -1;
  }

  /** Whether the record says nothing of this symbol, in a table of several side by side. */
  isBlank(cells: readonly string[]): boolean {
    const { layout: { cells: own, dataset } } = this.#of;
    return [...own].every(([name, index]) =>
      name === dataset.eventTime || isMissing(cleanCell(cells[index] ?? ""))
    );
  }

  /** The message of a record; `line` is where it begins. */
  write(cells: readonly string[], line: number): string | RowProblem {
    const { header } = this.#of.layout;
    const uneven = cells.length !== header.length && !fillsUp(cells, header);
    if (uneven || header.at(-1) === "" && this.#nameless(cells)) {
      return { reason: `the row has ${cells.length} fields, the header ${header.length}` };
    }
    let json = "";
    let idAt = 0;
    this.#doubted = false;
    this.#refusal = undefined;
    if (this.#notes.length > 0) this.#notes = [];
    for (let i = 0; i < this.#fields.length; i++) {
      const field = this.#fields[i] as Field;
      if (field.fixed !== undefined) {
        json += field.fixed;
        continue;
      }
      let cell = this.#cell(field, cells);
      if (i === this.#keyField) this.key = cell;
      if (i === this.#idField && cell !== "") {
        idAt = json.length;
        cell = this.#wholeId(cell, cells);
      }
      const text = cell === "" ? this.#empty(field, i) : field.write(cell, this);
      this.#texts[i] = text;
      if (i !== this.#signField || text !== "null") json += field.prefix + text;
    }
    for (const [low, high] of this.#pairs) {
      if ((this.#numbers[low] as number) > (this.#numbers[high] as number)) this.#doubted = true;
    }
    json += "}";
    if (this.#refusal !== undefined) return { reason: this.#refusal };
    const written = this.#doubted ? this.#judge(json, cells) : json;
    if (typeof written !== "string") return written;
    const near = this.#nearness();
    if (near !== undefined) return { reason: near };
    const named = this.#named(written, idAt, cells, line);
    if (typeof named !== "string") return named;
    for (const [notes, column, first] of this.#notes) {
      const note = notes.get(column);
      if (note) note.count++;
      else notes.set(column, { count: 1, first: `line ${line}: ${JSON.stringify(first)}` });
    }
    this.#collect(cells);
    return named;
  }

  /** The file's id as it is stored, unless it turns out to be of an earlier day. */
  #wholeId(cell: string, cells: readonly string[]): string {
    const { known } = this.#of;
    return known ? wholeId(known.form, cell, this.#venue(cells), this.eventUs) : cell;
  }

  #venue(cells: readonly string[]): string {
    const field = this.#fields[this.#venueField];
    return this.#of.known?.form.byVenue && field ? this.#cell(field, cells) : "";
  }

  /** The row under the id of its trade, or why it is of none. */
  #named(json: string, idAt: number, cells: readonly string[], line: number): string | RowProblem {
    const action = this.#text(this.#actionField);
    const { known, correctsItself, layout: { header } } = this.#of;
    if (this.#madeField >= 0 && !correctsItself && isOfAnother(action)) {
      return { reason: `action is ${JSON.stringify(action)}: ${NO_IDS}` };
    }
    const field = this.#fields[this.#idField];
    if (!known || !field) return json;
    const id = this.#cell(field, cells);
    const named = known.take({
      symbol: this.key,
      id,
      venue: this.#venue(cells),
      us: this.eventUs,
      action,
      sequence: this.#text(this.#sequenceField),
      price: this.#text(this.#priceField),
      size: this.#text(this.#sizeField),
    }, line);
    if ("fault" in named) {
      const name = header[this.#idCell] || "trade_id";
      const own = named.fault === "several days" ? this.#wholeId(id, cells) : "";
      return { reason: `${name} is ${JSON.stringify(id)}: ${ID_FAULTS[named.fault]}${own}` };
    }
    const before = field.prefix + this.#texts[this.#idField];
    const now = field.prefix + JSON.stringify(named.id);
    if (before === now) return json;
    return json.slice(0, idAt) + now + json.slice(idAt + before.length);
  }

  /** What was written for the field, without quotes; empty for null. */
  #text(field: number): string {
    const text = this.#texts[field];
    return text === undefined || text === "null" ? "" : plain(text);
  }

  /** What the file's ids stand for. */
  get known(): KnownIds | undefined {
    return this.#of.known;
  }

  /** Whether a value stands below no name, at the end: the row is shifted. */
  #nameless(cells: readonly string[]): boolean {
    const { header } = this.#of.layout;
    const named = header.findLastIndex((name) => name !== "") + 1;
    return named < header.length && cells.slice(named).some((cell) => cell.trim() !== "");
  }

  /** Asks for the row to be judged by zod; what is written stands if that finds nothing. */
  doubt(): void {
    this.#doubted = true;
  }

  /** Refuses the row. */
  refuse(reason: string): void {
    this.#refusal = reason;
  }

  /** Times of which what is finer than a microsecond was cut, and the first of them. */
  get finer(): { readonly count: number; readonly first: string } {
    return this.#of.times.finer;
  }

  /** Notes that a value of the column was rounded, or emptied. */
  noteValue(notes: Map<string, Note>, column: string, cell: string): void {
    this.#notes.push([notes, column, cell]);
  }

  /** Notes a number for the ordered pairs. */
  note(field: number, value: number): void {
    this.#numbers[field] = value;
  }

  /** Notes a time, if the field is the event time. */
  noteTime(field: number, us: number): void {
    if (field === this.#timeField) this.eventUs = us;
  }

  #empty(field: Field, index: number): string {
    this.#numbers[index] = NaN;
    if (index === this.#madeField) return this.#madeId();
    if (index === this.#signField) return SIGNED_SYMBOL.test(this.key) ? '"yes"' : "null";
    if (field.column.nullable) return "null";
    this.#doubted = true;
    return '""';
  }

  #madeId(): string {
    const [price = "", size = ""] = [this.#texts[this.#priceField], this.#texts[this.#sizeField]];
    return `"${this.#of.ids.next(this.key, this.eventUs, plain(price), plain(size))}"`;
  }

  #cell(field: Field, cells: readonly string[]): string {
    const { cell: index, column, constant } = field;
    if (index < 0) return constant ?? "";
    let text = cleanCell(cells[index] as string);
    const { clock, dataset } = this.#of.layout;
    if (clock !== undefined && column.name === dataset.eventTime) {
      text = joinClock(text, cleanCell(cells[clock] as string), this.#of.asItIs);
    }
    return column.nullable && isMissing(text) ? "" : text;
  }

  #judge(json: string, cells: readonly string[]): string | RowProblem {
    const { layout } = this.#of;
    const reasons: string[] = [];
    const timed = new Set<string>();
    for (const field of this.#fields) {
      const { kind } = field.column.type;
      if (kind !== "timestamp" && kind !== "date") continue;
      const cell = this.#cell(field, cells);
      const reason = timeReason(this.#of.times.read(cell), field.column);
      if (cell === "" || !reason) continue;
      const name = layout.header[field.cell] ?? field.column.name;
      reasons.push(`${name} is ${JSON.stringify(cell.slice(0, 60))}: ${reason}`);
      timed.add(wireName(field.column));
    }
    const problems = problemsOf(layout.dataset, parseNumerals(json) as Row) ?? [];
    reasons.push(
      ...problems.filter((p) => !timed.has(p.slice(0, p.indexOf(" is ")))).map((problem) =>
        this.#explained(problem)
      ),
    );
    if (reasons.length > 0) assertNoHeader(cells, layout.header);
    // The quick path may doubt what zod allows, such as a number of more digits than a double has.
    return reasons.length > 0 ? { reason: reasons.join("; ") } : json;
  }

  #explained(problem: string): string {
    if (!/ must be more than 0$/.test(problem)) return problem;
    if (this.#signField >= 0) {
      return `${problem} (--set signed=yes if prices of the instrument may be zero or below)`;
    }
    return this.#of.layout.dataset.name === "quotes" && /^c is 0:/.test(problem)
      ? `${problem} (zeros are Finnhub's answer for a symbol that it does not know)`
      : problem;
  }

  /** Why the row is too near to the one before for its interval. */
  #nearness(): string | undefined {
    const { interval, layout: { dataset } } = this.#of;
    if (interval === undefined || this.#of.layout.cells.has("bar_interval")) return undefined;
    const { eventUs } = this;
    const series = this.#series.get(this.key);
    if (!series) {
      this.#series.set(this.key, { lastUs: eventUs, usual: 0, others: 0 });
      return undefined;
    }
    const distance = Math.abs(eventUs - series.lastUs);
    series.lastUs = eventUs;
    if (distance === 0) {
      this.repeated++;
      return undefined;
    }
    if (isUsual(interval, distance)) series.usual++;
    else series.others++;
    const reason = tooNear(interval, distance);
    if (reason === undefined) return undefined;
    return `${dataset.eventTime} is ${new Date(eventUs / 1000).toISOString()}: ${reason}`;
  }

  /** Symbols of which no bar follows another as those of the interval do. */
  unusual(): string[] {
    return [...this.#series].filter(([, { usual, others }]) => usual === 0 && others >= OTHERS_MIN)
      .map(([symbol]) => symbol);
  }

  #collect(cells: readonly string[]): void {
    const { dividend, split } = this.#of.layout.events;
    if (dividend === undefined && split === undefined) return;
    const add = (index: number | undefined, action: string, none: number) => {
      const value = Number(index === undefined ? NaN : cells[index] || NaN);
      if (!(value > 0) || value === none) return;
      const day = new Date(this.eventUs / 1000).toISOString().slice(0, 10);
      this.events.push(`${this.key},${day},${action},${value}`);
    };
    add(dividend, "dividend", 0);
    add(split, "split", 1);
  }

  #writerOf(column: Column, field: number): Writer {
    const { type, name } = column;
    switch (type.kind) {
      case "text": {
        const write = textWriter(column, type.maxLength);
        const values = this.#of.values?.[name];
        if (values) {
          return (cell, row) => values[cell] === "" ? "null" : write(values[cell] ?? cell, row);
        }
        if (column.isList) {
          const { packed } = this.#of;
          return (cell, row) => {
            const codes = codesOf(cell, packed);
            return codes === "" ? "null" : write(codes, row);
          };
        }
        if (name === "action") return (cell, row) => write(actionOf(cell), row);
        if (name === "bar_interval" && this.#of.layout.cells.has(name)) {
          const { ofDays } = this.#of;
          return (cell, row) => {
            const interval = intervalNamed(cell);
            if (interval === undefined) return write(cell, row);
            if (isOfDays(interval) !== ofDays) {
              row.refuse(
                `bar_interval is ${JSON.stringify(cell)}: the rows before are of ` +
                  `${ofDays ? "days" : "a time of day"}: give each a file of its own`,
              );
            }
            return write(interval, row);
          };
        }
        if (name === "side") return (cell, row) => write(SIDES[cell.toLowerCase()] ?? cell, row);
        return write;
      }
      case "decimal":
        return this.#numberWriter(column, 10 ** (type.precision - type.scale), field);
      default:
        return timeWriter(column, field, this.#of.times);
    }
  }

  #numberWriter(column: Column, limit: number, field: number): Writer {
    const { moreThan, min, max, signedBy, name, nullable, unit, type } = column;
    const { numbers } = this.#of;
    const scale = type.kind === "decimal" ? type.scale : 0;
    const least = moreThan ?? min ?? -limit;
    const strict = moreThan !== undefined;
    const most = Math.min(max ?? limit, limit);
    return (cell, row) => {
      let json = readNumber(cell, numbers, unit);
      if (scale === 0 && json !== undefined && !WHOLE.test(json)) {
        const whole = unscaledOf(json, 0);
        if (whole === undefined) {
          row.refuse(`${wireName(column)} is ${JSON.stringify(cell)}: must be a whole number`);
        } else json = String(whole);
      }
      if (json !== undefined && (json.length > SHORT_CHARS || /e/i.test(json))) {
        json = fitted(json, name, scale, row);
      }
      const value = Number(json ?? NaN);
      const low = strict ? value > least : value >= least;
      const good = low && value <= most && Math.abs(value) < limit;
      if (!good && nullable) {
        row.noteValue(row.emptied, name, cell);
        row.note(field, NaN);
        return "null";
      }
      row.note(field, value);
      if (!good && !(signedBy !== undefined && value >= -most && value <= most && row.signed)) {
        row.doubt();
      }
      // As text it would be a number again, of another style.
      if (json === undefined && isNumeral(cell)) {
        row.refuse(
          `${wireName(column)} is ${JSON.stringify(cell)}: must be a number with ` +
            `${numbers.decimal} before its decimals, as others of the file`,
        );
      }
      if (json === undefined) return JSON.stringify(cell);
      return good ? jsonDecimal(json) : json;
    };
  }

  /** Whether prices of this row may be zero or below. */
  get signed(): boolean {
    const constant = this.#fields[this.#signField]?.constant;
    return constant !== undefined || SIGNED_SYMBOL.test(this.key);
  }
}

/** Whether a row differs from the header by empty cells, or nameless columns, at its end alone. */
function fillsUp(cells: readonly string[], header: readonly string[]): boolean {
  return cells.slice(header.length).every((cell) => cell.trim() === "") &&
    header.slice(cells.length).every((name) => name.trim() === "");
}

/** Rows below another header, whose names stand in another order, would be read by the wrong one. */
function assertNoHeader(cells: readonly string[], header: readonly string[]): void {
  const [own, other] = [header, cells].map((names) => names.map(normalName));
  if (own?.join() === other?.join() || own?.toSorted().join() !== other?.toSorted().join()) return;
  throw new TickhouseError("CSV_UNCERTAIN", "a second header stands in it, in another order", {
    field: "header",
    value: cells.join(","),
    fix: "give the rows below it a file of their own",
  });
}

/** Columns that must be there, of which nothing is known: the row says so. */
function missingOf({ layout: { dataset, missing, constants } }: RowsOf): Column[] {
  return dataset.columns.filter(({ name }) => missing.includes(name) && !constants.has(name));
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

/** The number with the decimals that its column has; as it is, to be refused, if it needs more. */
function fitted(json: string, name: string, scale: number, row: RowWriter): string {
  const noise = Math.min(scale, NOISE_SCALE);
  const short = unscaledOf(json, noise);
  if (short !== undefined) return decimalText(short, noise);
  const quiet = unscaledOf(json, noise, NOISE);
  const exact = quiet === undefined ? unscaledOf(json, scale) : undefined;
  if (exact !== undefined) return decimalText(exact, scale);
  const rounded = quiet ?? unscaledOf(json, scale, ROUNDING);
  if (rounded === undefined) {
    row.doubt();
    return json;
  }
  row.noteValue(row.rounded, name, json);
  return decimalText(rounded, quiet === undefined ? scale : noise);
}

function timeWriter(column: Column, field: number, times: TimeReader): Writer {
  const min = column.min ?? -Infinity;
  const max = column.max ?? Infinity;
  const seconds = column.type.kind === "timestamp" && column.type.wireUnit === "s";
  return (cell, row) => {
    const time = times.read(cell);
    const unfit = typeof time === "string" || timeReason(time, column) !== undefined;
    if (column.nullable && (unfit || time < min || time > max)) {
      row.noteValue(row.emptied, column.name, cell);
      return "null";
    }
    if (typeof time === "string" || unfit) {
      row.doubt();
      return JSON.stringify(cell);
    }
    row.noteTime(field, time);
    if (column.type.kind === "date") return `"${dayOf(time)}"`;
    if (time < min || time > max) row.doubt();
    if (!seconds) return String(time);
    if (time % US_PER_S !== 0) row.noteValue(row.rounded, column.name, cell);
    return String(Math.floor(time / US_PER_S));
  };
}
