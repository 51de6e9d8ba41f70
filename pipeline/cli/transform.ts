import type { Config } from "../config/config.ts";
import type { Dialect } from "../sql/names.ts";
import { DUCKDB } from "../duckdb/models.ts";
import { SNOWFLAKE } from "../snowflake/models.ts";
import { transform, type TransformReport } from "../transform/transform.ts";
import { number, print, printJson, status, table } from "./console.ts";
import { MODELS_FOLDER } from "./models.ts";
import { openTarget } from "../ends/snowflake.ts";

/** What `transform` may be told. */
export interface TransformFlags {
  readonly target: Dialect;
  readonly fullRefresh: boolean;
  readonly select?: string | undefined;
  readonly tests: boolean;
  readonly json: boolean;
}

/** Builds the models and runs their tests. Exit status 1 if a test found faults. */
export async function runTransform(config: Config, flags: TransformFlags): Promise<number> {
  await using warehouse = await openTarget(config, flags.target);
  await using session = await warehouse.session();
  const report = await transform({
    project: MODELS_FOLDER,
    session,
    engine: flags.target === "snowflake" ? SNOWFLAKE : DUCKDB,
    fullRefresh: flags.fullRefresh,
    checks: flags.tests,
    onModel: (model) => status.show(`built ${model.name}`),
    ...(flags.select === undefined ? {} : { select: names(flags.select) }),
  });
  status.clear();
  if (flags.json) printJson(report);
  else print(show(report));
  return report.failed.length === 0 ? 0 : 1;
}

function names(text: string): string[] {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function show({ models, checks, failed, ms }: TransformReport): string {
  const rows = models.map((m) => [m.name, m.kind, m.action, number(m.rows), number(m.ms)]);
  const faults = failed.map((check) =>
    `failed     ${check.name} (${check.file}): ${number(check.faults)} rows at fault`
  );
  const passed = `${checks.length - failed.length} of ${checks.length} tests passed`;
  const verdict = `${models.length} models in ${number(ms)} ms, ${passed}`;
  return [table(["model", "kind", "action", "rows", "ms"], rows), ...faults, verdict].join("\n");
}
