/** The defects. Each was planted once and seen red. @module */
import { BROKER_MUTANTS } from "./broker.ts";
import { DECODER_MUTANTS } from "./decoder.ts";
import { KAFKA_MUTANTS } from "./kafka.ts";
import type { Mutant } from "./mutant.ts";
import { PROOF_MUTANTS } from "./proof.ts";
import { READ_MUTANTS } from "./read.ts";
import { SINK_MUTANTS } from "./sink.ts";
import { STREAM_MUTANTS } from "./stream.ts";

/** All of them. */
export const MUTANTS: readonly Mutant[] = [
  ...BROKER_MUTANTS,
  ...KAFKA_MUTANTS,
  ...DECODER_MUTANTS,
  ...SINK_MUTANTS,
  ...STREAM_MUTANTS,
  ...PROOF_MUTANTS,
  ...READ_MUTANTS,
];
