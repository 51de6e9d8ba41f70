/** The last runs, as the metadata store has them. @module */
import { systemClock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { TickhouseError } from "../errors.ts";
import type { MetadataStore } from "../metadata/metadata.ts";
import type { RunRecord } from "../metadata/runs.ts";
import { metadataPath } from "../metadata/open.ts";
import { type Block, drawn } from "../notebook/drawn.ts";
import { exists } from "./home.ts";

/** How many runs are listed. */
export interface RunsOptions {
  /** The latest so many. Default: 20. */
  readonly limit?: number;
}

/** The latest runs, that first; none where nothing ran yet. The result draws itself. */
export async function listRuns(
  config: Config,
  metadata: () => Promise<MetadataStore>,
  options: RunsOptions = {},
): Promise<RunRecord[]> {
  const { limit = 20 } = options;
  if (!Number.isInteger(limit) || limit < 1) {
    throw new TickhouseError("OPTION_INVALID", "is no number of runs", {
      field: "limit",
      value: limit,
      fix: "use a whole number above 0",
    });
  }
  const isNone = config.metadata === "" && !exists(metadataPath(config));
  const nowUs = Math.round(systemClock.now() * 1000);
  const runs = isNone ? [] : await (await metadata()).runs.list({ limit, nowUs });
  return drawn(runs, () => blocksOf(runs));
}

function blocksOf(runs: readonly RunRecord[]): Block[] {
  if (runs.length === 0) return ["no run yet"];
  const rows = runs.map((run) => [
    run.verb,
    run.route ?? run.source,
    time(run.startedUs),
    run.endedUs === null ? null : duration(run.endedUs - run.startedUs),
    SPOKEN[run.status](run),
  ]);
  return [{ head: ["run", "of", "started (UTC)", "took", "came out"], rows }];
}

const SPOKEN: Readonly<Record<RunRecord["status"], (run: RunRecord) => string>> = {
  running: ({ pid }) => `runs, as process ${pid}`,
  died: ({ seenUs }) => `never ended: its process was last seen at ${time(seenUs)}`,
  proven: () => "proven",
  not_proven: ({ report }) => isEmpty(report) ? "nothing to prove: no record came" : "NOT proven",
  failed: ({ report }) => `failed: ${Object(report).code ?? Object(report).message ?? "a bug"}`,
};

/** Whether a run that is not proven had nothing to compare, and no difference was found. */
function isEmpty(report: unknown): boolean {
  const { proof, read, ends } = Object(report);
  if (proof?.proven !== true || !Array.isArray(proof.partitions) || !Array.isArray(ends)) {
    return false;
  }
  const isNothing = (counts: unknown[]) => counts.every((count) => count === 0);
  return isNothing(proof.partitions.map((part: { compared: unknown }) => part.compared)) &&
    isNothing([read?.accepted, read?.refused]) &&
    ends.every((end) => isNothing([end.rows, end.dead, end.left]));
}

function time(us: number): string {
  return new Date(us / 1000).toISOString().slice(0, 19).replace("T", " ");
}

function duration(us: number): string {
  const seconds = us / 1e6;
  return seconds < 120 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}
