import { logReplaced } from "../errors.ts";
import { logOf } from "./logs.ts";
import { text } from "./snowflake_schema.ts";
import type { SqlSession } from "./warehouse.ts";

/** Binds the topic's rows in Snowflake to a log; throws `LOG_REPLACED` if they are another one's. */
export async function claimLog(session: SqlSession, topic: string, logId: string): Promise<void> {
  let found = await logOf(session, topic);
  if (found === undefined) {
    // Of two at once, the second waits for the first and then inserts nothing.
    await session.run(`MERGE INTO bronze._logs l
      USING (SELECT ${text(topic)} AS topic, ${text(logId)} AS log_id) n ON l.topic = n.topic
      WHEN NOT MATCHED THEN INSERT (topic, log_id) VALUES (n.topic, n.log_id)`);
    found = await logOf(session, topic);
  }
  if (found !== logId) throw logReplaced("snowflake", topic);
}
