/**
 * Installs a server once into the user's cache: beside its place first, renamed when whole, one
 * process at a time, checked at each use.
 * @module
 */
import { dirname, join } from "node:path";
import { TickhouseError } from "tickhouse/errors.ts";
import { cacheFolder, findPython, makeVenv as makeEnvironment } from "tickhouse/install/python.ts";
import { damaged, writeManifest } from "./manifest.ts";
import { demand, GO, type Need } from "./needs.ts";
import { run } from "./run.ts";
import { type ServiceName, VERSIONS } from "./versions.ts";

/** How a server is installed. */
export interface Recipe {
  /** Which one. */
  readonly name: ServiceName;
  /** Keeps all processors busy: one of these at a time. Default: false. */
  readonly compiles?: boolean;
  /** What must be there to install it. */
  readonly needs: readonly Need[];
  /** What must be there to run it. Default: nothing. */
  readonly runsOn?: readonly Need[];
  /** Puts the server into the folder, which is empty. */
  build(folder: string): Promise<void>;
  /** What only holds at the final place; called after each check, so it must know its own work. */
  settle?(folder: string): Promise<void>;
}

/** How carefully to look at what is there. */
export interface InstallOptions {
  /** Read every file again instead of comparing sizes. Default: false. */
  readonly verify?: boolean;
  /** Where servers are kept. Default: the user's cache folder. */
  readonly cache?: string;
  /** Told what goes on, for waits of minutes. Default: standard error. */
  readonly note?: (text: string) => void;
}

/** Those that this process has found whole: once is enough. */
const whole = new Set<string>();

/** The folder of the installed server, after installing it if it is missing or damaged. */
export async function install(recipe: Recipe, options: InstallOptions = {}): Promise<string> {
  const { verify = false, cache = cacheFolder(), note = console.error } = options;
  const label = `${recipe.name} ${VERSIONS[recipe.name]}`;
  const folder = folderOf(recipe, cache);
  if (whole.has(folder) && !verify) return folder;
  using _lock = await holdFolder(folder);
  const fault = await damaged(folder, verify);
  if (fault) {
    note(`${label}: ${fault}; installing`);
    const startedAt = performance.now();
    await demand(...recipe.needs, ...recipe.runsOn ?? []);
    await build(recipe, folder);
    note(`${label}: installed in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  }
  await recipe.settle?.(folder);
  whole.add(folder);
  return folder;
}

/** One process at a time for what is installed there, until disposed of. */
export async function holdFolder(folder: string): Promise<Disposable> {
  Deno.mkdirSync(dirname(folder), { recursive: true });
  // The lock goes with the process that holds it.
  const lock = Deno.openSync(`${folder}.lock`, { create: true, write: true });
  await lock.lock(true);
  return lock;
}

/** What must be there for the server: to run it, and to install it unless it is installed. */
export async function needsOf(
  recipe: Recipe,
  { cache = cacheFolder(), verify = false }: InstallOptions = {},
): Promise<readonly Need[]> {
  const isInstalled = await damaged(folderOf(recipe, cache), verify) === undefined;
  return [...isInstalled ? [] : recipe.needs, ...recipe.runsOn ?? []];
}

function folderOf({ name }: Recipe, cache: string): string {
  return join(cache, `${name}-${VERSIONS[name]}`);
}

async function build(recipe: Recipe, folder: string): Promise<void> {
  const neighbour = `${folder}.new`;
  // An interrupted installation is done again. Go's module files are read-only.
  remove(neighbour);
  Deno.mkdirSync(neighbour);
  try {
    await recipe.build(neighbour);
    await writeManifest(neighbour);
    remove(folder);
    Deno.renameSync(neighbour, folder);
  } catch (cause) {
    if (cause instanceof TickhouseError) throw cause;
    throw new TickhouseError("INSTALL_FAILED", `${recipe.name} could not be installed`, {
      field: "folder",
      value: neighbour,
      cause,
    });
  }
}

function remove(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** A program that Go compiles: some minutes, once. */
export function goRecipe(name: ServiceName, module: string): Recipe {
  return {
    name,
    compiles: true,
    needs: [GO],
    build: async (folder) => {
      await run("go", ["install", `${module}@${VERSIONS[name]}`], { env: { GOBIN: folder } });
    },
  };
}

/** Makes a Python environment with the packages. Its programs hold its path: call modules only. */
export async function makeVenv(folder: string, packages: readonly string[]): Promise<void> {
  await makeEnvironment(await findPython(), folder, packages);
}
