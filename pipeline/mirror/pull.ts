/**
 * Pulls the rows of a Snowflake query into a local Parquet file, exactly: by unloading Parquet to the
 * user's stage and fetching the files, or as the rows of a result.
 * @module
 */
import { identifier, literal, textIn } from "../sql/names.ts";
import { discard } from "../decode/spool.ts";
import type { Workbench } from "../decode/workbench.ts";
import type { SqlSession } from "../sql/session.ts";

/** The way out of Snowflake. */
export type PullBy = "unload" | "rows";

/** A column: its name on both sides, and its DuckDB type. */
export interface PulledColumn {
  readonly name: string;
  readonly type: string;
  /** Whether Snowflake has no such column: it is null in every row. */
  readonly isMissing?: boolean;
}

/** What to pull. */
export interface Pull {
  readonly columns: readonly PulledColumn[];
  /** The FROM clause with its conditions. */
  readonly from: string;
  /** Columns to order the file by. */
  readonly orderBy?: readonly string[];
}

/** Pulls one query after the other through one session. */
export class Puller {
  readonly #session: SqlSession;
  readonly #workbench: Workbench;
  readonly #by: PullBy;

  constructor(session: SqlSession, workbench: Workbench, by: PullBy) {
    this.#session = session;
    this.#workbench = workbench;
    this.#by = by;
  }

  /** Writes the rows to a file of the spool, and returns its path and their number. */
  async pull(pull: Pull): Promise<{ path: string; rows: number }> {
    // The result of a query has fewer digits of a floating point number than it.
    const exact = pull.columns.every(({ type }) => type !== "DOUBLE");
    const select = `SELECT ${pull.columns.map(asText).join(", ")} FROM ${pull.from}`;
    return this.#by === "rows" && exact
      ? await this.#rows(pull, select)
      : await this.#unload(pull, select);
  }

  async #unload(pull: Pull, select: string): Promise<{ path: string; rows: number }> {
    const stage = `@~/tickhouse_mirror/${crypto.randomUUID()}/`;
    const folder = this.#workbench.spool.path("unloaded");
    Deno.mkdirSync(folder);
    try {
      await this.#session.query(
        `COPY INTO ${stage} FROM (${select}) FILE_FORMAT = (TYPE = PARQUET) HEADER = TRUE`,
      );
      await this.#session.query(`GET ${stage} ${textIn("snowflake", `file://${folder}/`)}`);
      const files = [...Deno.readDirSync(folder)].map(({ name }) => literal(`${folder}/${name}`));
      // Snowflake unloads no file where there is no row.
      const rows = files.length === 0
        ? `(SELECT ${pull.columns.map(({ name }) => `NULL AS ${identifier(name)}`).join(", ")}
           WHERE false)`
        : `read_parquet([${files.join(", ")}])`;
      return await this.#write(pull, rows);
    } finally {
      Deno.removeSync(folder, { recursive: true });
      await this.#session.query(`REMOVE ${stage}`);
    }
  }

  async #rows(pull: Pull, select: string): Promise<{ path: string; rows: number }> {
    const { rows } = await this.#session.query(select);
    const names = pull.columns.map(({ name }) => identifier(name));
    const encoder = new TextEncoder();
    const lines = rows.map((row) =>
      encoder.encode(JSON.stringify(Object.fromEntries(names.map((n, i) => [n, row[i]]))) + "\n")
    );
    const path = this.#workbench.spool.write(lines, "ndjson");
    try {
      const columns = names.map((name) => `${name}: 'VARCHAR'`).join(", ");
      const read = rows.length === 0
        ? `(SELECT ${names.map((name) => `NULL AS ${name}`).join(", ")} WHERE false)`
        : `read_json(${literal(path)}, format = 'newline_delimited', columns = {${columns}},
             maximum_object_size = ${OBJECT_BYTES_MAX})`;
      return await this.#write(pull, read);
    } finally {
      discard(path);
    }
  }

  /** What was pulled, typed and in order. */
  async #write(
    { columns, orderBy = [] }: Pull,
    read: string,
  ): Promise<{ path: string; rows: number }> {
    const { session, spool } = this.#workbench;
    const path = spool.path("parquet");
    const typed = columns.map(({ name, type }) =>
      `CAST(${identifier(name)} AS ${type}) AS ${identifier(name)}`
    );
    const order = orderBy.length === 0 ? "" : `ORDER BY ${orderBy.map(identifier).join(", ")}`;
    const rows = await session.run(
      `COPY (SELECT ${typed.join(", ")} FROM ${read} ${order}) TO ${literal(path)}
       (FORMAT parquet, COMPRESSION zstd)`,
    );
    return { path, rows };
  }
}

/** Bytes of one row as JSON. */
const OBJECT_BYTES_MAX = 64 * 2 ** 20;

/** Text that holds every digit: Parquet as Snowflake writes it need not. */
function asText({ name, type, isMissing }: PulledColumn): string {
  const column = identifier(name);
  if (isMissing) return `CAST(NULL AS VARCHAR) AS ${column}`;
  if (type === "TIMESTAMP") {
    return `TO_VARCHAR(${column}, 'YYYY-MM-DD HH24:MI:SS.FF6') AS ${column}`;
  }
  if (type === "DATE") return `TO_VARCHAR(${column}, 'YYYY-MM-DD') AS ${column}`;
  if (type === "DOUBLE" || type === "VARCHAR" || type === "BOOLEAN") return column;
  return `TO_VARCHAR(${column}) AS ${column}`;
}
