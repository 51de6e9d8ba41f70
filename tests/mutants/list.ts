/** The defects. Each was planted once and seen red. @module */
import { BROKER_MUTANTS } from "./broker.ts";
import { CALENDAR_MUTANTS } from "./calendar.ts";
import { DECODER_MUTANTS } from "./decoder.ts";
import { FEED_MUTANTS } from "./feeds.ts";
import { FILE_MUTANTS } from "./files.ts";
import { KAFKA_MUTANTS } from "./kafka.ts";
import { MAPPING_MUTANTS } from "./mapping.ts";
import { METADATA_MUTANTS } from "./metadata.ts";
import { MODEL_MUTANTS } from "./models.ts";
import type { Mutant } from "./mutant.ts";
import { PROOF_MUTANTS } from "./proof.ts";
import { QUALITY_MUTANTS } from "./quality.ts";
import { READ_MUTANTS } from "./read.ts";
import { REPAIR_MUTANTS } from "./repair.ts";
import { SINK_MUTANTS } from "./sink.ts";
import { STREAM_MUTANTS } from "./stream.ts";

/** By what they are defects of. */
export const MUTANT_LISTS: readonly (readonly Mutant[])[] = [
  BROKER_MUTANTS,
  KAFKA_MUTANTS,
  DECODER_MUTANTS,
  MAPPING_MUTANTS,
  SINK_MUTANTS,
  STREAM_MUTANTS,
  PROOF_MUTANTS,
  READ_MUTANTS,
  FILE_MUTANTS,
  REPAIR_MUTANTS,
  MODEL_MUTANTS,
  METADATA_MUTANTS,
  CALENDAR_MUTANTS,
  FEED_MUTANTS,
  QUALITY_MUTANTS,
];

/** All of them. */
export const MUTANTS: readonly Mutant[] = MUTANT_LISTS.flat();

/** So many of each list; `turn` says which: each neighbour of it goes on where the other ends. */
export function sampleOf(
  lists: readonly (readonly Mutant[])[],
  count: number,
  turn: number,
): Mutant[] {
  return lists.flatMap((list) => {
    const first = turn * count % list.length;
    return [...list.slice(first), ...list.slice(0, first)].slice(0, count);
  });
}
