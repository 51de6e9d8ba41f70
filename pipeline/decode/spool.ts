/**
 * Short-lived files that carry batches between TypeScript and DuckDB. They are gone before the
 * system writes them out, so they cost a copy in memory.
 * @module
 */
import { basename, dirname, join } from "node:path";
import { messageOf, TickhouseError } from "../errors.ts";
import { removeIfThereSync } from "../remove.ts";

const PREFIX = "tickhouse-spool-";
const LOCK = "lock";

/**
 * A folder of short-lived files, removed with all in it when disposed. What a killed process left
 * is removed by the next that makes a spool: a lock that died with its process tells it apart.
 */
export class Spool implements Disposable {
  /** Where its files are. */
  readonly folder: string;
  readonly #lock: Deno.FsFile;
  #count = 0;

  /** Makes the folder in `parent`; default: the system's temporary one. Throws `TEMP_FOLDER`. */
  constructor(parent: string = temporaryFolder()) {
    const { folder, lock } = usable(parent, () => {
      sweep(parent);
      return make(parent);
    });
    this.folder = folder;
    this.#lock = lock;
  }

  /** A path that nothing else uses. */
  path(extension: string): string {
    return join(this.folder, `${this.#count++}.${extension}`);
  }

  /** Writes the parts, one behind the other, to a new file and returns its path. */
  write(parts: readonly Uint8Array[], extension: string): string {
    const path = this.path(extension);
    using file = Deno.openSync(path, { createNew: true, write: true });
    for (const part of parts) {
      for (let at = 0; at < part.length;) at += file.writeSync(part.subarray(at));
    }
    return path;
  }

  /** Removes all that is in it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
    this.#lock.close();
  }
}

/** Removes a file of the spool. */
export function discard(path: string): void {
  removeIfThereSync(path);
}

function sweep(parent: string): void {
  for (const entry of Deno.readDirSync(parent)) {
    if (!entry.isDirectory || !entry.name.startsWith(PREFIX)) continue;
    const folder = join(parent, entry.name);
    try {
      using lock = Deno.openSync(join(folder, LOCK), { write: true });
      if (lock.tryLockSync(true)) Deno.removeSync(folder, { recursive: true });
    } catch (error) {
      // Another user's, or just being swept by another process: not ours to touch.
      if (error instanceof Deno.errors.NotFound) continue;
      if (error instanceof Deno.errors.PermissionDenied) continue;
      throw error;
    }
  }
}

/** Locked under a name that is not swept, then renamed: nobody sees it unlocked. */
function make(parent: string): { folder: string; lock: Deno.FsFile } {
  const staged = Deno.makeTempDirSync({ dir: parent, prefix: `.${PREFIX}` });
  const lock = Deno.openSync(join(staged, LOCK), { create: true, write: true });
  lock.lockSync(true);
  const folder = join(parent, basename(staged).slice(1));
  Deno.renameSync(staged, folder);
  return { folder, lock };
}

/** Where the system keeps temporary files. */
function temporaryFolder(): string {
  return usable(undefined, () => {
    const probe = Deno.makeTempDirSync();
    Deno.removeSync(probe);
    return dirname(probe);
  });
}

/** Names the folder if it is none, or can't be written. */
function usable<T>(folder: string | undefined, use: () => T): T {
  try {
    return use();
  } catch (cause) {
    throw new TickhouseError("TEMP_FOLDER", `no files can be made there: ${messageOf(cause)}`, {
      field: "TMPDIR",
      value: folder,
      fix: "set it to a folder that this user can write, or leave it to the system",
      cause,
    });
  }
}
