import { Spool } from "./spool.ts";
import { DuckDbFile, type DuckDbSession } from "../duckdb/engine/file.ts";

/** A DuckDB in memory and a spool, to count with. */
export class Workbench implements AsyncDisposable {
  /** A connection to the DuckDB in memory. */
  readonly session: DuckDbSession;
  /** Where files for it are made. */
  readonly spool: Spool;
  readonly #file: DuckDbFile;

  private constructor(file: DuckDbFile, session: DuckDbSession) {
    this.#file = file;
    this.session = session;
    this.spool = new Spool();
  }

  /** Opens one; who does closes it. */
  static async open(): Promise<Workbench> {
    const file = await DuckDbFile.open(":memory:", { memoryLimit: "1GiB" });
    return new Workbench(file, await file.session());
  }

  /** Closes the DuckDB and removes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
    await this.#file[Symbol.asyncDispose]();
    this.spool[Symbol.dispose]();
  }
}
