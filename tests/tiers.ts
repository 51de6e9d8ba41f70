/**
 * Which tests belong to which command: `deno task test` runs what needs Deno alone, and the pages if
 * there is a Chromium; `deno task test:services` what stands on real servers.
 * @module
 */
import { join, relative, resolve } from "node:path";

/** The project's folder. */
export const ROOT = join(import.meta.dirname ?? "", "..");

/** Folders of tests that need Deno alone: the longest first, so that the last lane does not wait. */
export const EMBEDDED = [
  "tests/feeds/",
  "tests/crash/",
  "tests/cli/",
  "tests/notebooks/",
  "pipeline/",
  "services/",
  "tests/audit/",
  "tests/install/",
  "tests/files/",
  "tests/toys/",
  "tests/reference/",
  "tests/mutants/",
  "std/",
] as const;

/** Those that drive a browser. */
export const PAGES = ["tests/page/"] as const;

/** Those on real servers, dbt among them: the longest first. */
export const SERVED = [
  "tests/faults/",
  "tests/parity/",
  "tests/kafka/",
  "tests/services/",
  "tests/stores/",
  "tests/snowflake/",
  "tests/snowpipe/",
  "tests/routes/",
  "tests/registry/",
  "tests/metadata/",
  "tests/migrate/",
  "tests/mirror/",
  "tests/warehouses/",
  "tests/calendars/",
] as const;

/** The files of tests below folders and among files, in the order given, those of a folder by name. */
export function testFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const full = resolve(ROOT, path);
    if (!Deno.statSync(full).isDirectory) return [relative(ROOT, full)];
    return walk(full).filter((file) => file.endsWith("_test.ts"))
      .map((file) => relative(ROOT, file)).sort();
  });
}

/** Whether the file is below one of the folders. */
export function isBelow(file: string, folders: readonly string[]): boolean {
  return folders.some((folder) => file.startsWith(folder));
}

function walk(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    if (!isDirectory) return [path];
    return name === "node_modules" || name.startsWith(".") ? [] : walk(path);
  });
}
