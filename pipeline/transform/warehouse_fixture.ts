/** Warehouses in memory, for tests of the models. @module */
import { DuckDbFile, type DuckDbSession } from "../duckdb/engine/file.ts";
import { createSchema } from "../duckdb/schema.ts";
import { Project } from "./transform.ts";

const MODELS = new URL("../../models", import.meta.url).pathname;
/** The project's models. */
export const PROJECT = await Project.load(MODELS);

/** What follows from the seeds alone, and is the most of an empty warehouse: a build goes on from it. */
const KEPT = [
  ...PROJECT.models.filter(({ kind }) => kind === "seed").map(({ name }) => name),
  "silver_trading_days",
];

/** Those that no test uses now. */
const IDLE: DuckDbFile[] = [];

/**
 * A warehouse without records, in which models may be built. Of the next one in this process the
 * tables that follow from the seeds are there, as in a warehouse that was built over nothing.
 */
export class EmptyWarehouse implements AsyncDisposable {
  readonly session: DuckDbSession;
  readonly #file: DuckDbFile;

  private constructor(file: DuckDbFile, session: DuckDbSession) {
    this.#file = file;
    this.session = session;
  }

  static async open(): Promise<EmptyWarehouse> {
    const file = IDLE.pop() ?? await DuckDbFile.open(":memory:");
    const session = await file.session();
    await createSchema(session);
    return new EmptyWarehouse(file, session);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { rows } = await this.session.query(
      "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'silver'",
    );
    for (const [name, type] of rows) {
      if (KEPT.includes(String(name))) continue;
      await this.session.run(`DROP ${type === "VIEW" ? "VIEW" : "TABLE"} silver."${name}"`);
    }
    await this.session.run("DROP SCHEMA gold CASCADE; DROP SCHEMA bronze CASCADE");
    await this.session[Symbol.asyncDispose]();
    IDLE.push(this.#file);
  }
}
