/** Runs the tests of models. @module */
import { messageOf, TickhouseError } from "../errors.ts";
import type { SqlSession } from "../sql/session.ts";
import { countRows } from "./build.ts";
import type { Check } from "./model.ts";

/** Of a row at fault, those without a value left out. */
const EXAMPLE_COLUMNS = 8;

/** What became of a test. */
export interface CheckReport {
  /** Such as `not_null_gold_kpi_symbol`. */
  readonly name: string;
  /** The file it is written in. */
  readonly file: string;
  /** Rows at fault; 0: passed. */
  readonly faults: number;
  /** The first of them, as columns with their values. */
  readonly example?: string;
  /** Whether faults are a warning only. */
  readonly warns: boolean;
  /** Milliseconds that it took. */
  readonly ms: number;
}

/**
 * Runs the checks, in their order. Those that judge the rows of one relation each by itself are one
 * query: a view is made once for all of its columns. Throws `TEST_FAILED` for one that can't run.
 */
export async function runChecks(
  session: SqlSession,
  checks: readonly Check[],
): Promise<CheckReport[]> {
  const found = new Map<Check, Found>();
  const groups = Map.groupBy(checks.filter((c) => c.rows), (c) => c.rows?.relation ?? "");
  for (const [relation, group] of groups) {
    // What can't run together says by itself which one can't.
    const faults = await countEach(session, relation, group).catch(() => undefined);
    group.forEach((check, i) => {
      const count = faults?.counts[i];
      if (faults && count !== undefined) found.set(check, { faults: count, ms: faults.ms });
    });
  }
  const reports: CheckReport[] = [];
  for (const check of checks) {
    const { name, file, warns } = check;
    const { faults, ms } = found.get(check) ?? await runOne(session, check);
    const example = faults > 0 ? await exampleOf(session, check) : {};
    reports.push({ name, file, warns, faults, ms, ...example });
  }
  return reports;
}

/** How many rows are at fault, and the milliseconds that it took to know. */
type Found = Pick<CheckReport, "faults" | "ms">;

async function countEach(
  session: SqlSession,
  relation: string,
  checks: readonly Check[],
): Promise<{ readonly counts: readonly number[]; readonly ms: number }> {
  const started = performance.now();
  const sums = checks.map((c, i) => `sum(case when ${c.rows?.fault} then 1 else 0 end) as c${i}`);
  const { rows } = await session.query(`SELECT ${sums.join(",\n  ")} FROM ${relation}`);
  const counts = checks.map((_, i) => Number(rows[0]?.[i] ?? 0));
  return { counts, ms: (performance.now() - started) / checks.length };
}

async function runOne(session: SqlSession, { name, file, sql }: Check): Promise<Found> {
  const started = performance.now();
  try {
    const faults = await countRows(session, `(\n${sql}\n)`);
    return { faults, ms: performance.now() - started };
  } catch (cause) {
    throw new TickhouseError("TEST_FAILED", `${name} can't run: ${messageOf(cause)}`, {
      field: file,
      fix: "fix the test's SQL",
      cause,
    });
  }
}

async function exampleOf(session: SqlSession, { sql }: Check): Promise<{ example?: string }> {
  const { columns, rows: [row] } = await session.query(`SELECT * FROM (\n${sql}\n) LIMIT 1`);
  // Of another writer's rows some may have gone.
  if (!row) return {};
  const values = columns.map(({ name }, i) => [name.toLowerCase(), row[i]] as const)
    .filter(([, value]) => value !== null);
  return {
    example: values.slice(0, EXAMPLE_COLUMNS).map(([name, value]) => `${name} ${value}`).join(", "),
  };
}
