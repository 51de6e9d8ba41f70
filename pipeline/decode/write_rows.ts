import { countOf, type RecordBatch } from "../batch.ts";
import { TickhouseError } from "../errors.ts";
import type { SqlSession } from "../sql/session.ts";
import { type Decoder, isBadInput } from "./decoder.ts";
import type { DeadLetterQueue, WriteReport } from "../sink/sink.ts";

/** Stores the rows of a query if they are `count`; returns how many there are. */
export type Keep = (rows: string, count: number) => Promise<number>;

/**
 * Decodes `batches` and hands the query for their rows to `keep`, which returns how many there are,
 * and stores them if they are as many as they must be. The usual case, all valid, takes one pass. If
 * any record is bad, nothing is kept of that one, the bad ones are made durable as dead letters, and
 * the rest is kept.
 */
export async function writeRows(
  batches: readonly RecordBatch[],
  tools: {
    readonly decoder: Decoder;
    readonly session: SqlSession;
    readonly deadLetters: DeadLetterQueue;
    readonly ingestTimeUs: number;
  },
  keep: Keep,
): Promise<WriteReport> {
  const { decoder, session, deadLetters, ingestTimeUs } = tools;
  if (await allValid(batches, decoder, ingestTimeUs, keep)) {
    return { rows: batches.reduce((sum, batch) => sum + countOf(batch), 0), dead: 0 };
  }
  const parts = [];
  for (const batch of batches) parts.push(await decoder.separate(session, batch));
  const letters = parts.flatMap((part) => part.dead);
  if (letters.length > 0) await deadLetters(letters);
  using spooled = decoder.spoolSeparated(parts.map((part) => part.batch), ingestTimeUs);
  const rows = await keep(spooled.rows, spooled.count - letters.length);
  if (rows + letters.length === spooled.count) return { rows, dead: letters.length };
  throw new TickhouseError(
    "DECODE_MISCOUNT",
    `${spooled.count} records became ${rows} rows and ${letters.length} dead letters`,
    { field: "topic", value: batches[0]?.topic, fix: "report this with the messages concerned" },
  );
}

async function allValid(
  batches: readonly RecordBatch[],
  decoder: Decoder,
  ingestTimeUs: number,
  keep: Keep,
): Promise<boolean> {
  using spooled = await decoder.spool(batches, ingestTimeUs);
  if (!spooled) return false;
  try {
    return await keep(spooled.rows, spooled.count) === spooled.count;
  } catch (error) {
    // A bad record can fail the whole read.
    if (isBadInput(error)) return false;
    throw error;
  }
}
