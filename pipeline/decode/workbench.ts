import { Spool } from "./spool.ts";
import { DuckDbFile, type DuckDbSession } from "../duckdb/engine/file.ts";

/** A DuckDB in memory and a spool, to count with. */
export class Workbench implements AsyncDisposable {
  readonly session: DuckDbSession;
  readonly spool: Spool;
  readonly #file: DuckDbFile;

  private constructor(file: DuckDbFile, session: DuckDbSession) {
    this.#file = file;
    this.session = session;
    this.spool = new Spool();
  }

  static async open(): Promise<Workbench> {
    const file = await DuckDbFile.open(":memory:", { memoryLimit: "1GiB" });
    return new Workbench(file, await file.session());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
    await this.#file[Symbol.asyncDispose]();
    this.spool[Symbol.dispose]();
  }
}
