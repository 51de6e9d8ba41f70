/**
 * The mirror: what Snowflake holds, pulled into DuckDB, so that notebooks and models work offline on
 * the same rows. Bronze comes by position, each record once, beside what a stream or a load brought;
 * other schemas come whole.
 * @module
 */
import { type Dataset, storedColumns } from "../datasets/dataset.ts";
import { bronzeTable, sqlType } from "../datasets/tables.ts";
import { identifier, literal, textIn } from "../sql/names.ts";
import { inTransaction } from "../sql/transaction.ts";
import { TickhouseError } from "../errors.ts";
import { Workbench } from "../decode/workbench.ts";
import { MIRRORED } from "../warehouse/side.ts";
import { sha256OfFile } from "../sha256.ts";
import { discard } from "../decode/spool.ts";
import type { DuckDbWarehouse } from "../duckdb/warehouse.ts";
import { adoptLog, logOf } from "../warehouse/logs.ts";
import { type FoundColumn, tablesOf } from "../sql/catalogue.ts";
import type { SqlSession } from "../sql/session.ts";
import { type MirroredTable, mirroredTables } from "./columns.ts";
import { type PullBy, type PulledColumn, Puller } from "./pull.ts";

/** What to mirror. */
export interface MirrorOptions {
  /** A session on Snowflake. */
  readonly from: SqlSession;
  readonly into: DuckDbWarehouse;
  /** Of the schema bronze. */
  readonly datasets: readonly Dataset[];
  /** Schemas to pull; `bronze` by position, others whole. Default: bronze. */
  readonly schemas?: readonly string[];
  /** Default: `unload`. */
  readonly by?: PullBy;
  /** Offsets of a partition pulled at once: bounds memory. Default: 1,000,000. */
  readonly stride?: number;
  /** Told of what was pulled. */
  readonly onPulled?: (pulled: Mirrored) => void;
}

/** What was pulled into one table. */
export interface Mirrored {
  /** Schema and table. */
  readonly relation: string;
  /** `loaded`: behind what was there; `replaced`: whole; `current`: there was nothing new. */
  readonly action: "loaded" | "replaced" | "current";
  /** Rows pulled. */
  readonly rows: number;
}

const STRIDE = 1_000_000;
const BRONZE = "bronze";

/**
 * Pulls the schemas. Killed at any moment and started again, it goes on: a range of offsets and its
 * position are one transaction, and so is a table. Throws `LOG_REPLACED` if the two warehouses hold
 * different logs of a topic, `LOG_UNKNOWN` if only Snowflake is bound to none, `MIRROR_AHEAD` if DuckDB already holds more than Snowflake,
 * `SCHEMA_UNKNOWN` and `TYPE_UNSUPPORTED`.
 */
export async function mirror(options: MirrorOptions): Promise<Mirrored[]> {
  const { from, into, datasets, schemas = [BRONZE], by = "unload", onPulled } = options;
  for (const schema of schemas) identifier(schema);
  await using workbench = await Workbench.open();
  const puller = new Puller(from, workbench, by);
  const pulled: Mirrored[] = [];
  const note = (one: Mirrored) => {
    pulled.push(one);
    onPulled?.(one);
  };
  if (schemas.includes(BRONZE)) {
    const tables = await tablesOf(from, BRONZE);
    for (const dataset of datasets) {
      const columns = bronzeColumns(dataset, tables.get(dataset.name.toLowerCase()));
      note(await mirrorBronze(dataset, columns, puller, options));
    }
  }
  for (const schema of schemas.filter((name) => name !== BRONZE)) {
    for (const table of await mirroredTables(from, schema)) {
      note(await mirrorTable(schema, table, puller, into));
    }
  }
  return pulled;
}

async function mirrorBronze(
  dataset: Dataset,
  columns: readonly PulledColumn[],
  puller: Puller,
  { from, into, stride = STRIDE }: MirrorOptions,
): Promise<Mirrored> {
  const { topic } = dataset;
  const found = await ends(from, dataset);
  const logId = await logOf(from, topic);
  // Rows of Snowpipe Streaming have their log in a channel, which SQL does not show.
  if (logId !== undefined || await hasPositions(from, topic)) {
    await adoptLog(into, topic, logId === undefined ? undefined : { id: logId }, "Snowflake");
  }
  let rows = 0;
  for (const [partition, end] of found) {
    let at = await into.position(topic, partition);
    if (at > end) throw ahead(topic, partition, at, end);
    while (at < end) {
      const next = Math.min(end, at + stride);
      rows += await mirrorRange(dataset, columns, puller, into, { partition, at, next });
      at = next;
    }
  }
  return { relation: bronzeTable(dataset), action: rows > 0 ? "loaded" : "current", rows };
}

async function hasPositions(from: SqlSession, topic: string): Promise<boolean> {
  const sql = "SELECT 1 FROM bronze._positions WHERE topic = ? LIMIT 1";
  return (await from.query(sql, [topic])).rows.length > 0;
}

/** Where each partition stands: by its position, or by its last row where rows are streamed. */
async function ends(from: SqlSession, dataset: Dataset): Promise<[number, number][]> {
  const { rows } = await from.query(
    `SELECT partition, max(next_offset) FROM (
       SELECT partition, next_offset FROM bronze._positions WHERE topic = ?
       UNION ALL
       SELECT _partition, max(_offset) + 1 FROM ${bronzeTable(dataset)} WHERE _topic = ?
       GROUP BY _partition
     ) AS ends GROUP BY partition ORDER BY partition`,
    [dataset.topic, dataset.topic],
  );
  return rows.map(([partition, end]) => [Number(partition), Number(end)]);
}

/** One range of offsets of one partition. */
async function mirrorRange(
  dataset: Dataset,
  columns: readonly PulledColumn[],
  puller: Puller,
  into: DuckDbWarehouse,
  { partition, at, next }: { partition: number; at: number; next: number },
): Promise<number> {
  const { topic } = dataset;
  const { path, rows } = await puller.pull({
    columns,
    from: `${bronzeTable(dataset)} WHERE _topic = ${textIn("snowflake", topic)}
      AND _partition = ${partition} AND _offset >= ${at} AND _offset < ${next}`,
    orderBy: ["_offset"],
  });
  try {
    const loaded = await into.load(dataset, {
      key: `${MIRRORED}${topic}/${partition}/${String(at).padStart(20, "0")}`,
      topic,
      partition,
      startOffset: at,
      nextOffset: next,
      rows,
      sha256: await sha256OfFile(path),
      path,
    });
    return loaded;
  } finally {
    discard(path);
  }
}

/** The columns of bronze; a nullable one that Snowflake's table has not yet is null there. */
function bronzeColumns(dataset: Dataset, found: readonly FoundColumn[] = []): PulledColumn[] {
  const names = new Set(found.map(({ name }) => name));
  return storedColumns(dataset).map(({ name, type, nullable = false }) => ({
    name,
    type: sqlType(type, "duckdb"),
    isMissing: nullable && found.length > 0 && !names.has(name.toLowerCase()),
  }));
}

/** A table or view as a table, in place of what DuckDB has under that name. */
async function mirrorTable(
  schema: string,
  { name, columns }: MirroredTable,
  puller: Puller,
  into: DuckDbWarehouse,
): Promise<Mirrored> {
  const relation = `${identifier(schema)}.${identifier(name)}`;
  const { path, rows } = await puller.pull({ columns, from: relation });
  await using session = await into.session();
  try {
    const found = await session.query(
      "SELECT table_type FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
      [schema, name],
    );
    const kind = found.rows[0]?.[0] === "VIEW" ? "VIEW" : "TABLE";
    await inTransaction(session, () =>
      session.run(
        `CREATE SCHEMA IF NOT EXISTS ${identifier(schema)};
         DROP ${kind} IF EXISTS ${relation};
         CREATE TABLE ${relation} AS SELECT * FROM read_parquet(${literal(path)})`,
      ));
  } finally {
    discard(path);
  }
  return { relation, action: "replaced", rows };
}

function ahead(topic: string, partition: number, at: number, end: number): TickhouseError {
  return new TickhouseError(
    "MIRROR_AHEAD",
    `DuckDB stands at ${topic}/${partition} offset ${at}, Snowflake at ${end}`,
    {
      field: "TICKHOUSE_HOME",
      fix: "mirror into a home of its own, or wait until Snowflake has taken what is to come",
    },
  );
}
