/** Pages whose examples are run: each statement gives the table that stands behind it. @module */
import { assertEquals } from "@std/assert";
import type { Cell } from "../sql/session.ts";
import { bars } from "../datasets/bars.ts";
import { corporateActions } from "../datasets/corporate_actions.ts";
import { quotes } from "../datasets/quotes.ts";
import { ticks } from "../datasets/ticks.ts";
import { transform } from "./transform.ts";
import { EmptyWarehouse, PROJECT } from "./warehouse_fixture.ts";

const ROOT = new URL("../..", import.meta.url);

type Part =
  | { readonly sql: string }
  | { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** The tables and statements of a text, in their order. */
function parts(text: string): Part[] {
  const blocks = text.matchAll(/^```sql\n([^]*?)^```$|(?:^\|.*\|\n)+/gm);
  return [...blocks].map(([block, sql]) => {
    if (sql !== undefined) return { sql };
    const [header = [], , ...rows] = block.trim().split("\n")
      .map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()));
    return { header, rows };
  });
}

/** As a table of the page shows it: numbers without zeros at the end. */
function shown(cell: Cell | string): string {
  const text = cell === null ? "" : String(cell);
  return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, "") : text;
}

/** Runs the examples of a section; how many results were compared. */
export async function runSection(section: string): Promise<number> {
  await using warehouse = await EmptyWarehouse.open();
  const { session } = warehouse;
  let [offset, compared] = [0, 0];
  let result: { readonly columns: readonly string[]; rows: string[][] } | undefined;
  for (const part of parts(section)) {
    if ("sql" in part) {
      const { failed } = await transform({ project: PROJECT, session });
      assertEquals(failed, []);
      const { columns, rows } = await session.query(part.sql);
      result = {
        columns: columns.map(({ name }) => name),
        rows: rows.map((row) => row.map(shown)),
      };
      continue;
    }
    if (result) {
      assertEquals([part.header, ...part.rows.map((row) => row.map(shown))], [
        result.columns,
        ...result.rows,
      ]);
      [result, compared] = [undefined, compared + 1];
      continue;
    }
    const dataset = part.header.includes("ex_date")
      ? corporateActions
      : part.header.includes("bar_interval")
      ? bars
      : part.header.includes("pc")
      ? quotes
      : ticks;
    const names = dataset.columns.map((column) => column.name);
    for (const row of part.rows) {
      const said = part.header.map((name, i) => [name, row[i] || null] as const)
        .filter(([name]) => names.includes(name));
      const record = { source: "alpaca", ...Object.fromEntries(said) };
      const id = dataset === ticks ? { trade_id: String(offset), ...record } : record;
      await session.query(
        `INSERT INTO bronze.${dataset.name} BY NAME SELECT '${dataset.name}' AS _topic,
           0 AS _partition, ?::BIGINT AS _offset,
           TIMESTAMP '2027-01-15' + to_microseconds(?::BIGINT) AS _ingest_time,
           ${Object.keys(id).map((name) => `? AS ${name}`).join(", ")}`,
        [offset, offset, ...Object.values(id)],
      );
      offset++;
    }
  }
  return compared;
}

/** The sections of a page that have examples, and how many it has in all. */
export async function sectionsOf(
  page: string,
): Promise<{ readonly sections: readonly string[]; readonly headings: number }> {
  const text = await Deno.readTextFile(new URL(page, ROOT));
  const sections = text.split(/^(?=## )/m).slice(1).filter((part) => part.includes("```sql"));
  return { sections, headings: text.match(/^## /gm)?.length ?? 0 };
}
