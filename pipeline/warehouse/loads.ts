import { textIn } from "../sql/names.ts";
import type { Positions } from "./positions.ts";
import type { LoadObject } from "./warehouse.ts";

/** Notes in `_loads` that the object was loaded from the offset on; belongs into a transaction. */
export async function noteLoad(
  { session, dialect }: Positions,
  { key, topic, partition, nextOffset, rows, sha256 }: Omit<LoadObject, "startOffset" | "path">,
  from: number,
  nowMs: number,
): Promise<void> {
  const text = (value: string) => textIn(dialect, value);
  const at = new Date(nowMs).toISOString().replace("T", " ").replace("Z", "");
  await session.run(`INSERT INTO bronze._loads
      (object, topic, partition, start_offset, next_offset, row_count, sha256, loaded_at)
    VALUES (${text(key)}, ${text(topic)}, ${partition}, ${from}, ${nextOffset}, ${rows},
      ${text(sha256)}, ${text(at)})`);
}
