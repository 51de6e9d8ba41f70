/** The defects. Each was planted once and seen red. @module */
import { BROKER_MUTANTS } from "./broker.ts";
import type { Mutant } from "./mutant.ts";
import { SINK_MUTANTS } from "./sink.ts";
import { STREAM_MUTANTS } from "./stream.ts";

/** All of them. */
export const MUTANTS: readonly Mutant[] = [...BROKER_MUTANTS, ...SINK_MUTANTS, ...STREAM_MUTANTS];
