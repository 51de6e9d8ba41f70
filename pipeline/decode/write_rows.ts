import { countOf, type RecordBatch } from "../batch.ts";
import { TickhouseError } from "../errors.ts";
import type { SqlSession } from "../sql/session.ts";
import { type Decoder, isBadInput } from "./decoder.ts";
import type { DeadLetterQueue, WriteReport } from "../sink/sink.ts";

/**
 * Decodes `batches` and hands the query for their rows to `keep`, which stores them, returns how
 * many there were, and can be undone by `undo`. The usual case, all valid, takes one pass. If any
 * record is bad, the work is undone, the bad ones are made durable as dead letters, and the rest is
 * kept.
 */
export async function writeRows(
  batches: readonly RecordBatch[],
  tools: {
    readonly decoder: Decoder;
    readonly session: SqlSession;
    readonly deadLetters: DeadLetterQueue;
    readonly ingestTimeUs: number;
  },
  keep: (rows: string) => Promise<number>,
  undo: () => Promise<void>,
): Promise<WriteReport> {
  const { decoder, session, deadLetters, ingestTimeUs } = tools;
  if (await allValid(batches, decoder, ingestTimeUs, keep)) {
    return { rows: batches.reduce((sum, batch) => sum + countOf(batch), 0), dead: 0 };
  }
  await undo();
  const parts = [];
  for (const batch of batches) parts.push(await decoder.separate(session, batch));
  const letters = parts.flatMap((part) => part.dead);
  if (letters.length > 0) await deadLetters(letters);
  using spooled = decoder.spoolSeparated(parts.map((part) => part.batch), ingestTimeUs);
  const rows = await keep(spooled.rows);
  if (rows + letters.length === spooled.count) return { rows, dead: letters.length };
  await undo();
  throw new TickhouseError(
    "DECODE_MISCOUNT",
    `${spooled.count} records became ${rows} rows and ${letters.length} dead letters`,
    { field: "topic", value: batches[0]?.topic, mend: "report this with the messages concerned" },
  );
}

async function allValid(
  batches: readonly RecordBatch[],
  decoder: Decoder,
  ingestTimeUs: number,
  keep: (rows: string) => Promise<number>,
): Promise<boolean> {
  using spooled = await decoder.spool(batches, ingestTimeUs);
  if (!spooled) return false;
  try {
    return await keep(spooled.rows) === spooled.count;
  } catch (error) {
    // A bad record can fail the whole read.
    if (isBadInput(error)) return false;
    throw error;
  }
}
