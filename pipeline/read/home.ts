/** Where tickhouse keeps its data. @module */
import { dirname, join, resolve } from "node:path";

/**
 * The home folder: `given`, the setting, if there is one; else the nearest `.tickhouse` in `cwd` or
 * above (a notebook runs in `notebooks/`); else `.tickhouse` in `cwd`, whether it exists or not.
 */
export function findHome(given: string | undefined, cwd: string = Deno.cwd()): string {
  if (given) return resolve(cwd, given);
  for (let folder = cwd;; folder = dirname(folder)) {
    const home = join(folder, ".tickhouse");
    if (isFolder(home)) return home;
    if (dirname(folder) === folder) return join(cwd, ".tickhouse");
  }
}

/** The nearest `.env` in `cwd` or above, up to the folder of a `deno.json`; else one in `cwd`. */
export function findDotEnv(cwd: string = Deno.cwd()): string {
  for (let folder = cwd;; folder = dirname(folder)) {
    const path = join(folder, ".env");
    if (isThere(path)) return path;
    if (isThere(join(folder, "deno.json")) || dirname(folder) === folder) return join(cwd, ".env");
  }
}

/** The warehouse's database file in a home. */
export function warehousePath(home: string): string {
  return join(home, "warehouse.duckdb");
}

function isThere(path: string): boolean {
  return kindOf(path) !== undefined;
}

function isFolder(path: string): boolean {
  return kindOf(path)?.isDirectory ?? false;
}

function kindOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    // A parent that may not be read holds no home of ours.
    const absent = [Deno.errors.NotFound, Deno.errors.NotCapable, Deno.errors.PermissionDenied];
    if (absent.some((kind) => error instanceof kind)) return undefined;
    throw error;
  }
}
