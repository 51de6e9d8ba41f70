/**
 * Positions in a warehouse: compared and swapped in the transaction that writes the rows.
 *
 * Snowflake keeps no primary keys, so two writers could both insert a partition's first row; and a
 * transaction sees what others commit meanwhile. What keeps them apart is that MERGE takes a lock
 * on the table until its transaction ends: the second writer waits, then sees what the first has
 * committed, and its comparison fails. Hence one MERGE, first of all statements, in every
 * transaction that moves a position, and nothing but `moving` ever writes `_positions`: inserts, COPY
 * and what Snowpipe landed go through it alike. DuckDB refuses the second of two at once.
 * @module
 */
import { PositionConflict } from "../errors.ts";
import { type Dialect, textIn } from "../sql/names.ts";
import type { SqlSession } from "../sql/session.ts";
import { inTransaction, type Transacting } from "../sql/transaction.ts";

/** A range of offsets of one partition, to be moved past. */
export interface PositionMove {
  readonly topic: string;
  readonly partition: number;
  readonly startOffset: number;
  readonly nextOffset: number;
}

/** A session on the warehouse, and what errors call that. */
export interface Positions {
  readonly session: SqlSession & Transacting;
  readonly dialect: Dialect;
  readonly sink: "warehouse" | "snowflake";
}

/** A partition's position, by binds. */
export const POSITION =
  "SELECT next_offset FROM bronze._positions WHERE topic = ? AND partition = ?";

/** Where a partition stands: the offset wanted next. */
export async function positionOf(
  warehouse: Pick<SqlSession, "query">,
  topic: string,
  partition: number,
): Promise<number> {
  const found = await warehouse.query(POSITION, [topic, partition]);
  return Number(found.rows[0]?.[0] ?? 0);
}

/**
 * Does `work` in a transaction that moves the positions over the ranges, and keeps it all, or
 * nothing: if it throws, or `keeps` says no to what it returned. Throws `PositionConflict`, with
 * nothing done, unless each stands at the start of its range. If the answer to COMMIT is lost, the
 * error is transient, and the position tells.
 */
export async function moving<T>(
  positions: Positions,
  ranges: readonly PositionMove[],
  work: () => Promise<T>,
  keeps: (value: T) => boolean = () => true,
): Promise<T> {
  const { session, dialect, sink } = positions;
  const done = await inTransaction(session, async () => {
    if (await session.run(move(ranges, dialect)) !== ranges.length) return undefined;
    return { value: await work() };
  }, (found) => found !== undefined && keeps(found.value));
  if (done) return done.value;
  await mustStand(positions, ranges);
  // Another writer was faster and then gave up: the next attempt may win.
  const [{ topic = "", partition = 0, startOffset = 0 } = {}] = ranges;
  throw new PositionConflict(sink, topic, partition, startOffset, startOffset);
}

/** Throws `PositionConflict` unless each partition stands at the start of its range. */
export async function mustStand(
  { session, sink }: Positions,
  ranges: readonly PositionMove[],
): Promise<void> {
  for (const { topic, partition, startOffset } of ranges) {
    const position = await positionOf(session, topic, partition);
    if (position !== startOffset) {
      throw new PositionConflict(sink, topic, partition, startOffset, position);
    }
  }
}

/** Changes a row for each range that starts where the partition stands. */
function move(ranges: readonly PositionMove[], dialect: Dialect): string {
  const rows = ranges.map((range) =>
    `SELECT ${textIn(dialect, range.topic)} AS topic, ${range.partition} AS partition,
      ${range.startOffset} AS start_offset, ${range.nextOffset} AS next_offset`
  );
  return `MERGE INTO bronze._positions p USING (${rows.join(" UNION ALL ")}) r
    ON p.topic = r.topic AND p.partition = r.partition
    WHEN MATCHED AND p.next_offset = r.start_offset THEN UPDATE SET next_offset = r.next_offset
    WHEN NOT MATCHED AND r.start_offset = 0
      THEN INSERT (topic, partition, next_offset) VALUES (r.topic, r.partition, r.next_offset)`;
}
