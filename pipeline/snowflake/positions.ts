import type { Positions } from "../warehouse/positions.ts";

/** The positions that a session on Snowflake moves. */
export function positionsIn(session: Positions["session"]): Positions {
  return { session, dialect: "snowflake", sink: "snowflake" };
}
