/** A small warehouse with a served dashboard, for the page tests. @module */
import { serveDashboard } from "../../pipeline/dashboard/server.ts";
import { type LiveStatus, UNKNOWN_STATUS } from "../../pipeline/dashboard/status.ts";
import { DuckDbFile } from "../../pipeline/duckdb/engine/file.ts";
import { createSchema } from "../../pipeline/duckdb/schema.ts";
import type { Bind } from "../../pipeline/sql/session.ts";
import goldSql from "./gold.sql" with { type: "text" };

/** A trade to be inserted. */
export interface Trade {
  readonly symbol: string;
  readonly price: number;
  readonly size: number;
  /** Event time, milliseconds since 1970 UTC; it is also the time of arrival. */
  readonly at: number;
  readonly id: string;
}

/** A warehouse in a folder of its own, and a dashboard over it. */
export class House implements AsyncDisposable {
  /** Set to a message: every query fails with it. */
  failure: string | undefined;
  /** Queries so far. */
  queries = 0;
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
    for (const { symbol, price, size, at, id } of trades) {
      await session.query(
        `INSERT INTO bronze.ticks BY NAME SELECT 'ticks' AS _topic, 0 AS _partition,
           $1::BIGINT AS _offset, make_timestamp($2::BIGINT) AS _ingest_time, $3 AS symbol,
           $4::DECIMAL(18, 8) AS price, $5::DECIMAL(18, 8) AS size,
           make_timestamp($2::BIGINT) AS event_time, 'simulator' AS source, $6 AS trade_id`,
        [this.#offset++, Math.round(at * 1000), symbol, price, size, id] as Bind[],
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
