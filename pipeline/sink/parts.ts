/** Batches that are too large for the memory of an engine, written in parts. @module */
import { batchFrom, batchUpTo, countOf, offsetAt, type RecordBatch } from "../batch.ts";
import { isOutOfMemory } from "../duckdb/engine/errors.ts";

/**
 * Hands the batches to `write`; if they are more than its memory holds, by halves, one after the
 * other, down to single records. Returns what `write` returned, in order. Each part begins where
 * the one before ends; what fails leaves those before it written.
 */
export async function inParts<T>(
  batches: readonly RecordBatch[],
  write: (batches: readonly RecordBatch[]) => Promise<T>,
): Promise<T[]> {
  try {
    return [await write(batches)];
  } catch (error) {
    const halves = isOutOfMemory(error) ? halve(batches) : undefined;
    if (!halves) throw error;
    const [first, second] = halves;
    return [...await inParts(first, write), ...await inParts(second, write)];
  }
}

/** Undefined for a single record. */
function halve(
  batches: readonly RecordBatch[],
): readonly [readonly RecordBatch[], readonly RecordBatch[]] | undefined {
  const [only] = batches;
  if (batches.length > 1) {
    const middle = Math.floor(batches.length / 2);
    return [batches.slice(0, middle), batches.slice(middle)];
  }
  if (!only || countOf(only) < 2) return undefined;
  const middle = offsetAt(only, Math.floor(countOf(only) / 2));
  const rest = batchFrom(only, middle);
  return rest && [[batchUpTo(only, middle)], [rest]];
}
