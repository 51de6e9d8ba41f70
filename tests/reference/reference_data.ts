/** The reference tables, read from the CSV files of models/seeds. @module */

/** A row by the names of its columns; an empty cell is null. */
export type Row = Readonly<Record<string, string | null>>;

/** The tables that trades are placed and valued by. */
export interface ReferenceData {
  readonly sources: readonly Row[];
  readonly symbols: readonly Row[];
  readonly exchanges: readonly Row[];
  readonly holidays: readonly Row[];
  readonly actions: readonly Row[];
  readonly conditions: readonly Row[];
}

/** Reads the tables from the folder of a project's models. */
export function readReferenceData(models: string): ReferenceData {
  const table = (name: string) => rows(Deno.readTextFileSync(`${models}/seeds/${name}.csv`));
  return {
    sources: table("ref_sources"),
    symbols: table("ref_symbols"),
    exchanges: table("ref_exchanges"),
    holidays: table("ref_holidays"),
    actions: table("ref_corporate_actions"),
    conditions: table("ref_conditions"),
  };
}

/** Whether a day lies in the validity of a row. */
export function isValid(row: Row, day: string): boolean {
  return (row.valid_from ?? "") <= day && day < (row.valid_to ?? "9999-12-31");
}

function rows(text: string): Row[] {
  const [header = [], ...lines] = text.split("\n").filter((l) => l.trim() !== "").map(cells);
  return lines.map((line) =>
    Object.fromEntries(header.map((name, i) => [name, line[i] === "" ? null : line[i] ?? null]))
  );
}

function cells(line: string): string[] {
  const found = line.trimEnd().matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g);
  const texts = [...found].map(([, cell = ""]) =>
    cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell
  );
  // The end of the line matches once more as an empty cell.
  return line.trimEnd().endsWith(",") ? texts : texts.slice(0, -1);
}
