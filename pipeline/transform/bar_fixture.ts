/** A warehouse whose models are built from bars and trades, for tests. @module */
import { assertEquals } from "@std/assert";
import type { Cell, SqlSession } from "../sql/session.ts";
import { ModelsCopy } from "./models_copy_fixture.ts";
import { Project, transform } from "./transform.ts";
import { EmptyWarehouse, PROJECT } from "./warehouse_fixture.ts";

/** A bar as a feed publishes it; prices as text keep their digits. */
export interface Bar {
  readonly source?: string;
  readonly symbol?: string;
  readonly interval?: string;
  readonly at: string;
  readonly ohlc: readonly [open: string, high: string, low: string, close: string];
  readonly volume?: number | null;
  readonly action?: string;
  readonly signed?: string;
  readonly adjustment?: string;
  readonly adjClose?: string;
  readonly origin?: string;
  readonly provisional?: string;
  /** The day on which it was read; default: 2027-01-15. */
  readonly read?: string;
}

/** A split or payout as a feed tells it. */
export interface ToldAction {
  readonly source?: string;
  readonly symbol?: string;
  readonly on: string;
  readonly kind?: "split" | "dividend" | "capital_gain";
  /** As text it keeps its digits. */
  readonly amount: string;
  readonly currency?: string;
  readonly adjustment?: string;
  readonly action?: string;
  /** When it was read; default: 2027-01-15. */
  readonly read?: string;
}

/** A trade of ten shares: symbol, time (UTC), price, and the feed if not the usual one. */
export type Trade = readonly [symbol: string, at: string, price: string, source?: string];

/** Rows that stand in seeds besides those of the project, as lines of CSV. */
export type SeedRows = Readonly<Record<string, readonly string[]>>;

/** The models with more rows in their seeds. */
async function projectWith(rows: SeedRows): Promise<Project> {
  using models = new ModelsCopy();
  for (const [seed, lines] of Object.entries(rows)) models.append(seed, ...lines);
  return await Project.load(models.path);
}

/** A warehouse whose models are built from bars and trades. */
export class BarHouse implements AsyncDisposable {
  readonly #warehouse: EmptyWarehouse;
  readonly #session: SqlSession;
  #offset = 0;
  /** What the newest build was warned of. */
  warned: readonly string[] = [];

  #project: Project;

  private constructor(warehouse: EmptyWarehouse, project: Project) {
    this.#warehouse = warehouse;
    this.#session = warehouse.session;
    this.#project = project;
  }

  static async open(rows?: SeedRows): Promise<BarHouse> {
    const project = rows ? await projectWith(rows) : PROJECT;
    return new BarHouse(await EmptyWarehouse.open(), project);
  }

  /** In this order; then the models are built and tested. */
  async publish(...bars: readonly Bar[]): Promise<void> {
    for (const { symbol = "AAPL", interval = "1d", at, ohlc, volume = 10, ...rest } of bars) {
      const offset = this.#offset++;
      const { action = null, signed = null, adjustment = null, adjClose = null } = rest;
      const { origin = null, provisional = null } = rest;
      const { source = "csv", read = "2027-01-15" } = rest;
      await this.#session.query(
        `INSERT INTO bronze.bars BY NAME SELECT 'bars' AS _topic, 0 AS _partition,
           ?::BIGINT AS _offset, ?::TIMESTAMP + to_microseconds(?::BIGINT) AS _ingest_time,
           ? AS source, ? AS symbol, ? AS bar_interval, ?::TIMESTAMP AS open_time,
           ?::DECIMAL(38, 18) AS open, ?::DECIMAL(38, 18) AS high, ?::DECIMAL(38, 18) AS low,
           ?::DECIMAL(38, 18) AS close, ?::DECIMAL(28, 8) AS volume, ? AS action, ? AS signed,
           ? AS adjustment, ?::DECIMAL(38, 18) AS adj_close, ? AS origin, ? AS provisional`,
        [
          offset,
          read,
          offset,
          source,
          symbol,
          interval,
          at,
          ...ohlc,
          volume,
          action,
          signed,
          adjustment,
          adjClose,
          origin,
          provisional,
        ],
      );
    }
    await this.build();
  }

  /** Told in this order; then the models are built and tested. */
  async act(...told: readonly ToldAction[]): Promise<void> {
    for (
      const { symbol = "AAPL", source = "yahoo", kind = "dividend", on, amount, ...rest } of told
    ) {
      const offset = this.#offset++;
      const { currency = null, adjustment = null, action = null, read = "2027-01-15" } = rest;
      await this.#session.query(
        `INSERT INTO bronze.corporate_actions BY NAME SELECT 'corporate_actions' AS _topic,
           0 AS _partition, ?::BIGINT AS _offset,
           ?::TIMESTAMP + to_microseconds(?::BIGINT) AS _ingest_time, ? AS source, ? AS symbol,
           ?::DATE AS ex_date, ? AS kind, ?::DECIMAL(38, 18) AS amount, ? AS currency,
           ? AS adjustment, ? AS action`,
        [offset, read, offset, source, symbol, on, kind, amount, currency, adjustment, action],
      );
    }
    await this.build();
  }

  /** In this order; then the models are built and tested. */
  async trade(...trades: readonly Trade[]): Promise<void> {
    for (const [symbol, at, price, source = "finnhub"] of trades) {
      const offset = this.#offset++;
      await this.#session.query(
        `INSERT INTO bronze.ticks BY NAME SELECT 'ticks' AS _topic, 0 AS _partition,
           ?::BIGINT AS _offset, make_timestamp(1800000000000000 + ?::BIGINT) AS _ingest_time,
           ? AS symbol, ?::DECIMAL(18, 8) AS price, 10::DECIMAL(28, 8) AS size,
           ?::TIMESTAMP AS event_time, ? AS source, ?::VARCHAR AS trade_id`,
        [offset, offset, symbol, price, at, source, String(offset)],
      );
    }
    await this.build();
  }

  /** The next build has these rows in its seeds, instead of others that the project has not. */
  async useSeeds(rows: SeedRows): Promise<void> {
    this.#project = await projectWith(rows);
  }

  async run(sql: string): Promise<void> {
    await this.#session.run(sql);
  }

  async build(): Promise<void> {
    const { failed, warned } = await transform({ project: this.#project, session: this.#session });
    assertEquals(failed, []);
    this.warned = warned.map(({ name }) => name);
  }

  /** All of it again, as if the records had just come. */
  async rebuild(): Promise<void> {
    const { failed } = await transform({
      ...{ project: this.#project, session: this.#session, fullRefresh: true },
    });
    assertEquals(failed, []);
  }

  async rows(sql: string): Promise<readonly (readonly Cell[])[]> {
    return (await this.#session.query(sql)).rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#warehouse[Symbol.asyncDispose]();
  }
}
