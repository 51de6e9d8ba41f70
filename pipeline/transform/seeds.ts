/** Seeds: the CSV files of a project, as the queries that give their rows. @module */
import { parse } from "@std/csv";
import { messageOf, TickhouseError } from "../errors.ts";
import { identifier, literal } from "../sql/names.ts";
import type { TemplateFile } from "./template.ts";

/** Text of the rows that one statement may hold; Snowflake takes no statement above 1 MiB. */
const STATEMENT_LENGTH_MAX = 200_000;

/** The types of its columns, by name, as the .yml file gives them. */
export type ColumnTypes = Readonly<Record<string, string>>;

/** A type of a column: what a cell must look like, for which examples say. */
interface CellType {
  readonly fits: (cell: string) => boolean;
  readonly example: string;
}

/**
 * Queries that give the rows of the file, one after another, typed; an empty cell is null. Throws
 * `SEED_INVALID`, naming file, line, column and value.
 */
export function seedQueries(file: TemplateFile, types: ColumnTypes): string[] {
  const [header, ...records] = recordsOf(file);
  if (!header) {
    throw invalid(file, 1, "the file is empty", "begin it with the names of its columns");
  }
  const columns = header.cells.map((name) => {
    const type = types[name];
    if (type !== undefined) {
      return { name: identifier(name), type, cells: cellType(file, name, type) };
    }
    throw invalid(file, 1, `column ${name} has no type`, "give it one under column_types", name);
  });
  const absent = Object.keys(types).find((name) => !header.cells.includes(name));
  if (absent !== undefined) {
    throw invalid(file, 1, `column ${absent} is missing`, "add it to the first line", absent);
  }
  const rows = records.map(({ line, cells }, index) => {
    if (cells.length !== columns.length) {
      const what = `${cells.length} cells where ${columns.length} columns are named`;
      throw invalid(file, line, what, "give one cell a column; quote a cell that holds a comma");
    }
    const values = columns.map(({ name, type, cells: { fits, example } }, i) => {
      const cell = cells[i] ?? "";
      // A column that begins with a bare null would have no type.
      if (cell === "") return index === 0 ? "cast(null as varchar)" : "null";
      if (fits(cell)) return textOf(cell);
      throw invalid(file, line, `column ${name} is no ${type}`, `write it as ${example}`, cell);
    });
    return `(${values.join(", ")})`;
  });
  const typed = columns.map(({ name, type }) => `cast(${name} as ${type}) as ${name}`).join(", ");
  const names = columns.map(({ name }) => name).join(", ");
  if (rows.length === 0) {
    const nothing = columns.map(({ name, type }) => `cast(null as ${type}) as ${name}`).join(", ");
    return [`select ${nothing} where 1 = 0`];
  }
  return statementsOf(rows).map((part) =>
    `select ${typed}\nfrom (values\n${part.join(",\n")}\n) as s (${names})`
  );
}

interface Line {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The lines that are not blank. A record is one line, so that errors name it and dbt agrees. */
function recordsOf(file: TemplateFile): Line[] {
  const text = file.text.replace(/^\uFEFF/, "");
  return text.split(/\r?\n/).flatMap((row, index) => {
    if (row === "") return [];
    try {
      return [{ line: index + 1, cells: parse(row)[0] ?? [] }];
    } catch (cause) {
      const fix = 'close the quote on its line; a quote in a cell is written ""';
      throw invalid(file, index + 1, messageOf(cause), fix, row, cause);
    }
  });
}

function cellType(file: TemplateFile, name: string, type: string): CellType {
  const written = type.toLowerCase().replaceAll(" ", "");
  if (written === "varchar") return { fits: () => true, example: "text" };
  if (written === "date") return { fits: isDate, example: "2025-01-31" };
  if (written === "integer") {
    const fits = (cell: string) => /^-?\d{1,10}$/.test(cell) && Math.abs(Number(cell)) < 2 ** 31;
    return { fits, example: "-240" };
  }
  const [, precision, scale] = /^decimal\((\d+),(\d+)\)$/.exec(written) ?? [];
  if (precision === undefined) {
    const fix = "use varchar, date, integer or decimal(p, s)";
    throw invalid(file, 1, `column ${name} has a type that seeds do not have`, fix, type);
  }
  const whole = Number(precision) - Number(scale);
  const digits = new RegExp(`^-?\\d{1,${whole}}(\\.\\d{1,${scale}})?$`);
  return { fits: (cell) => digits.test(cell), example: `1.5, with ${scale} decimals at most` };
}

function isDate(cell: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(cell) ? Date.parse(cell) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(cell);
}

/** As a literal of every dialect: a backslash escapes in some. */
function textOf(cell: string): string {
  return cell.split("\\").map(literal).join(" || chr(92) || ");
}

function statementsOf(rows: readonly string[]): string[][] {
  const parts: string[][] = [];
  let length = Infinity;
  for (const row of rows) {
    if (length + row.length > STATEMENT_LENGTH_MAX) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(row);
    length += row.length;
  }
  return parts;
}

function invalid(
  { file }: TemplateFile,
  line: number,
  what: string,
  fix: string,
  value?: string,
  cause?: unknown,
): TickhouseError {
  return new TickhouseError("SEED_INVALID", `line ${line}: ${what}`, {
    field: file,
    fix,
    ...(value === undefined ? {} : { value }),
    ...(cause === undefined ? {} : { cause }),
  });
}
