/**
 * The codec port: between message bytes and the NDJSON lines that sources write and the native
 * decoder reads.
 * @module
 */
import type { Packed } from "../batch.ts";
import type { Dataset } from "../datasets/dataset.ts";

/** Lines for the decoder, exactly one a message. */
export interface Decoded {
  /** One non-blank line a message; a message that can't be turned into a line becomes `null`. */
  readonly lines: Packed;
  /** Why, by index, for those. */
  readonly failures: ReadonlyMap<number, string>;
}

/** Messages for the broker. */
export interface Encoded {
  /** One message a line, but for the failures: those are left out. */
  readonly values: Packed;
  /** Why, by index of the line, for lines that are no message of the dataset. */
  readonly failures: ReadonlyMap<number, string>;
}

/** A message format. Fields bear the dataset's wire names on both sides. */
export interface Codec {
  /** As `TICKHOUSE_CODEC` names it. */
  readonly name: string;
  /** Never throws for a bad line: it is named in `failures`, or left for the sinks to refuse. */
  fromLines(lines: Packed, dataset: Dataset): Promise<Encoded>;
  /** Never throws for a bad message: it is named in `failures`, or left for the decoder to refuse. */
  toLines(values: Packed, dataset: Dataset): Promise<Decoded>;
}
