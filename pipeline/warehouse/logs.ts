/**
 * Which log the rows of a warehouse are of. Rows that come from elsewhere than the log itself must be
 * of the same one: the offsets of another mean other records.
 * @module
 */
import { TickhouseError } from "../errors.ts";
import type { Warehouse } from "./warehouse.ts";
import type { SqlSession } from "../sql/session.ts";

/** A log, and where its partitions begin for who takes it from there; at 0 where left out. */
export interface ClaimedLog {
  readonly id: string;
  readonly beginnings?: readonly number[];
}

/** The log that a warehouse's rows of a topic are bound to; undefined if nobody claimed it. */
export async function logOf(
  warehouse: Pick<SqlSession, "query">,
  topic: string,
): Promise<string | undefined> {
  const found = await warehouse.query("SELECT log_id FROM bronze._logs WHERE topic = ?", [topic]);
  const id = found.rows[0]?.[0];
  return typeof id === "string" ? id : undefined;
}

/**
 * Binds a warehouse to the log that rows are about to come from by way of `from`, which names a lake
 * or another warehouse; `log` is undefined if that was never bound itself, which is allowed only
 * while the warehouse is not either. Throws `LOG_REPLACED` and `LOG_UNKNOWN`.
 */
export async function adoptLog(
  warehouse: Pick<Warehouse, "query" | "claim">,
  topic: string,
  log: ClaimedLog | undefined,
  from: string,
): Promise<void> {
  if (log) return await warehouse.claim(topic, log.id, log.beginnings);
  if (await logOf(warehouse, topic) === undefined) return;
  throw new TickhouseError("LOG_UNKNOWN", `${from} does not say which log's records it holds`, {
    field: "topic",
    value: topic,
    mend: `stream into ${from}, which binds it to its log, or fill another warehouse from it`,
  });
}
