/** Seeds: the CSV files of a project, read into typed rows. @module */
import { isDay } from "../day.ts";
import { seedInvalid, seedLines } from "../seed_lines.ts";
import { identifier, literal } from "../sql/names.ts";
import type { Seed } from "./model.ts";
import type { TemplateFile } from "./template.ts";

/** Text of the rows that one statement may hold; Snowflake takes no statement above 1 MiB. */
const STATEMENT_LENGTH_MAX = 200_000;

/** The types of its columns, by name, as the .yml file gives them. */
export type ColumnTypes = Readonly<Record<string, string>>;

/** A column of the file. */
interface Column {
  readonly name: string;
  readonly type: string;
  /** A cell as SQL writes the value as text; undefined if it is none of the type. */
  readonly read: (cell: string) => string | undefined;
  readonly example: string;
}

/**
 * Reads the file; an empty cell is null. Throws `SEED_INVALID`, naming file, line, column and value.
 */
export function readSeed({ file, text }: TemplateFile, types: ColumnTypes): Seed {
  const [header, ...records] = seedLines(file, text);
  if (!header) {
    throw seedInvalid(file, 1, "there is no line", "begin with the names of the columns");
  }
  const columns = columnsOf(file, header.cells, types);
  const rows = records.map(({ line, cells }) => {
    if (cells.length !== columns.length) {
      const what = `${cells.length} cells where ${columns.length} columns are named`;
      throw seedInvalid(file, line, what, "give each column a cell; quote one that holds a comma");
    }
    return columns.map(({ name, type, read, example }, i) => {
      const cell = cells[i] ?? "";
      if (cell === "") return null;
      const value = read(cell);
      if (value !== undefined) return value;
      throw seedInvalid(file, line, `column ${name} is no ${type}`, `write it as ${example}`, cell);
    });
  });
  const nothing = columns.map(({ name, type }) => `cast(null as ${type}) as ${name}`).join(", ");
  const empty = `select ${nothing} where 1 = 0`;
  const names = columns.map(({ name }) => name);
  return { empty, parts: rows.length > 0 ? partsOf(columns, rows) : [empty], columns: names, rows };
}

function columnsOf(file: string, header: readonly string[], types: ColumnTypes): Column[] {
  const absent = Object.keys(types).find((name) => !header.includes(name));
  if (absent !== undefined) {
    throw seedInvalid(file, 1, `column ${absent} is missing`, "add it to the first line", absent);
  }
  return header.map((name) => {
    const type = types[name];
    if (type !== undefined) return { name: identifier(name), type, ...cellType(file, name, type) };
    throw seedInvalid(
      file,
      1,
      `column ${name} has no type`,
      "give it one under column_types",
      name,
    );
  });
}

function partsOf(
  columns: readonly Column[],
  rows: readonly (readonly (string | null)[])[],
): string[] {
  const typed = columns.map(({ name, type }) => `cast(${name} as ${type}) as ${name}`).join(", ");
  const names = columns.map(({ name }) => name).join(", ");
  const parts: string[][] = [];
  let length = Infinity;
  for (const row of rows) {
    const isFirst = length > STATEMENT_LENGTH_MAX;
    if (isFirst) parts.push([]);
    // A column of bare nulls would have no type.
    const none = isFirst ? "cast(null as varchar)" : "null";
    const text = `(${row.map((cell) => cell === null ? none : textOf(cell)).join(", ")})`;
    parts.at(-1)?.push(text);
    length = (isFirst ? 0 : length) + text.length;
  }
  return parts.map((part) =>
    `select ${typed}\nfrom (values\n${part.join(",\n")}\n) as s (${names})`
  );
}

function cellType(
  file: string,
  name: string,
  type: string,
): Pick<Column, "read" | "example"> {
  const written = type.toLowerCase().replaceAll(" ", "");
  if (written === "varchar") return { read: (cell) => cell, example: "text" };
  if (written === "date") {
    return { read: (cell) => isDay(cell) ? cell : undefined, example: "2025-01-31" };
  }
  const [, precision, scale] = /^decimal\((\d+),(\d+)\)$/.exec(written) ?? [];
  if (precision !== undefined) {
    const read = (cell: string) => decimalText(cell, Number(precision), Number(scale));
    return { read, example: `1.5, with ${scale} decimals at most` };
  }
  if (written === "integer") return { read: (cell) => decimalText(cell, 9, 0), example: "-240" };
  const fix = "use varchar, date, integer or decimal(p, s)";
  throw seedInvalid(file, 1, `column ${name} has a type that seeds do not have`, fix, type);
}

/** The number with all decimals of its scale; undefined if it is none, or has more digits. */
function decimalText(cell: string, precision: number, scale: number): string | undefined {
  const [, sign = "", whole = "", decimals = ""] = /^(-?)0*(\d+)(?:\.(\d+))?$/.exec(cell) ?? [];
  if (whole === "" || decimals.length > scale) return undefined;
  if (whole !== "0" && whole.length > precision - scale) return undefined;
  const digits = scale === 0 ? whole : `${whole}.${decimals.padEnd(scale, "0")}`;
  return /[1-9]/.test(digits) ? sign + digits : digits;
}

/** As a literal of every dialect: a backslash escapes in some. */
function textOf(cell: string): string {
  return cell.split("\\").map(literal).join(" || chr(92) || ");
}
