/**
 * `deno task test`: installs what the tests need, starts the servers that they share, and runs all
 * of them, or those named.
 * @module
 */
import { BROWSER, FAULTS, findTools, PLAIN, SERVED, startServers } from "./tools.ts";

const RUNS = [
  ["-P", ...PLAIN.flat()],
  ["--allow-all", ...BROWSER, ...SERVED.flat()],
  ["--allow-all", ...FAULTS],
];

const named = Deno.args.some((arg) => !arg.startsWith("-"));
let failed = false;
{
  await using servers = await startServers();
  const env = { ...await findTools(), ...servers.env };
  for (const [permissions = "", ...folders] of named ? [["--allow-all"]] : RUNS) {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["test", permissions, ...Deno.args, ...folders],
      env,
    }).spawn();
    failed ||= !(await child.status).success;
  }
}
Deno.exit(failed ? 1 : 0);
