/**
 * `deno task attack`: every attack, one after the other, or those that are named: reading, settings,
 * damage. `--share N`, for CI: an N-th of the functions, settings and kinds of damage, others with
 * each commit. Exit status 1 on any finding. The files say what each takes by itself.
 * @module
 */
import { Command } from "commander";
import { join } from "node:path";
import { turnOfCommit } from "../turn.ts";

const ATTACKS = ["reading", "settings", "damage"];

const command = new Command("attack")
  .argument("[names...]", "which; default: all")
  .option("--share <n>", "an n-th of what each tries, others with each commit", Number)
  .parse(["", "", ...Deno.args]);
const { share } = command.opts<{ share?: number }>();
const chosen = command.args.length > 0 ? command.args : ATTACKS;
const unknown = chosen.find((name) => !ATTACKS.includes(name));
if (unknown !== undefined) {
  console.error(`${unknown} is no attack: use some of ${ATTACKS.join(", ")}, or nothing`);
  Deno.exit(2);
}
const flags = share === undefined
  ? []
  : ["--share", `${share}`, "--turn", `${await turnOfCommit()}`];
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
