/** Copies of the project, with all packages or only some. @module */
import { dirname, join } from "node:path";
import { partsOfKey, reachedFrom, rootsOf } from "tickhouse/install/lockfile.ts";
import { narrowed, type PartName, PARTS } from "tickhouse/install/packages.ts";

export const ROOT = join(import.meta.dirname ?? "", "..", "..");

/** The project as git knows it, or would; without packages. */
export async function copyProject(to: string): Promise<void> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: ROOT,
  }).output();
  for (const path of new TextDecoder().decode(stdout).split("\0").filter(Boolean)) {
    Deno.mkdirSync(dirname(join(to, path)), { recursive: true });
    Deno.copyFileSync(join(ROOT, path), join(to, path));
  }
}

/** Puts the packages of these parts into a copy, as `ensurePackages()` would have. */
export function linkPackages(to: string, parts: readonly PartName[]): void {
  const musl = Deno.build.target.includes("musl");
  const json = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.lock")));
  const lock = narrowed(json, musl, ["plotly.js"]);
  const names = parts.flatMap((part): readonly string[] => PARTS[part].packages);
  for (const key of reachedFrom(lock, rootsOf(lock, names))) {
    const { name, version } = partsOfKey(key);
    link(to, join("node_modules", ".deno", `${name.replaceAll("/", "+")}@${version}`));
  }
  for (const name of names) link(to, join("node_modules", name));
}

/** The same bytes under another name, or a copy where the folder is on another disk. */
function link(to: string, path: string): void {
  const from = join(ROOT, path);
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(from);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return; // For another system.
    throw error;
  }
  const target = join(to, path);
  if (info.isDirectory) {
    Deno.mkdirSync(target, { recursive: true });
    for (const { name } of Deno.readDirSync(from)) link(to, join(path, name));
    return;
  }
  Deno.mkdirSync(dirname(target), { recursive: true });
  if (info.isSymlink) return Deno.symlinkSync(Deno.readLinkSync(from), target);
  try {
    Deno.linkSync(from, target);
  } catch {
    Deno.copyFileSync(from, target);
  }
}
