/**
 * `deno task test`: installs what the tests need and runs all of them, or those named.
 * @module
 */
import { BROWSER, findTools, PLAIN } from "./tools.ts";

const RUNS = [["-P", ...PLAIN], ["--allow-all", ...BROWSER]];

const env = { ...await findTools() };
const named = Deno.args.some((arg) => !arg.startsWith("-"));
let failed = false;
for (const [permissions = "", ...folders] of named ? [["--allow-all"]] : RUNS) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", permissions, ...Deno.args, ...folders],
    env,
  }).spawn();
  failed ||= !(await child.status).success;
}
Deno.exit(failed ? 1 : 0);
