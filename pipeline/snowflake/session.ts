/**
 * One session on Snowflake: statements, and cells as the warehouse port has them.
 * @module
 */
import type { RowStatement } from "snowflake-sdk";
import { splitStatements } from "../sql/split.ts";
import {
  connect,
  type Connection,
  disconnect,
  type DriverBinds,
  execute,
  type Executed,
} from "./driver.ts";
import { breaksSession, snowflakeError } from "./errors.ts";
import type { SnowflakeOptions } from "./options.ts";
import type { Bind, Cell, Result, SqlSession } from "../sql/session.ts";

/** Six digits of the second, and UTC, as the port has times. */
const FORMAT = "YYYY-MM-DD HH24:MI:SS.FF6";

/** A row of an array-bound insert: every cell as text, which Snowflake casts without loss. */
export type TextRow = readonly (string | null)[];

/** One session. Calls run one after the other; a transaction belongs to it. */
export class SnowflakeSession implements SqlSession {
  readonly #connection: Connection;
  readonly #options: SnowflakeOptions;
  #broken = false;

  private constructor(connection: Connection, options: SnowflakeOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /**
   * Logs in. Throws `SNOWFLAKE_OPTIONS`, `SNOWFLAKE_KEY`, `SNOWFLAKE_LOGIN` naming what is wrong,
   * and `SNOWFLAKE_UNREACHABLE`, which is transient.
   */
  static async open(options: SnowflakeOptions): Promise<SnowflakeSession> {
    let connection: Connection;
    try {
      connection = await connect(options);
    } catch (error) {
      throw snowflakeError(error, options);
    }
    const session = new SnowflakeSession(connection, options);
    try {
      await session.run(`ALTER SESSION SET TIMEZONE = 'UTC', AUTOCOMMIT = TRUE,
        TIMESTAMP_OUTPUT_FORMAT = '${FORMAT}', TIMESTAMP_NTZ_OUTPUT_FORMAT = '${FORMAT}',
        TIMESTAMP_LTZ_OUTPUT_FORMAT = '${FORMAT}', TIMESTAMP_TZ_OUTPUT_FORMAT = '${FORMAT}',
        DATE_OUTPUT_FORMAT = 'YYYY-MM-DD', TIMESTAMP_TYPE_MAPPING = 'TIMESTAMP_NTZ',
        STATEMENT_TIMEOUT_IN_SECONDS = ${options.statementTimeoutS ?? 600}`);
      return session;
    } catch (error) {
      await disconnect(connection);
      throw error;
    }
  }

  /** Whether its connection is lost, or what it did last is unknown. */
  get broken(): boolean {
    return this.#broken;
  }

  /** The statements one by one: Snowflake takes one a request. */
  async run(sql: string): Promise<number> {
    let changed = 0;
    for (const statement of splitStatements(sql, "snowflake")) {
      changed = changedRows(await this.#execute(statement));
    }
    return changed;
  }

  async query(sql: string, binds: readonly Bind[] = []): Promise<Result> {
    // JSON has no big integers; Snowflake reads numbers out of text.
    const bound = binds.map((bind) => typeof bind === "bigint" ? String(bind) : bind);
    return toResult(await this.#execute(sql, bound));
  }

  /** Runs one `INSERT … VALUES (?, …)` with the rows; returns how many it inserted. */
  async insert(sql: string, rows: readonly TextRow[]): Promise<number> {
    return changedRows(await this.#execute(sql, rows));
  }

  /** Logs out, which rolls back what is not committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#broken = true;
    await disconnect(this.#connection);
  }

  async #execute(sql: string, binds: DriverBinds = []): Promise<Executed> {
    try {
      return await execute(this.#connection, sql, binds);
    } catch (cause) {
      const error = snowflakeError(cause, this.#options, sql);
      this.#broken ||= breaksSession(error);
      throw error;
    }
  }
}

/** Rows that a statement changed; for COPY, those it loaded. */
function changedRows({ statement, rows }: Executed): number {
  const loaded = (statement.getColumns() ?? []).findIndex((c) => c.getName() === "rows_loaded");
  if (loaded >= 0) return rows.reduce((sum, row) => sum + Number(row[loaded] ?? 0), 0);
  return Math.max(0, statement.getNumUpdatedRows() ?? 0);
}

function toResult({ statement, rows }: Executed): Result {
  const columns = (statement.getColumns() ?? []).map((column) => ({
    name: column.getName(),
    type: typeOf(column),
  }));
  const whole = columns.map(({ type }) => /^NUMBER\(\d+,0\)$/.test(type));
  const real = columns.map(({ type }) => type === "REAL");
  return {
    columns,
    rows: rows.map((row) =>
      row.map((value, i) => {
        if (value === null || value === undefined) return null;
        return whole[i] || real[i] ? toNumber(String(value), real[i] === true) : value as Cell;
      })
    ),
  };
}

/** A number, unless it would lose digits. */
function toNumber(text: string, real: boolean): Cell {
  const value = Number(text);
  return (real ? Number.isFinite(value) : Number.isSafeInteger(value)) ? value : text;
}

type Column = ReturnType<NonNullable<ReturnType<RowStatement["getColumns"]>>["at"]>;

function typeOf(column: NonNullable<Column>): string {
  const type = column.getType().toUpperCase();
  return type === "FIXED" ? `NUMBER(${column.getPrecision()},${column.getScale()})` : type;
}
