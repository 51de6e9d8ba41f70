/**
 * The fault suite on the command line:
 * `deno run --allow-all tests/faults/main.ts --runs 5000 [--seed N] [--only KIND] [--lanes N] [--json FILE]`
 * @module
 */
import { parseArgs } from "node:util";
import type { Outcome } from "./report.ts";
import { reportText } from "./report.ts";
import { kindsNamed, MEMORY_MAX_MIB, runSuite } from "./suite.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    lanes: { type: "string", default: "6" },
    only: { type: "string" },
    json: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});
const { only, json, verbose } = values;
kindsNamed(only);

function show(outcome: Outcome): void {
  const { seed, kind, failure, bystander, notes, ms, strikes } = outcome;
  const line = `${failure === undefined ? "ok    " : "FAILED"} seed ${seed}  ${kind}`;
  if (verbose) {
    console.log(`${line}  ${strikes} strikes  ${(ms / 1000).toFixed(1)} s  ${notes.join("; ")}`);
  } else if (failure !== undefined) console.log(line);
  if (failure !== undefined) console.log(failureText(outcome, only));
  void bystander;
}

function failureText(outcome: Outcome, only: string | undefined): string {
  const kind = only === undefined ? "" : ` --only "${only}"`;
  return [
    `  decided: ${outcome.notes.join("; ")}`,
    ...outcome.bystander.map((blow) => `  meanwhile: ${blow}`),
    `  again: deno run --allow-all tests/faults/main.ts --runs 1 --seed ${outcome.seed}${kind}`,
    `  ${outcome.failure?.replaceAll("\n", "\n  ")}`,
  ].join("\n");
}

const report = await runSuite({
  runs: count("runs", values.runs),
  seed: count("seed", values.seed),
  lanes: count("lanes", values.lanes),
  ...(only === undefined ? {} : { only }),
  onOutcome: show,
});
console.log(`\n${reportText(report)}`);
if (json !== undefined) Deno.writeTextFileSync(json, JSON.stringify(report, null, 2) + "\n");
const fat = report.peakMib > MEMORY_MAX_MIB;
if (fat) console.log(`a worker process held more than ${MEMORY_MAX_MIB} MiB`);
Deno.exit(report.failed.length > 0 || fat ? 1 : 0);

function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`--${name} must be a whole number above 0, not ${text}`);
  Deno.exit(2);
}
