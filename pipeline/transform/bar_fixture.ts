/** A warehouse whose models are built from bars, for tests. @module */
import { assertEquals } from "@std/assert";
import type { Cell, SqlSession } from "../sql/session.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { createSchema } from "../duckdb/schema.ts";
import { Project, transform } from "./transform.ts";

const PROJECT = await Project.load(new URL("../../models", import.meta.url).pathname);

/** A bar as a feed publishes it; prices as text keep their digits. */
export interface Bar {
  readonly symbol?: string;
  readonly interval?: string;
  readonly at: string;
  readonly ohlc: readonly [open: string, high: string, low: string, close: string];
  readonly volume?: number | null;
  readonly action?: string;
  readonly signed?: string;
  readonly adjustment?: string;
  readonly adjClose?: string;
}

/** A warehouse whose models are built from bars. */
export class BarHouse implements AsyncDisposable {
  readonly #file: DuckDbFile;
  readonly #session: SqlSession;
  #offset = 0;

  private constructor(file: DuckDbFile, session: SqlSession) {
    this.#file = file;
    this.#session = session;
  }

  static async open(): Promise<BarHouse> {
    const file = await DuckDbFile.open(":memory:");
    const session = await file.session();
    await createSchema(session);
    return new BarHouse(file, session);
  }

  /** In this order; then the models are built and tested. */
  async publish(...bars: readonly Bar[]): Promise<void> {
    for (const { symbol = "AAPL", interval = "1d", at, ohlc, volume = 10, ...rest } of bars) {
      const offset = this.#offset++;
      const { action = null, signed = null, adjustment = null, adjClose = null } = rest;
      await this.#session.query(
        `INSERT INTO bronze.bars BY NAME SELECT 'bars' AS _topic, 0 AS _partition,
           ?::BIGINT AS _offset, make_timestamp(1800000000000000 + ?::BIGINT) AS _ingest_time,
           'csv' AS source, ? AS symbol, ? AS bar_interval, ?::TIMESTAMP AS open_time,
           ?::DECIMAL(38, 18) AS open, ?::DECIMAL(38, 18) AS high, ?::DECIMAL(38, 18) AS low,
           ?::DECIMAL(38, 18) AS close, ?::DECIMAL(28, 8) AS volume, ? AS action, ? AS signed,
           ? AS adjustment, ?::DECIMAL(38, 18) AS adj_close`,
        [
          offset,
          offset,
          symbol,
          interval,
          at,
          ...ohlc,
          volume,
          action,
          signed,
          adjustment,
          adjClose,
        ],
      );
    }
    await this.build();
  }

  async run(sql: string): Promise<void> {
    await this.#session.run(sql);
  }

  async build(): Promise<void> {
    const { failed } = await transform({ project: PROJECT, session: this.#session });
    assertEquals(failed, []);
  }

  async rows(sql: string): Promise<readonly (readonly Cell[])[]> {
    return (await this.#session.query(sql)).rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
    await this.#file[Symbol.asyncDispose]();
  }
}
