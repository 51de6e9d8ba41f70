/** `silver_trading_days` of every exchange of `ref_exchanges`, built by the models. @module */
import { createSchema } from "../../pipeline/duckdb/schema.ts";
import { DuckDbFile } from "../../pipeline/duckdb/engine/file.ts";
import type { Cell, SqlSession } from "../../pipeline/sql/session.ts";
import { ModelsCopy } from "../../pipeline/transform/models_copy_fixture.ts";
import { Project, transform } from "../../pipeline/transform/transform.ts";

const CALENDAR = ["silver_calendars", "silver_trading_days"];

/** A warehouse with the reference tables and the days alone, of a copy of the project's models. */
export class TradingDays implements AsyncDisposable {
  /** The folder of the reference tables that they were built from. */
  readonly seeds: string;
  /** All exchanges. */
  readonly exchanges: readonly string[];
  /** The warehouse. */
  readonly session: SqlSession;
  readonly #file: DuckDbFile;
  readonly #models: ModelsCopy;

  private constructor(
    models: ModelsCopy,
    exchanges: readonly string[],
    file: DuckDbFile,
    session: SqlSession,
  ) {
    this.#models = models;
    this.seeds = `${models.path}/seeds`;
    this.exchanges = exchanges;
    this.#file = file;
    this.session = session;
  }

  /** Builds them; `change` may plant something in the seeds before. */
  static async build(change: (models: ModelsCopy) => void = () => {}): Promise<TradingDays> {
    const models = new ModelsCopy();
    const rows = Deno.readTextFileSync(`${models.path}/seeds/ref_exchanges.csv`).split("\n");
    const exchanges = [...new Set(rows.slice(1).map((row) => row.split(",")[0] ?? ""))]
      .filter((name) => name !== "");
    // Only those have days that a symbol is listed on.
    models.append(
      "ref_symbols",
      ...exchanges.map((name) => `every-exchange,${name},,,${name},${name},Other,,${name},USD`),
    );
    change(models);
    const file = await DuckDbFile.open(":memory:");
    const session = await file.session();
    await createSchema(session);
    const project = await Project.load(models.path);
    const select = project.models.filter((m) => m.seed || CALENDAR.includes(m.name))
      .map((m) => m.name);
    await transform({ project, session, select, checks: false });
    return new TradingDays(models, exchanges, file, session);
  }

  /** What a query of them gives. */
  async rows(sql: string): Promise<readonly (readonly Cell[])[]> {
    return (await this.session.query(sql)).rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
    await this.#file[Symbol.asyncDispose]();
    this.#models[Symbol.dispose]();
  }
}
