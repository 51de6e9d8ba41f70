/** A copy of each message in files, for people who want to read along. @module */
import { join } from "node:path";
import type { KeyedValues } from "../batch.ts";
import { type Clock, systemClock } from "../clock.ts";
import { isDiskFull } from "../disk.ts";
import { messageOf, TickhouseError } from "../errors.ts";

/** Appends messages to a file a topic and day of UTC, a line of JSON each. */
export class MessageLog {
  readonly #folder: string;
  readonly #clock: Clock;

  /** The folder is made when the first message comes. */
  constructor(folder: string, clock: Clock = systemClock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /**
   * After the messages are in the log: what is in a file is there, and what a crash keeps from the
   * file is in the log all the same. Throws `DISK_FULL`, `FILE_WRITE`.
   */
  async append(topic: string, records: readonly KeyedValues[]): Promise<void> {
    const day = new Date(this.#clock.now()).toISOString().slice(0, 10);
    const path = join(this.#folder, `${topic}-${day}.ndjson`);
    try {
      await Deno.mkdir(this.#folder, { recursive: true });
      for (const { values } of records) await Deno.writeFile(path, values.bytes, { append: true });
    } catch (cause) {
      const full = isDiskFull(cause);
      throw new TickhouseError(full ? "DISK_FULL" : "FILE_WRITE", messageOf(cause), {
        field: "TICKHOUSE_MESSAGE_LOG",
        value: path,
        fix: full ? "free space on the disk" : "name a folder that this user may write",
        cause,
      });
    }
  }
}
