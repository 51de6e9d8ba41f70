/**
 * `deno task attack`: every attack, one after the other, or those that are named: reading, settings,
 * damage. `--once`, for CI: every function, setting and kind of damage, but each with half of the
 * ways that are tried else. Exit status 1 on any finding. The files say what each takes by itself.
 * @module
 */
import { join } from "node:path";

const ATTACKS = ["reading", "settings", "damage"];

const flags = Deno.args.filter((arg) => arg === "--once");
const names = Deno.args.filter((arg) => arg !== "--once");
const chosen = names.length > 0 ? names : ATTACKS;
const unknown = chosen.find((name) => !ATTACKS.includes(name));
if (unknown !== undefined) {
  console.error(`${unknown} is no attack: use some of ${ATTACKS.join(", ")}, or nothing`);
  Deno.exit(2);
}
let failed = 0;
for (const name of chosen) {
  const startedAt = performance.now();
  console.log(`== ${name}`);
  const script = join(import.meta.dirname ?? "", `${name}.ts`);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--allow-all", script, ...flags],
    stdin: "null",
  }).spawn().status;
  if (!success) failed++;
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`== ${name}: ${success ? "no findings" : "FOUND"} after ${seconds} s`);
}
Deno.exit(failed === 0 ? 0 : 1);
