/**
 * `deno task attack`: every attack, one after the other; exit status 1 on any finding. `--only
 * reading|settings|damage` runs one, with further arguments for it.
 * @module
 */
import { join } from "node:path";

const ATTACKS = ["reading", "settings", "damage"];

const [flag, one, ...rest] = Deno.args;
const chosen = flag === "--only" ? ATTACKS.filter((name) => name === one) : ATTACKS;
if (chosen.length === 0 || (flag !== undefined && flag !== "--only")) {
  console.error(`use --only with one of ${ATTACKS.join(", ")}, or nothing`);
  Deno.exit(2);
}
let failed = 0;
for (const name of chosen) {
  const startedAt = performance.now();
  console.log(`== ${name}`);
  const script = join(import.meta.dirname ?? "", `${name}.ts`);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--allow-all", script, ...rest],
    stdin: "null",
  }).spawn().status;
  if (!success) failed++;
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`== ${name}: ${success ? "no findings" : "FOUND"} after ${seconds} s`);
}
Deno.exit(failed === 0 ? 0 : 1);
