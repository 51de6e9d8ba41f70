/** exchange-calendars, installed once into the user's cache. @module */
import { programIn, pythonEnvironment } from "tickhouse/install/python.ts";

const PACKAGE = "exchange-calendars==4.13.2";

/** The path of a Python that has it, after installing it if it is missing. */
export async function installExchangeCalendars(): Promise<string> {
  const name = PACKAGE.replaceAll("==", "-");
  const folder = await pythonEnvironment({ name, packages: [PACKAGE], note: console.log });
  return programIn(folder, "python");
}

/** What a program of that Python prints. */
export async function python(script: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(await installExchangeCalendars(), {
    args: [script, ...args],
    env: { PYTHONDONTWRITEBYTECODE: "1", PYTHONUTF8: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${script} failed:\n${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
