/** A small warehouse with a served dashboard, for the page tests. @module */
import { serveDashboard } from "../../pipeline/dashboard/server.ts";
import { type LiveStatus, NO_GAPS, UNKNOWN_STATUS } from "../../pipeline/dashboard/status.ts";
import type { OpenGaps } from "../../pipeline/dashboard/wire.ts";
import { DuckDbFile } from "../../pipeline/duckdb/engine/file.ts";
import { createSchema } from "../../pipeline/duckdb/schema.ts";
import type { Bind } from "../../pipeline/sql/session.ts";
import { transform } from "../../pipeline/transform/transform.ts";
import goldSql from "./gold.sql" with { type: "text" };

const MODELS = new URL("../../models", import.meta.url).pathname;

/** A trade to be inserted. */
export interface Trade {
  readonly symbol: string;
  readonly price: number;
  readonly size: number;
  /** Event time, milliseconds since 1970 UTC; it is also the time of arrival. */
  readonly at: number;
  readonly id: string;
  /** Such as "cancel". */
  readonly action?: string;
  /** Such as "@ I". */
  readonly conditions?: string;
}

/** A warehouse in a folder of its own, and a dashboard over it. */
export class House implements AsyncDisposable {
  /** Set to a message: every query fails with it. */
  failure: string | undefined;
  /** Queries so far. */
  queries = 0;
  deadLetters: number | null = null;
  gaps: OpenGaps = NO_GAPS;
  status: LiveStatus = { ...UNKNOWN_STATUS, source: "simulator" };
  readonly #folder: string;
  readonly #db: DuckDbFile;
  #offset = 0;
  #stop = new AbortController();
  #finished: Promise<void> = Promise.resolve();

  private constructor(folder: string, db: DuckDbFile) {
    this.#folder = folder;
    this.#db = db;
  }

  static async make(): Promise<House> {
    const folder = await Deno.makeTempDir();
    const db = await DuckDbFile.open(`${folder}/warehouse.duckdb`);
    const house = new House(folder, db);
    await house.run(createSchema);
    return house;
  }

  async insert(trades: readonly Trade[]): Promise<void> {
    await using session = await this.#db.session();
    await session.run("BEGIN");
    for (const trade of trades) {
      const { symbol, price, size, at, id, action = null, conditions = null } = trade;
      await session.query(
        `INSERT INTO bronze.ticks BY NAME SELECT 'ticks' AS _topic, 0 AS _partition,
           $1::BIGINT AS _offset, make_timestamp($2::BIGINT) AS _ingest_time, $3 AS symbol,
           $4::DECIMAL(18, 8) AS price, $5::DECIMAL(18, 8) AS size,
           make_timestamp($2::BIGINT) AS event_time, 'simulator' AS source, $6 AS trade_id,
           $7 AS action, $8 AS conditions`,
        [
          this.#offset++,
          Math.round(at * 1000),
          symbol,
          price,
          size,
          id,
          action,
          conditions,
        ] as Bind[],
      );
    }
    await session.run("COMMIT");
  }

  /** Builds the gold tables from the ticks before `builtMs`. */
  buildGold(builtMs: number): Promise<void> {
    const built = new Date(builtMs).toISOString().replace("T", " ").replace("Z", "");
    return this.run(async (session) => {
      await session.run(goldSql.replaceAll("$BUILT", built));
    });
  }

  /** Daily bars of one symbol, one a weekday from `first` on, whose price rises by 0.01. */
  publish(symbol: string, first: string, days: number): Promise<void> {
    return this.run(async (session) => {
      await session.query(
        `INSERT INTO bronze.bars BY NAME
         SELECT 'bars' AS _topic, 0 AS _partition, row_number() OVER (ORDER BY day) AS _offset,
           TIMESTAMP '2026-01-02 12:00:00' AS _ingest_time, 'csv' AS source, $1 AS symbol,
           '1d' AS bar_interval, day AS open_time, price AS open, price + 1 AS high,
           price - 1 AS low, price AS close, 1000 AS volume
         FROM (
           SELECT day, (100 + 0.01 * row_number() OVER (ORDER BY day))::DECIMAL(38, 18) AS price
           FROM (SELECT $2::TIMESTAMP + to_days(i::INTEGER) AS day FROM range(2 * $3::INTEGER) r(i))
           WHERE isodow(day) < 6 ORDER BY day LIMIT $3::INTEGER
         )`,
        [symbol, first, days],
      );
    });
  }

  /** Builds the models as the product does; default: all. */
  transform(select?: readonly string[]): Promise<void> {
    return this.run(async (session) => {
      await transform({ project: MODELS, session, checks: false, ...select && { select } });
    });
  }

  async run(
    work: (session: Awaited<ReturnType<DuckDbFile["session"]>>) => Promise<void>,
  ): Promise<void> {
    await using session = await this.#db.session();
    await work(session);
  }

  /** Serves on the port, or any. */
  async serve(port = 0): Promise<string> {
    const session = await this.#db.session();
    this.#stop = new AbortController();
    const { url, finished } = await serveDashboard({
      query: (sql, binds) => {
        this.queries++;
        if (this.failure !== undefined) return Promise.reject(new Error(this.failure));
        return session.query(sql, binds);
      },
      status: () => this.status,
      deadLetters: () => Promise.resolve(this.deadLetters),
      gaps: () => Promise.resolve(this.gaps),
      port,
      signal: this.#stop.signal,
      pollMs: 50,
    });
    this.#finished = finished.then(() => session[Symbol.asyncDispose]());
    return url;
  }

  async stopServing(): Promise<void> {
    this.#stop.abort();
    await this.#finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopServing();
    await this.#db[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
