/** The models in a warehouse. @module */
import { number } from "../console.ts";
import type { EndContext } from "../ends/end.ts";
import type { Target } from "../ends/target.ts";
import { type Block, drawn } from "../notebook/drawn.ts";
import type { Dialect } from "../sql/names.ts";
import { type ModelReport, transform, type TransformReport } from "../transform/transform.ts";
import { describeCheck, MODELS_FOLDER } from "./models.ts";

export type { TransformReport };

/** What to build. */
export interface TransformOptions {
  /** Default: duckdb. */
  readonly target?: Dialect;
  /** Build all rows again. Default: false. */
  readonly fullRefresh?: boolean;
  /** Only these models, and what they need. Default: all. */
  readonly select?: readonly string[];
  /** Run their tests. Default: true. */
  readonly tests?: boolean;
  /** Told after each model. */
  readonly onModel?: (report: ModelReport) => void;
}

/** Builds the models of `models/` in the target. The report draws itself. */
export async function transformTarget(
  context: EndContext,
  target: Target,
  { fullRefresh = false, select, tests = true, onModel }: TransformOptions,
): Promise<TransformReport> {
  await using warehouse = await target.open(context);
  await using session = await warehouse.session();
  const report = await transform({
    project: MODELS_FOLDER,
    session,
    engine: await target.engine(),
    fullRefresh,
    // A stream may have left a trade twice that moved far.
    recheck: true,
    checks: tests,
    ...(onModel ? { onModel } : {}),
    ...(select ? { select } : {}),
  });
  return drawn(report, () => blocksOf(report));
}

/** The report as it is drawn. */
export function blocksOf({ models, checks, failed, warned, ms }: TransformReport): Block[] {
  const rows = models.map((m) => [m.name, m.kind, m.action, number(m.rows), number(m.ms)]);
  const faults = [
    ...failed.map((check) => describeCheck("failed", check)),
    ...warned.map((check) => describeCheck("warning", check)),
  ];
  const passed = `${
    checks.length - failed.length - warned.length
  } of ${checks.length} tests passed`;
  const verdict = `${models.length} models in ${number(ms)} ms, ${passed}`;
  return [{ head: ["model", "kind", "action", "rows", "ms"], rows }, ...faults, verdict];
}
