/**
 * Two ways into Snowflake that remember their positions in two places must not fill one table.
 * @module
 */
import type { Dataset } from "../datasets/dataset.ts";
import { bronzeTable } from "../datasets/tables.ts";
import { TickhouseError } from "../errors.ts";
import type { SqlSession } from "../sql/session.ts";

/** Where a way remembers how far it is. */
export type Remembers =
  /** `_positions`: insert, copy and snowpipe, which therefore mix. */
  | "positions"
  /** The channels of Snowpipe Streaming. */
  | "channels";

/**
 * Throws `WAYS_MIXED` if the topic's rows in bronze came by a way that remembers elsewhere: this one
 * would begin at offset 0 and bring them again.
 */
export async function assertOneWay(
  session: Pick<SqlSession, "query">,
  dataset: Dataset,
  remembers: Remembers,
): Promise<void> {
  const positions = await session.query(
    "SELECT count(*) FROM bronze._positions WHERE topic = ?",
    [dataset.topic],
  );
  const known = Number(positions.rows[0]?.[0]) > 0;
  if (remembers === "channels" ? !known : known) return;
  if (remembers === "positions" && !await hasRows(session, dataset)) return;
  throw new TickhouseError(
    "WAYS_MIXED",
    remembers === "channels"
      ? "its rows came by insert, copy or snowpipe, whose positions Snowpipe Streaming does not know"
      : "its rows came by Snowpipe Streaming, whose positions are in its channels",
    {
      field: "topic",
      value: dataset.topic,
      fix: remembers === "channels"
        ? "stay with TICKHOUSE_SNOWFLAKE_WAY=insert, copy or snowpipe, or use another database"
        : "stay with TICKHOUSE_SNOWFLAKE_WAY=streaming, or use another database",
    },
  );
}

async function hasRows(
  session: Pick<SqlSession, "query">,
  dataset: Dataset,
): Promise<boolean> {
  const found = await session.query(
    `SELECT 1 FROM ${bronzeTable(dataset)} WHERE _topic = ? LIMIT 1`,
    [dataset.topic],
  );
  return found.rows.length > 0;
}
