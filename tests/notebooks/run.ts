/**
 * Executes notebooks on the real Deno kernel: `run.ts [--write] [--seeded] [notebook…]`, all by
 * default. `--write` keeps the outputs in the files, `--seeded` reads a made-up warehouse instead
 * of the home.
 * @module
 */
import { basename } from "node:path";
import { execute, notebookPaths, problemsOf, readNotebook } from "./notebook.ts";
import { seedHome } from "./seed.ts";

const flags = new Set(Deno.args.filter((a) => a.startsWith("--")));
const named = Deno.args.filter((a) => !a.startsWith("--"));
const home = flags.has("--seeded") ? await seedHome() : undefined;
let failed = false;
for (const path of named.length > 0 ? named : await notebookPaths()) {
  const notebook = await readNotebook(path);
  await execute(notebook, home === undefined ? {} : { TICKHOUSE_HOME: home });
  const problems = problemsOf(path, notebook);
  for (const problem of problems) console.error(problem);
  failed ||= problems.length > 0;
  console.log(`${basename(path)}: ${notebook.cells.length} cells, ${problems.length} problems`);
  if (flags.has("--write")) {
    await Deno.writeTextFile(path, `${JSON.stringify(notebook, null, 1)}\n`);
  }
}
if (home !== undefined) await Deno.remove(home, { recursive: true });
if (failed) Deno.exit(1);
