/** Compares what a warehouse holds with what the reference says. @module */
import { assertEquals } from "@std/assert";
import type { SqlSession } from "../../pipeline/sql/session.ts";
import type { Expected, ExpectedRow } from "./expected.ts";

/** The relations, and the rows of them that are of trades. */
const RELATIONS: Readonly<Record<keyof Expected, string>> = {
  silver: "(SELECT *, set_aside IS NOT NULL AS is_set_aside FROM silver.silver_clean_ticks)",
  candles: "(SELECT * FROM gold.gold_candlestick WHERE dataset = 'ticks')",
  days: "(SELECT * FROM gold.gold_candlestick_1d WHERE dataset = 'ticks')",
  kpis: "(SELECT * FROM gold.gold_kpi WHERE dataset = 'ticks')",
};

/** What identifies a row. */
const KEYS: Readonly<Record<keyof Expected, readonly string[]>> = {
  silver: ["source", "symbol", "trade_id"],
  candles: ["source", "symbol", "bar_interval", "open_time", "session"],
  days: ["source", "symbol", "trading_day", "session"],
  kpis: ["source", "symbol"],
};

/** How far figures that are no decimals may lie apart, of their size. */
const TOLERANCE = 1e-9;

/** How far those may that are rounded, of one of their last digits and what doubles take from it. */
const ROUNDED: Readonly<Record<string, number>> = {
  turnover: 1e-9,
  vwap: 1.1e-8,
  change_percent: 1.1e-6,
};

type Rows = ReadonlyMap<string, ExpectedRow>;

/** A row that differs, and the columns in which it does; or a row that only one of them has. */
export interface Difference {
  readonly key: string;
  readonly expected: ExpectedRow | undefined;
  readonly found: ExpectedRow | undefined;
}

/** Fails with the first rows that differ, and with what was done. */
export async function assertAgrees(
  session: SqlSession,
  expected: Expected,
  what = "",
): Promise<void> {
  for (const [table, differences] of Object.entries(await differencesOf(session, expected))) {
    const count = differences.length;
    const first = differences.slice(0, 3);
    assertEquals({ table, count, first }, { table, count: 0, first: [] }, what);
  }
}

/** The rows of each table that differ. */
export async function differencesOf(
  session: SqlSession,
  expected: Expected,
): Promise<Record<keyof Expected, readonly Difference[]>> {
  const of = async (table: keyof Expected) => {
    const rows = byKey(table, expected[table]);
    const found = byKey(table, await read(session, table, expected[table][0] ?? {}));
    return [...new Set([...rows.keys(), ...found.keys()])].flatMap((key) => {
      const difference = differs(rows.get(key), found.get(key));
      return difference ? [{ key, ...difference }] : [];
    });
  };
  return {
    silver: await of("silver"),
    candles: await of("candles"),
    days: await of("days"),
    kpis: await of("kpis"),
  };
}

async function read(
  session: SqlSession,
  table: keyof Expected,
  row: ExpectedRow,
): Promise<ExpectedRow[]> {
  const columns = Object.keys(row);
  const { rows } = await session.query(
    `SELECT ${columns.map((name) => `CAST(${name} AS VARCHAR)`).join(", ")} FROM ${
      RELATIONS[table]
    }`,
  );
  return rows.map((cells) =>
    Object.fromEntries(columns.map((name, i) => [name, plain(name, cells[i])]))
  );
}

/** Decimals have no zeros at their end, and booleans are in small letters. */
function plain(name: string, cell: unknown): string | null {
  if (cell === null || cell === undefined) return null;
  const text = String(cell);
  if (/^-?\d+\.\d+$/.test(text) && !TEXTS.has(name)) return text.replace(/\.?0+$/, "");
  return text;
}

const TEXTS = new Set(["source", "symbol", "trade_id", "conditions", "venue"]);

function byKey(table: keyof Expected, rows: readonly ExpectedRow[]): Rows {
  const known = new Map<string, ExpectedRow>();
  for (const row of rows) {
    const key = JSON.stringify(KEYS[table].map((name) => row[name]));
    const same = known.get(key);
    // Another key, so that both are seen.
    known.set(same ? `${key} twice` : key, row);
  }
  return known;
}

/** The columns in which they differ; undefined if in none. */
function differs(
  expected?: ExpectedRow,
  found?: ExpectedRow,
): Omit<Difference, "key"> | undefined {
  if (!expected || !found) return { expected, found };
  const names = Object.keys(expected).filter((name) =>
    !isSame(name, expected[name] ?? null, found[name] ?? null)
  );
  if (names.length === 0) return undefined;
  const only = (row: ExpectedRow) =>
    Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
  return { expected: only(expected), found: only(found) };
}

function isSame(
  name: string,
  expected: string | number | null,
  found: string | number | null,
): boolean {
  const rounded = ROUNDED[name];
  if (rounded !== undefined && expected !== null && found !== null) {
    return Math.abs(Number(expected) - Number(found)) <= rounded;
  }
  if (typeof expected !== "number" || found === null) return expected === found;
  const actual = Number(found);
  return Math.abs(actual - expected) <= TOLERANCE * Math.max(Math.abs(expected), 1e-12);
}
