/** Reading the database file, while nobody writes it. @module */
import { dirname } from "node:path";
import { DuckDbFile, type DuckDbSession } from "../duckdb/engine/file.ts";
import { SerialQueue } from "../serial.ts";
import type { Bind, Cell, Result } from "../sql/session.ts";
import { assertReadOnly } from "./guard.ts";
import { toParquet } from "./parquet.ts";
import { type DataFrame, type Reader, toFrame, toObjects } from "./reader.ts";

/**
 * A reader over the file, opened read-only: until it is disposed nobody can write. Its statements
 * pass the same guard as an endpoint's.
 */
export class LocalReader implements Reader {
  readonly #file: DuckDbFile;
  readonly #session: DuckDbSession;
  /** One connection takes one statement at a time. */
  readonly #queue = new SerialQueue();

  private constructor(file: DuckDbFile, session: DuckDbSession) {
    this.#file = file;
    this.#session = session;
  }

  /** Opens the file; throws `DATABASE_HELD` while a process writes it. */
  static async open(path: string): Promise<LocalReader> {
    const file = await DuckDbFile.open(path, { readOnly: true, lockedTo: [] });
    return new LocalReader(file, await file.session());
  }

  query(sql: string, binds: readonly Bind[] = []): Promise<Result> {
    return this.#queue.run(async () => {
      await assertReadOnly(this.#session, sql);
      return await this.#session.query(sql, binds);
    });
  }

  async rows<T = Record<string, Cell>>(sql: string, binds: readonly Bind[] = []): Promise<T[]> {
    return toObjects<T>(await this.query(sql, binds));
  }

  frame(sql: string): Promise<DataFrame> {
    const folder = dirname(this.#file.path);
    return this.#queue.run(async () => {
      await assertReadOnly(this.#session, sql);
      return toFrame(await toParquet(this.#session, sql, folder));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.idle();
    await this.#session[Symbol.asyncDispose]();
    await this.#file[Symbol.asyncDispose]();
  }
}
