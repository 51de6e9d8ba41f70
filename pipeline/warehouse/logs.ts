/**
 * Which log the rows of a warehouse are of. Rows that come from elsewhere than the log itself must be
 * of the same one: the offsets of another mean other records.
 * @module
 */
import { logReplaced, PositionConflict, TickhouseError } from "../errors.ts";
import { textIn } from "../sql/names.ts";
import { moving, type PositionMove, positionOf, type Positions } from "./positions.ts";
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
    fix: `stream into ${from}, which binds it to its log, or fill another warehouse from it`,
  });
}

/**
 * Binds the topic's rows in a warehouse to a log; throws `LOG_REPLACED` if they are another one's. With
 * the first claim, partitions that were never written begin where the log does.
 */
export async function claimLog(
  positions: Positions,
  topic: string,
  logId: string,
  beginnings: readonly number[] = [],
): Promise<void> {
  let found = await logOf(positions.session, topic);
  if (found === undefined) {
    await claimFirst(positions, topic, logId, beginnings);
    found = await logOf(positions.session, topic);
  }
  if (found !== logId) throw logReplaced(positions.sink, topic);
}

/** Of two at once, the second waits for the first and then changes nothing. */
async function claimFirst(
  positions: Positions,
  topic: string,
  logId: string,
  beginnings: readonly number[],
): Promise<void> {
  const { session, dialect } = positions;
  const [name, id] = [textIn(dialect, topic), textIn(dialect, logId)];
  const claim = () =>
    session.run(`MERGE INTO bronze._logs l
      USING (SELECT ${name} AS topic, ${id} AS log_id) n ON l.topic = n.topic
      WHEN NOT MATCHED THEN INSERT (topic, log_id) VALUES (n.topic, n.log_id)`);
  const ranges: PositionMove[] = [];
  for (const [partition, nextOffset] of beginnings.entries()) {
    if (nextOffset === 0 || await positionOf(session, topic, partition) > 0) continue;
    ranges.push({ topic, partition, startOffset: 0, nextOffset });
  }
  if (ranges.length === 0) return void await claim();
  try {
    await moving(positions, ranges, claim);
  } catch (error) {
    // Another worker has claimed it meanwhile, and said where it begins.
    if (!(error instanceof PositionConflict)) throw error;
  }
}
