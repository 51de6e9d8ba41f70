/**
 * Programs that are called and end: installers, formatters.
 * @module
 */
import { TickhouseError } from "tickhouse/errors.ts";

/** How a program is called. */
export interface RunOptions {
  /** Default: the working folder. */
  readonly cwd?: string;
  /** On top of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Never shown: replaced in errors. */
  readonly secret?: string;
}

/** Runs a program to its end and returns what it printed; an error shows the end of its words. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { cwd, env, secret } = options;
  const { success, code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
  }).output();
  const printed = new TextDecoder().decode(stdout);
  if (success) return printed;
  const said = lastLines(printed + new TextDecoder().decode(stderr), 20);
  const text = `${program} ${args.join(" ")} ended with status ${code}:\n${said}`;
  throw new TickhouseError("PROGRAM_FAILED", secret ? text.replaceAll(secret, "***") : text);
}

/** Fails unless the program is on the PATH and answers; `fix` says what to install. */
export async function mustRun(program: string, args: readonly string[], fix: string) {
  try {
    return await run(program, args);
  } catch (cause) {
    throw new TickhouseError("TOOL_MISSING", `${program} does not run`, { fix, cause });
  }
}

/** The end of a text. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
