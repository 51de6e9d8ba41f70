/**
 * `deno task test`: installs what the tests need and runs all of them, or those named.
 * @module
 */
import { findTools } from "./tools.ts";

/** What runs with the least permissions, and what starts a browser, whose driver wants all. */
const RUNS = [["-P", "pipeline/", "std/", "tests/"], ["--allow-all", "tests/page/"]];

const env = { ...await findTools() };
const named = Deno.args.some((arg) => !arg.startsWith("-"));
let failed = false;
for (const args of named ? [["--allow-all"]] : RUNS) {
  const ignore = args[0] === "-P" ? ["--ignore=tests/page"] : [];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...args.slice(0, 1), ...ignore, ...Deno.args, ...args.slice(1)],
    env,
  }).spawn();
  failed ||= !(await child.status).success;
}
Deno.exit(failed ? 1 : 0);
