/**
 * Python environments in the user's cache folder, each made once: for JupyterLab, for dbt, for the
 * servers that are written in Python.
 * @module
 */
import { join } from "node:path";
import { messageOf, TickhouseError } from "../errors.ts";
import { runs } from "../program.ts";

/** What Python is needed. */
export interface PythonNeed {
  /** The first version that will do, and the first that won't. Default: from 3.10. */
  readonly from?: Version;
  readonly below?: Version;
}

type Version = readonly [major: number, minor: number];

/** An environment. */
export interface Environment extends PythonNeed {
  /** Its folder's name; one for each version of what it is for. */
  readonly name: string;
  /** What pip installs, each at one version. */
  readonly packages: readonly string[];
  /** Default: the user's cache folder. */
  readonly cache?: string;
  /** Told what is installed. Default: standard error. */
  readonly note?: (text: string) => void;
}

const NAMES = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"];
const FROM: Version = [3, 10];
/** Written last: without it an environment is not whole. */
const MARK = "tickhouse.txt";

/** Where tickhouse keeps what it installs beside packages. */
export function cacheFolder(): string {
  const given = Deno.env.get("TICKHOUSE_CACHE") ?? Deno.env.get("XDG_CACHE_HOME");
  return join(given || join(Deno.env.get("HOME") ?? ".", ".cache"), "tickhouse");
}

/** Where the processes of this machine keep who has asked a provider when. */
export function pacesFolder(): string {
  return join(cacheFolder(), "paces");
}

/**
 * The folder of the environment, after making it if it is missing, was cut short, or has lost its
 * Python. Throws `PYTHON_MISSING`, `PYTHON_VENV_MISSING` and `PYTHON_INSTALL_FAILED`.
 */
export async function pythonEnvironment(environment: Environment): Promise<string> {
  const { name, packages, cache = cacheFolder(), note = console.error } = environment;
  const folder = join(cache, name);
  Deno.mkdirSync(cache, { recursive: true });
  // The lock goes with the process that holds it.
  using turn = Deno.openSync(`${folder}.lock`, { create: true, write: true });
  await turn.lock(true);
  const mark = join(folder, MARK);
  const contents = `${packages.join("\n")}\n`;
  if (read(mark) === contents && await runs(programIn(folder, "python"))) return folder;
  const python = await findPython(environment);
  note(`installing ${packages.join(", ")} into ${folder}, once; this takes a minute or two`);
  // What it says would not be true any more, wherever this ends.
  if (read(mark) !== undefined) Deno.removeSync(mark);
  await makeVenv(python, folder, packages);
  Deno.writeTextFileSync(mark, contents);
  return folder;
}

/** The path of a program in an environment. */
export function programIn(folder: string, name: string): string {
  return Deno.build.os === "windows"
    ? join(folder, "Scripts", `${name}.exe`)
    : join(folder, "bin", name);
}

/** A Python that can make environments. Throws `PYTHON_MISSING` and `PYTHON_VENV_MISSING`. */
export async function findPython({ from = FROM, below }: PythonNeed = {}): Promise<string> {
  const range = `Python ${from.join(".")} or newer${below ? `, below ${below.join(".")}` : ""}`;
  let bare: string | undefined;
  for (const name of NAMES) {
    const script = "import sys; print(*sys.version_info[:2])";
    const version = (await said(name, ["-c", script]))?.trim().split(" ").map(Number);
    if (!version || isBefore(version, from) || below && !isBefore(version, below)) continue;
    if (await said(name, ["-c", "import venv, ensurepip"]) !== undefined) return name;
    bare ??= name;
  }
  if (bare === undefined) {
    throw new TickhouseError("PYTHON_MISSING", `there is no ${range}`, {
      fix: "install one from https://www.python.org or your system's packages",
    });
  }
  throw new TickhouseError("PYTHON_VENV_MISSING", `${bare} can't make environments`, {
    fix: "install what is missing, on Debian and Ubuntu the package python3-venv " +
      "(`sudo apt install python3-venv`)",
  });
}

/** Rebuilds an environment, whatever is there. Its programs hold its path. */
export async function makeVenv(
  python: string,
  folder: string,
  packages: readonly string[],
): Promise<void> {
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  await must(python, ["-m", "venv", "--clear", folder]);
  await must(programIn(folder, "python"), [...pip, ...packages]);
}

async function must(program: string, args: readonly string[]): Promise<void> {
  const { success, code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
  }).output();
  if (success) return;
  const decoder = new TextDecoder();
  const printed = `${decoder.decode(stdout)}${decoder.decode(stderr)}`.trim();
  const lines = printed.split("\n").slice(-20).join("\n");
  const what = `${program} ${args.join(" ")} ended with status ${code}:\n${lines}`;
  throw new TickhouseError("PYTHON_INSTALL_FAILED", what, {
    fix: "run it again with a network; PIP_INDEX_URL names another index, HTTPS_PROXY a proxy",
  });
}

/** What a program prints; undefined if it is not there, or fails. */
async function said(program: string, args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new Error(`${program}: ${messageOf(error)}`, { cause: error });
  }
}

function isBefore([major = 0, minor = 0]: readonly number[], [a, b]: Version): boolean {
  return major < a || major === a && minor < b;
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
