/**
 * Where a sink stands beside its log, and beside what it was once seen to have taken: the commits of
 * its group, which the log keeps, are the witness of rows and objects that somebody removed.
 * @module
 */
import type { Broker, OffsetRange } from "../broker/broker.ts";
import { TickhouseError } from "../errors.ts";

/** A sink in one partition. */
export interface Standing {
  readonly sink: string;
  readonly topic: string;
  readonly partition: number;
  /** The offset that it says it is to take next. */
  readonly position: number;
  /** The offset up to which it had taken all when that was last noted; 0 if it never was. */
  readonly taken: number;
}

/** One that holds less than it had taken. */
export type Lost = Standing;

/** The group of the workers that stream a topic into a sink. */
export function groupOf(sink: string, topic: string): string {
  return `tickhouse-${sink}-${topic}`;
}

/**
 * The offset up to which a sink had taken all, as its group committed; 0 if it never did. Ask it
 * before the sink's position: what is committed was taken then, so it is never ahead.
 */
export async function takenBefore(
  broker: Broker,
  sink: string,
  topic: string,
  partition: number,
): Promise<number> {
  return await broker.committed(groupOf(sink, topic), topic, partition) ?? 0;
}

/** Whether it holds less than it had taken. */
export function isLost({ position, taken }: Standing): boolean {
  return position < taken;
}

/** What is missing of a sink that lost something, and what can be done. */
export function describeLost(lost: Standing, { earliest }: Pick<OffsetRange, "earliest">): string {
  const { sink, topic, partition, position, taken } = lost;
  const told =
    `had taken the offsets up to ${taken} (its group ${groupOf(sink, topic)} committed ` +
    `them), and stands at ${position}: what it held of ${topic}/${partition} from offset ` +
    `${position} on was removed`;
  if (position >= earliest) return `${told}; the log still has it, and a stream writes it again`;
  return `${told}, and the log begins at ${earliest} now: restore ${sink} from a copy`;
}

/** What to do when the log has dropped what a sink has not taken. */
const FROM_LAKE = "load the missing records from the lake, or lengthen the retention";
const NEW_LAKE = "they are lost to this lake: lengthen the retention, and begin a new one " +
  "(TICKHOUSE_LAKE_PREFIX and TICKHOUSE_BEGIN_ANEW=yes, or another home)";
/** The same for what it had taken, and lost. */
const LOAD_AGAIN = "restore it from a copy, or fill it from the lake with `deno task load`; to " +
  "begin with what the log has, set TICKHOUSE_BEGIN_ANEW=yes for one start of a new one";
const RESTORE_LAKE =
  "restore its objects from a copy; to begin a new lake with what the log has, " +
  "set TICKHOUSE_BEGIN_ANEW=yes, and TICKHOUSE_LAKE_PREFIX, for one start";

/**
 * Throws unless the log has what comes next for the sink: `LOG_SHORTER`, `RETENTION_PASSED`, and
 * `SINK_LOST` where it had taken what the log no longer has.
 */
export function checkStanding(standing: Standing, { earliest, next }: OffsetRange): void {
  const { sink, topic, partition, position } = standing;
  if (position > next) {
    throw new TickhouseError(
      "LOG_SHORTER",
      `${sink} stands at ${topic}/${partition} offset ${position}, the log ends at ${next}`,
      { fix: "the topic was recreated: use a new sink, or restore the broker's log" },
    );
  }
  if (position < earliest) {
    if (isLost(standing)) throw sinkLost(standing, earliest);
    throw new TickhouseError(
      "RETENTION_PASSED",
      `the log of ${topic}/${partition} starts at ${earliest}, ${sink} stands at ${position}`,
      { fix: sink === "lake" ? NEW_LAKE : FROM_LAKE },
    );
  }
}

function sinkLost(standing: Standing, earliest: number): TickhouseError {
  const { sink, topic, partition, position, taken } = standing;
  return new TickhouseError(
    "SINK_LOST",
    `${sink} stands at ${topic}/${partition} offset ${position}, though it had taken all up to ` +
      `${taken}; the log begins at ${earliest} now and can't give it again`,
    { field: "sink", value: sink, fix: sink === "lake" ? RESTORE_LAKE : LOAD_AGAIN },
  );
}
