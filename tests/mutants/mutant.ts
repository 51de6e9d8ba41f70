/**
 * Defects planted in the core: each must turn a named test red, or that test proves nothing.
 * @module
 */
import { join } from "node:path";

/** A defect, and the test that must see it. */
export interface Mutant {
  /** What is wrong then, in a few words. */
  readonly name: string;
  /** Whose text is changed, from the project's folder. */
  readonly file: string;
  /** Occurs there exactly once. */
  readonly from: string;
  readonly to: string;
  /** The file of tests, from the project's folder. */
  readonly test: string;
  /** Part of the names of the tests to run. */
  readonly filter: string;
  /** Whether the tests need real servers. */
  readonly servers?: true;
}

/** What became of a mutant. */
export type Fate =
  | "killed"
  /** The tests pass: they can't see it. */
  | "survived"
  /** The tests do not end: nobody would be told of it. */
  | "hung"
  /** The tests do not run, or fail without it. */
  | "invalid";

/** The text of a file with the defect in it; throws if the place is not there, or there twice. */
export function plant(text: string, { name, file, from, to }: Mutant): string {
  const parts = text.split(from);
  if (parts.length === 2) return parts.join(to);
  throw new Error(`mutant "${name}": ${file} has its text ${parts.length - 1} times, not once`);
}

/** How a test run ended. */
export interface Ran {
  readonly passed: number;
  /** At least 1 if the process ended in the middle of a test. */
  readonly failed: number;
  readonly hung: boolean;
}

/** Milliseconds after which tests count as hung. */
const HUNG_MS = 600_000;

/** Runs tests in the project at `root`. */
export async function runTests(
  root: string,
  { test, filter, servers }: Pick<Mutant, "test" | "filter" | "servers">,
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  const permissions = servers ? "--allow-all" : "-P";
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-q", permissions, "--no-check", "--fail-fast", test, "--filter", filter],
    cwd: root,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, HUNG_MS);
  const { stdout } = await child.output();
  clearTimeout(timer);
  const text = new TextDecoder().decode(stdout);
  const counts = /(\d+) passed.*? \| (\d+) failed/.exec(text);
  if (counts) return { passed: Number(counts[1]), failed: Number(counts[2]), hung };
  // An error that nobody caught ends the process; a file that can't be read begins no test.
  return { passed: 0, failed: /^running [1-9]/m.test(text) ? 1 : 0, hung };
}

/** Plants the mutant in the project at `root`, runs its tests, and takes it out again. */
export async function fateOf(
  root: string,
  mutant: Mutant,
  env: Readonly<Record<string, string>>,
): Promise<Fate> {
  const path = join(root, mutant.file);
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, plant(text, mutant));
  try {
    const { passed, failed, hung } = await runTests(root, mutant, env);
    if (hung) return "hung";
    if (failed > 0) return "killed";
    return passed > 0 ? "survived" : "invalid";
  } finally {
    await Deno.writeTextFile(path, text);
  }
}
