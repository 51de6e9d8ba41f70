/** The reference tables that calendars are made of, read from their CSV files. @module */
import { join } from "node:path";
import { isDay } from "../day.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { seedInvalid, seedLines } from "../seed_lines.ts";

/** A row by the names of its columns; an empty cell is null. */
export type SeedRow = Readonly<Record<string, string | null>>;

/** The tables. */
export interface CalendarSeeds {
  readonly exchanges: readonly SeedRow[];
  readonly holidays: readonly SeedRow[];
  readonly calendars: readonly SeedRow[];
  readonly symbols: readonly SeedRow[];
  readonly sources: readonly SeedRow[];
}

/** The columns that are read of each. */
const TABLES = {
  exchanges: [
    ...["exchange", "valid_from", "valid_to", "time_zone", "day_minute", "open_minute"],
    ...["close_minute", "break_start_minute", "break_end_minute", "weekdays", "calendar"],
  ],
  holidays: [
    ...["calendar", "day", "name", "kind", "open_minute", "close_minute"],
    ...["break_start_minute", "break_end_minute"],
  ],
  calendars: ["calendar", "known_from", "known_until"],
  symbols: ["symbology", "symbol", "valid_from", "valid_to", "exchange"],
  sources: ["source", "symbology", "exchange"],
} as const;

/** Reads the tables of a folder, as models/seeds. Throws `FILE_UNREADABLE`, `SEED_INVALID`. */
export function readCalendarSeeds(folder: string): CalendarSeeds {
  const table = (name: keyof typeof TABLES) => read(join(folder, `ref_${name}.csv`), TABLES[name]);
  return {
    exchanges: table("exchanges"),
    holidays: table("holidays"),
    calendars: table("calendars"),
    symbols: table("symbols"),
    sources: table("sources"),
  };
}

function read(file: string, needed: readonly string[]): SeedRow[] {
  const [header, ...lines] = seedLines(file, textOf(file));
  const missing = needed.find((name) => !header?.cells.includes(name));
  if (!header || missing !== undefined) {
    throw seedInvalid(file, 1, `column ${missing} is missing`, "add it to the first line");
  }
  return lines.map(({ line, cells }) => {
    if (cells.length !== header.cells.length) {
      const what = `${cells.length} cells where ${header.cells.length} columns are named`;
      throw seedInvalid(file, line, what, "give each column a cell; quote one that holds a comma");
    }
    const row = Object.fromEntries(header.cells.map((name, i) => [name, cells[i] || null]));
    const [column, cell] = Object.entries(row).find(([name, value]) => !fits(name, value)) ?? [];
    if (column === undefined) return row;
    throw seedInvalid(file, line, `column ${column} can't be read`, "correct it", cell ?? "");
  });
}

/** Days and numbers must be such, or a day would be missed in silence. */
function fits(column: string, cell: string | null): boolean {
  if (cell === null) return !["day", "weekdays", "day_minute", "time_zone"].includes(column);
  if (/^(day|(valid|known)_(from|to|until))$/.test(column)) return isDay(cell);
  return !/(_minute|^weekdays)$/.test(column) || /^-?\d{1,5}$/.test(cell);
}

function textOf(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (cause) {
    throw new TickhouseError("FILE_UNREADABLE", messageOf(cause), {
      field: file,
      fix: "name a folder with the reference tables, such as models/seeds",
      cause,
    });
  }
}
