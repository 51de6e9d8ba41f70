/** Where tickhouse keeps its data. @module */
import { dirname, join, resolve } from "node:path";

/** What finding the home depends on; all default to the process. */
export interface HomeOptions {
  /** Value of `TICKHOUSE_HOME`. */
  readonly env?: string | undefined;
  /** Default: the working folder. */
  readonly cwd?: string;
}

/**
 * The home folder: `TICKHOUSE_HOME`, else the nearest `.tickhouse` in this folder or above (a
 * notebook runs in `notebooks/`), else `.tickhouse` here, whether it exists or not.
 */
export function loadHome(options: HomeOptions = {}): string {
  const cwd = options.cwd ?? Deno.cwd();
  const env = "env" in options ? options.env : Deno.env.get("TICKHOUSE_HOME");
  if (env) return resolve(cwd, env);
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
