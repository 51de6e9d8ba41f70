import { logReplaced, PositionConflict } from "../errors.ts";
import { logOf } from "../warehouse/logs.ts";
import { moving, type MovingSession, type OffsetRange, positionOf } from "./positions.ts";
import { text } from "./schema.ts";

/**
 * Binds the topic's rows in Snowflake to a log; throws `LOG_REPLACED` if they are another one's. With
 * the first claim, partitions that were never written begin where the log does.
 */
export async function claimLog(
  session: MovingSession,
  topic: string,
  logId: string,
  beginnings: readonly number[] = [],
): Promise<void> {
  let found = await logOf(session, topic);
  if (found === undefined) {
    await claimFirst(session, topic, logId, beginnings);
    found = await logOf(session, topic);
  }
  if (found !== logId) throw logReplaced("snowflake", topic);
}

/** Of two at once, the second waits for the first and then changes nothing. */
async function claimFirst(
  session: MovingSession,
  topic: string,
  logId: string,
  beginnings: readonly number[],
): Promise<void> {
  const claim = () =>
    session.run(`MERGE INTO bronze._logs l
      USING (SELECT ${text(topic)} AS topic, ${text(logId)} AS log_id) n ON l.topic = n.topic
      WHEN NOT MATCHED THEN INSERT (topic, log_id) VALUES (n.topic, n.log_id)`);
  const ranges: OffsetRange[] = [];
  for (const [partition, nextOffset] of beginnings.entries()) {
    if (nextOffset === 0 || await positionOf(session, topic, partition) > 0) continue;
    ranges.push({ topic, partition, startOffset: 0, nextOffset });
  }
  if (ranges.length === 0) return void await claim();
  try {
    await moving(session, ranges, claim);
  } catch (error) {
    // Another worker has claimed it meanwhile, and said where it begins.
    if (!(error instanceof PositionConflict)) throw error;
  }
}
