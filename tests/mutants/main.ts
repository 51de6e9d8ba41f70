/**
 * `deno task mutants`: plants each defect of the list in a copy of the project and runs the test
 * that must see it. Exit status 1 unless all are killed. `--only TEXT` chooses by name or file,
 * `--sample N` so many of each list, others with each commit.
 * @module
 */
import { Command } from "commander";
import { dirname, join } from "node:path";
import { startServers } from "../servers.ts";
import { turnOfCommit } from "../turn.ts";
import { MUTANT_LISTS, MUTANTS, sampleOf } from "./list.ts";
import { fateOf, type Mutant, runTests } from "./mutant.ts";

const ROOT = join(import.meta.dirname ?? ".", "..", "..");

const { only, sample } = new Command("mutants")
  .description("plant defects in the core: each must turn a named test red")
  .option("--only <text>", "of those whose name or file has this")
  .option("--sample <n>", "so many of each list, others with each commit", Number)
  .parse(["", "", ...Deno.args]).opts<{ only?: string; sample?: number }>();

const chosen =
  (sample === undefined ? MUTANTS : sampleOf(MUTANT_LISTS, sample, await turnOfCommit()))
    .filter(({ name, file }) => !only || `${name} ${file}`.includes(only));
const copy = await Deno.makeTempDir({ prefix: "tickhouse-mutants-" });
try {
  await copyProject(copy);
  await using servers = chosen.some((mutant) => mutant.servers) ? await startServers() : null;
  const survivors = await runAll(chosen, servers?.env ?? {});
  const killed = chosen.length - survivors.length;
  console.log(`\n${killed} of ${chosen.length} mutants killed`);
  for (const text of survivors) console.log(`  ${text}`);
  Deno.exitCode = survivors.length === 0 && chosen.length > 0 ? 0 : 1;
} finally {
  await Deno.remove(copy, { recursive: true });
}

/** Those that were not killed, in words. */
async function runAll(
  mutants: readonly Mutant[],
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  const survivors: string[] = [];
  const healthy = new Map<string, boolean>();
  for (const mutant of mutants) {
    const key = `${mutant.test} ${mutant.filter}`;
    if (!healthy.has(key)) {
      // A test that is red anyway kills nothing.
      const { passed, failed, hung } = await runTests(copy, mutant, env);
      healthy.set(key, passed > 0 && failed === 0 && !hung);
    }
    const fate = healthy.get(key) ? await fateOf(copy, mutant, env) : "invalid";
    console.log(`${fate.padEnd(9)} ${mutant.file}: ${mutant.name}`);
    if (fate !== "killed") survivors.push(`${fate}: ${mutant.name} (${key})`);
  }
  return survivors;
}

/** All that git knows or would, as it lies here; packages are shared. */
async function copyProject(to: string): Promise<void> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: ROOT,
  }).output();
  for (const path of new TextDecoder().decode(stdout).split("\0").filter(Boolean)) {
    await Deno.mkdir(dirname(join(to, path)), { recursive: true });
    await Deno.copyFile(join(ROOT, path), join(to, path));
  }
  await Deno.symlink(join(ROOT, "node_modules"), join(to, "node_modules"));
}
