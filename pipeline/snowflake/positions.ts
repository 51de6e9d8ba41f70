/**
 * Positions in Snowflake: compared and swapped in the transaction that writes the rows.
 *
 * Snowflake keeps no primary keys, so two writers could both insert a partition's first row; and a
 * transaction sees what others commit meanwhile. What keeps them apart is that MERGE takes a lock
 * on the table until its transaction ends: the second writer waits, then sees what the first has
 * committed, and its comparison fails. Hence one MERGE, first of all statements, in every
 * transaction that moves a position, and nothing but `moving` ever writes `_positions`: inserts, COPY
 * and what Snowpipe landed go through it alike.
 * @module
 */
import { PositionConflict } from "../errors.ts";
import { text } from "./schema.ts";
import type { SqlSession } from "../sql/session.ts";

/** A range of offsets of one partition, to be moved past. */
export interface OffsetRange {
  readonly topic: string;
  readonly partition: number;
  readonly startOffset: number;
  readonly nextOffset: number;
}

/** A session that may know that its connection is lost. */
export type MovingSession = SqlSession & { readonly broken?: boolean };

/** Where a partition stands: the offset wanted next. */
export async function positionOf(
  session: SqlSession,
  topic: string,
  partition: number,
): Promise<number> {
  const found = await session.query(
    "SELECT next_offset FROM bronze._positions WHERE topic = ? AND partition = ?",
    [topic, partition],
  );
  return Number(found.rows[0]?.[0] ?? 0);
}

/**
 * Does `work` in a transaction that moves the positions over the ranges. Throws `PositionConflict`,
 * with nothing done, unless each stands at the start of its range. Nothing is kept of work that
 * fails. If the answer to COMMIT is lost, the error is transient, and the position tells.
 */
export async function moving<T>(
  session: MovingSession,
  ranges: readonly OffsetRange[],
  work: () => Promise<T>,
): Promise<T> {
  await session.run("BEGIN");
  try {
    if (await session.run(move(ranges)) === ranges.length) {
      const value = await work();
      await session.run("COMMIT");
      return value;
    }
    await session.run("ROLLBACK");
  } catch (error) {
    // One that broke is ended by its pool, which rolls back too. What went wrong first is told.
    if (!session.broken) await Promise.allSettled([session.run("ROLLBACK")]);
    throw error;
  }
  await mustStand(session, ranges);
  // Another writer was faster and then gave up: the next attempt may win.
  const [{ topic = "", partition = 0, startOffset = 0 } = {}] = ranges;
  throw new PositionConflict("snowflake", topic, partition, startOffset, startOffset);
}

/** Throws `PositionConflict` unless each partition stands at the start of its range. */
export async function mustStand(
  session: SqlSession,
  ranges: readonly OffsetRange[],
): Promise<void> {
  for (const { topic, partition, startOffset } of ranges) {
    const position = await positionOf(session, topic, partition);
    if (position !== startOffset) {
      throw new PositionConflict("snowflake", topic, partition, startOffset, position);
    }
  }
}

/** Changes a row for each range that starts where the partition stands. */
function move(ranges: readonly OffsetRange[]): string {
  const rows = ranges.map((range) =>
    `SELECT ${text(range.topic)} AS topic, ${range.partition} AS partition,
      ${range.startOffset} AS start_offset, ${range.nextOffset} AS next_offset`
  );
  return `MERGE INTO bronze._positions p USING (${rows.join(" UNION ALL ")}) r
    ON p.topic = r.topic AND p.partition = r.partition
    WHEN MATCHED AND p.next_offset = r.start_offset THEN UPDATE SET next_offset = r.next_offset
    WHEN NOT MATCHED AND r.start_offset = 0
      THEN INSERT (topic, partition, next_offset) VALUES (r.topic, r.partition, r.next_offset)`;
}
