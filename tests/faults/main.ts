/**
 * The fault suite on the command line:
 * `deno run --allow-all tests/faults/main.ts --runs 5000 [--seed N] [--only KIND] [--lanes N]
 * [--json FILE] [--verbose]`
 * @module
 */
import { parseArgs } from "node:util";
import { failureText, type Outcome, reportText } from "./report.ts";
import { kindsNamed, LANES, MEMORY_MAX_MIB, runSuite } from "./suite.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    lanes: { type: "string", default: String(LANES) },
    only: { type: "string" },
    json: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});
const { only, json, verbose } = values;
kindsNamed(only);

function show(outcome: Outcome): void {
  const { seed, kind, failure, notes, ms, strikes } = outcome;
  const line = `${failure === undefined ? "ok    " : "FAILED"} seed ${seed}  ${kind}`;
  const more = `${strikes} strikes  ${(ms / 1000).toFixed(1)} s  ${notes.join("; ")}`;
  if (verbose) console.log(`${line}  ${more}`);
  if (failure !== undefined) console.log(failureText(outcome, only));
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
