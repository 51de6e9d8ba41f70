/**
 * Who is in a consumer group on this machine. A member holds a lock on a file of its own, which the
 * system frees when the process dies however it dies: no heartbeat, no time-out to wait for.
 * @module
 */
import { dirname, join } from "node:path";
import { messageOf, TickhouseError } from "../../errors.ts";
import { isDiskFull } from "../../disk.ts";
import { removeIfThereSync } from "../../remove.ts";

/** Membership of one process in one group of one topic. */
export class Membership implements Disposable {
  readonly #folder: string;
  readonly #id: string;
  readonly #file: Deno.FsFile;

  /** Joins: the locks live in `folder`, which is made. Throws `MEMBERS_UNREADABLE`, `DISK_FULL`. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#id = `${Date.now().toString().padStart(15, "0")}-${crypto.randomUUID()}`;
    this.#file = reaching(folder, () => {
      Deno.mkdirSync(folder, { recursive: true });
      // Locked under a name that is no member's, then renamed: no one sees it unlocked.
      const staged = join(folder, `.${this.#id}`);
      const file = Deno.openSync(staged, { create: true, write: true });
      file.lockSync(true);
      Deno.renameSync(staged, join(folder, this.#id));
      return file;
    });
  }

  /** The partitions that are this member's: every n-th, by the order in which members joined. */
  assigned(partitions: number): number[] {
    const members = reaching(this.#folder, () => this.#living());
    const place = members.indexOf(this.#id);
    return Array.from({ length: partitions }, (_, p) => p)
      .filter((p) => p % members.length === place);
  }

  /** Leaves the group. */
  [Symbol.dispose](): void {
    removeIfThereSync(join(this.#folder, this.#id));
    this.#file.close();
  }

  #living(): string[] {
    const names = [...Deno.readDirSync(this.#folder)].map((entry) => entry.name)
      .filter((name) => !name.startsWith("."));
    return names.filter((name) => name === this.#id || this.#isAlive(name)).sort();
  }

  #isAlive(name: string): boolean {
    const path = join(this.#folder, name);
    try {
      using file = Deno.openSync(path, { write: true });
      if (!file.tryLockSync(true)) return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
    removeIfThereSync(path);
    return false;
  }
}

/** The locks are files, and the folder of a home may be damaged or full like any other. */
function reaching<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const full = isDiskFull(cause);
    throw new TickhouseError(full ? "DISK_FULL" : "MEMBERS_UNREADABLE", messageOf(cause), {
      field: "members",
      value: folder,
      fix: full
        ? "free space on the disk; nothing was lost"
        : `let this user read and write there, or remove ${
          dirname(folder)
        } while nothing streams: ` +
          "it holds nothing but locks",
      cause,
    });
  }
}
