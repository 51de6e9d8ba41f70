/**
 * `deno task ok`: every gate, one after the other, with a count at the end. Exit status 1 if any
 * failed.
 * @module
 */
import { BROWSER, FAULTS, findTools, PLAIN, SERVED, startServers } from "./tools.ts";

/** A gate: a name and the arguments of `deno`; or of several, which run side by side. */
type Gate = readonly [name: string, lanes: readonly (readonly string[])[], counted?: boolean];

const CODE = ["pipeline/", "services/", "std/", "tests/", "bench/"];

const GATES: readonly Gate[] = [
  ["format", [["fmt", "--check"]]],
  ["lint", [["lint"]]],
  ["types", [["check", ...CODE]]],
  ["types of the page", [["check", ...pageModules()]]],
  ["public documentation", [["doc", "--lint", "pipeline/mod.ts"]]],
  ["dependencies", [["task", "audit"]]],
  ["generated files", [["task", "generate", "--check"]]],
  ["examples", [["test", "-P", "--doc", "pipeline/notebook/", "pipeline/source/csv/csv.ts"]], true],
  ["tests", PLAIN.map((folders) => ["test", "-P", ...folders]), true],
  ["pages", [["test", "--allow-all", ...BROWSER]], true],
  ["real servers", SERVED.map((folders) => ["test", "--allow-all", ...folders]), true],
  ["faults", [["test", "--allow-all", ...FAULTS]], true],
  ["attacks", [["task", "attack", "reading"], ["task", "attack", "settings", "damage"]]],
  ["the main job", [["task", "demo", "--seconds", "8"]]],
  ["its proof", [["task", "reconcile"]]],
];

function pageModules(): string[] {
  const folder = "pipeline/dashboard/page";
  return [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith(".js"));
}

const home = Deno.makeTempDirSync({ prefix: "tickhouse-ok-" });
let passed = 0;
let failed = 0;
{
  await using servers = await startServers();
  const tools = await findTools();
  const env = { ...tools, ...servers.env, NO_COLOR: "1", TICKHOUSE_HOME: `${home}/home` };
  for (const [name, lanes, counted] of GATES) {
    const startedAt = performance.now();
    console.log(`\n== ${name}: ${lanes.map((args) => `deno ${args.join(" ")}`).join("\n   and ")}`);
    const ends = await Promise.all(lanes.map((args, i) => run(args, env, i === 0)));
    for (const { text } of ends.slice(1)) print(text);
    for (const { success, text } of ends) {
      const counts = counted && /(\d+) passed.*? \| (\d+) failed/.exec(text);
      passed += counts ? Number(counts[1]) : success ? 1 : 0;
      failed += counts ? Number(counts[2]) : 0;
      // A gate that failed before it could count must not pass for one without failures.
      if (!success && !(counts && Number(counts[2]) > 0)) failed++;
    }
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const success = ends.every((end) => end.success);
    console.log(`== ${name}: ${success ? "ok" : "FAILED"} after ${seconds} s`);
  }
}
Deno.removeSync(home, { recursive: true });
console.log(`\n${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);

/** Runs deno, shows what it prints if it is to, and returns it. */
async function run(
  args: readonly string[],
  env: Record<string, string>,
  shown: boolean,
): Promise<{ success: boolean; text: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (shown) print(chunk);
  }
  return { success: (await child.status).success, text };
}

function print(text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
}
