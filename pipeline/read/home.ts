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

/** The warehouse's database file in a home. */
export function warehousePath(home: string): string {
  return join(home, "warehouse.duckdb");
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    // A parent that may not be read holds no home of ours.
    const absent = [Deno.errors.NotFound, Deno.errors.NotCapable, Deno.errors.PermissionDenied];
    if (absent.some((kind) => error instanceof kind)) return false;
    throw error;
  }
}
