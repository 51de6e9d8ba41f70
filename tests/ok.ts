/**
 * `deno task ok`: every gate, one after the other, with a count at the end, and what failed shown
 * again before it. What the tests on real servers need is installed meanwhile, at the lowest
 * priority. Exit status 1 if any failed.
 * @module
 */
import { print, runDeno } from "./lanes.ts";

interface Gate {
  readonly name: string;
  /** Arguments of `deno`. */
  readonly args: readonly string[];
  /** Whether it says how many tests passed; else it counts as one. */
  readonly counted?: true;
}

const CODE = ["pipeline/", "services/", "std/", "tests/", "bench/"];
/** Lines of a gate that failed that are shown again. */
const LINES_MAX = 60;

const GATES: readonly Gate[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["check", ...CODE] },
  { name: "types of the page", args: ["check", ...pageModules()] },
  { name: "public documentation", args: ["doc", "--lint", "pipeline/mod.ts"] },
  { name: "dependencies", args: ["task", "audit"] },
  { name: "generated files", args: ["task", "generate", "--check"] },
  {
    name: "examples",
    args: ["test", "-P", "--doc", "pipeline/notebook/", "pipeline/source/csv/csv.ts"],
    counted: true,
  },
  { name: "embedded tier", args: ["task", "test"], counted: true },
  { name: "attacks", args: ["task", "attack", "--share", "4"] },
  { name: "the main job", args: ["task", "demo", "--seconds", "8"] },
  { name: "its proof", args: ["task", "reconcile"] },
  { name: "mutants", args: ["task", "mutants", "--sample", "1"] },
  { name: "services tier", args: ["task", "test:services"], counted: true },
];

/** Both outputs: a log, and priorities that count among sessions too where Linux groups by those. */
const IN_BACKGROUND = `echo 19 >/proc/self/autogroup; exec nice -n 19 "$@" >"$log" 2>&1`;

const home = Deno.makeTempDirSync({ prefix: "tickhouse-ok-" });
const failures: { readonly name: string; readonly text: string }[] = [];
let passed = 0;
let failed = 0;
{
  await using installing = startInstalling();
  const env = { TICKHOUSE_HOME: `${home}/home` };
  for (const { name, args, counted } of GATES) {
    if (name === "services tier") await installing.ended;
    const startedAt = performance.now();
    print(`\n== ${name}: deno ${args.join(" ")}\n`);
    const { success, text } = await runDeno(args, env, print);
    const counts = counted && [...text.matchAll(/(\d+) passed.*?[,|] (\d+) failed/g)].at(-1);
    passed += counts ? Number(counts[1]) : success ? 1 : 0;
    const red = counts ? Number(counts[2]) : 0;
    // A gate that failed before it could count must not pass for one without failures.
    failed += success ? red : Math.max(red, 1);
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const isRed = !success || red > 0;
    if (isRed) failures.push({ name, text });
    print(`== ${name}: ${isRed ? "FAILED" : "ok"} after ${seconds} s\n`);
  }
}
Deno.removeSync(home, { recursive: true });
for (const { name, text } of failures) {
  const end = text.trimEnd().split("\n").slice(-LINES_MAX).join("\n");
  print(`\n== ${name} FAILED; the end of what it said:\n${end}\n`);
}
if (failures.length > 0) print(`\nred gates: ${failures.map(({ name }) => name).join(", ")}\n`);
print(`\n${passed} passed, ${failed} failed\n`);
Deno.exit(failed === 0 ? 0 : 1);

function pageModules(): string[] {
  const folder = "pipeline/dashboard/page";
  return [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith(".js"));
}

/** What it lacks or fails at, the gate that needs it says: it tries again. */
function startInstalling(): AsyncDisposable & { readonly ended: Promise<unknown> } {
  const log = Deno.makeTempFileSync({ prefix: "tickhouse-install-" });
  const command = [Deno.execPath(), "task", "test:services", "--install"];
  const child = new Deno.Command("sh", {
    args: ["-c", `log=$1; shift; ${IN_BACKGROUND}`, "sh", log, ...command],
    // A session of its own, whose priority is its own too.
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let running = true;
  const ended = child.status.then(() => {
    running = false;
    print(`\n== installed meanwhile:\n${Deno.readTextFileSync(log)}`);
  });
  return {
    ended,
    [Symbol.asyncDispose]: async () => {
      // Its session goes with it: negative numbers name groups.
      if (running) await new Deno.Command("kill", { args: ["--", `-${child.pid}`] }).output();
      await ended;
      Deno.removeSync(log);
    },
  };
}
