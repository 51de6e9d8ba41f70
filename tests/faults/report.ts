/**
 * What came of the runs: a table, and the same as JSON.
 * @module
 */

/** What came of one run. */
export interface Outcome {
  readonly seed: number;
  readonly kind: string;
  /** Faults of its own that really struck. */
  readonly strikes: number;
  /** Faults of other runs that struck the servers meanwhile. */
  readonly bystander: readonly string[];
  /** How work ended that such a fault outlasted; others had to do the rest. */
  readonly excuses: readonly string[];
  readonly ms: number;
  /** Undefined if all held. */
  readonly failure?: string;
  readonly notes: readonly string[];
}

/** The runs of one kind. */
export interface Row {
  readonly kind: string;
  readonly runs: number;
  /** Runs in which the fault really struck. */
  readonly struck: number;
  /** How often it struck, in all of them. */
  readonly strikes: number;
  readonly failures: number;
  /** Seconds, of a run in the middle. */
  readonly seconds: number;
}

/** The whole. */
export interface Report {
  readonly rows: readonly Row[];
  readonly total: Omit<Row, "kind" | "seconds">;
  /** Runs that also went through a fault of another run. */
  readonly bystanders: number;
  /** Those in which work ended by it, and was started again. */
  readonly excused: number;
  /** Wall clock. */
  readonly seconds: number;
  /** MiB, the most that a worker process held. */
  readonly peakMib: number;
  readonly failed: readonly Outcome[];
}

/** Sums the outcomes up, by kind in the order of `kinds`. */
export function summarize(
  outcomes: readonly Outcome[],
  kinds: readonly string[],
  ms: number,
  peakBytes: number,
): Report {
  const rows = kinds.flatMap((kind): Row[] => {
    const mine = outcomes.filter((outcome) => outcome.kind === kind);
    const times = mine.map((outcome) => outcome.ms).sort((a, b) => a - b);
    const seconds = Math.round((times[Math.floor(times.length / 2)] ?? 0) / 100) / 10;
    return mine.length === 0 ? [] : [{ kind, ...count(mine), seconds }];
  });
  return {
    rows,
    total: count(outcomes),
    bystanders: outcomes.filter(({ bystander }) => bystander.length > 0).length,
    excused: outcomes.filter(({ excuses }) => excuses.length > 0).length,
    seconds: Math.round(ms / 1000),
    peakMib: Math.round(peakBytes / 2 ** 20),
    failed: outcomes.filter(({ failure }) => failure !== undefined),
  };
}

/** The table for people. */
export function reportText(report: Report): string {
  const head = ["fault", "runs", "struck", "strikes", "failed", "median s"];
  const body = [...report.rows, { kind: "all", ...report.total, seconds: "" }].map((row) =>
    [row.kind, row.runs, row.struck, row.strikes, row.failures, row.seconds].map(String)
  );
  const widths = head.map((text, i) =>
    Math.max(...[head, ...body].map((r) => r[i]?.length ?? 0), text.length)
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))
      .join("  ").trimEnd();
  const { seconds, bystanders, excused, peakMib } = report;
  const rest = `${seconds} s; ${bystanders} runs also went through a fault of another run, ` +
    `${excused} of them with another start of a worker; ` +
    `peak memory of a worker process ${peakMib} MiB`;
  return [line(head), ...body.map(line), rest].join("\n");
}

/** What failed, what was decided in that run, and how to repeat exactly that run. */
export function failureText(
  { seed, kind, notes, bystander, excuses, failure }: Outcome,
  only?: string,
) {
  const same = only === undefined ? "" : ` --only "${only}"`;
  return [
    `FAILED seed ${seed}  ${kind}`,
    `  decided: ${notes.join("; ")}`,
    ...bystander.map((blow) => `  meanwhile: ${blow}`),
    ...excuses.map((end) => `  started again after: ${end}`),
    `  again: deno run --allow-all tests/faults/main.ts --runs 1 --seed ${seed}${same}`,
    `  ${failure?.replaceAll("\n", "\n  ")}`,
  ].join("\n");
}

function count(outcomes: readonly Outcome[]): Omit<Row, "kind" | "seconds"> {
  return {
    runs: outcomes.length,
    struck: outcomes.filter(({ strikes }) => strikes > 0).length,
    strikes: outcomes.reduce((sum, { strikes }) => sum + strikes, 0),
    failures: outcomes.filter(({ failure }) => failure !== undefined).length,
  };
}
