/**
 * The codec port: between message bytes and the NDJSON lines that the native decoder reads.
 * @module
 */
import type { Packed } from "../batch.ts";

/** Lines for the decoder, exactly one a message. */
export interface Decoded {
  /** One non-blank line a message; a message that can't be turned into a line becomes `null`. */
  readonly lines: Packed;
  /** Why, by index, for those. */
  readonly failures: ReadonlyMap<number, string>;
}

/** A message format. Reading is vectorised; writing objects serves feeds of modest rate. */
export interface Codec {
  readonly name: string;
  /** Encodes rows whose fields bear the dataset's wire names. */
  encode(rows: readonly Record<string, unknown>[]): Promise<Packed>;
  /** Never throws for a bad message: it is named in `failures`, or left for the decoder to refuse. */
  toLines(values: Packed): Promise<Decoded>;
}
