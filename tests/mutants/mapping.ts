/** Defects of mapping messages of others. @module */
import type { Mutant } from "./mutant.ts";

export const MAPPING_MUTANTS: readonly Mutant[] = [
  {
    name: "the offset that a time names is passed over",
    file: "pipeline/mapping/time.ts",
    from: `as("TIMESTAMPTZ")`,
    to: `as("TIMESTAMP")`,
    test: "pipeline/mapping/mapper_test.ts",
    filter: "times are of the zone",
  },
  {
    name: "of a field that is there twice one value is taken",
    file: "pipeline/mapping/lines.ts",
    from: "new Set(names).size < names.length",
    to: "new Set(names).size < 0",
    test: "pipeline/mapping/mapper_test.ts",
    filter: "a bad message harms no other",
  },
  {
    name: "numbers that a double altered count as exact",
    file: "pipeline/mapping/sql.ts",
    from: "validity(dataset), certainty(dataset), ...times",
    to: "validity(dataset), ...times",
    test: "pipeline/mapping/mapper_test.ts",
    filter: "no digit of a number is lost",
  },
  {
    name: "the state that is kept runs ahead of the records",
    file: "pipeline/source/topic/topic.ts",
    from: "next: [...next], turn",
    to: "next, turn",
    test: "pipeline/source/topic/topic_test.ts",
    filter: "each message is taken once",
  },
  {
    name: "messages that no mapping takes are skipped",
    file: "pipeline/mapping/sql.ts",
    from: "THEN 'strange'`",
    to: "THEN 'skipped'`",
    test: "pipeline/mapping/mapper_test.ts",
    filter: "what it does not know is refused",
  },
  {
    name: "a time that clocks show twice is taken for one of both",
    file: "pipeline/mapping/time.ts",
    from: "WHEN ${shifted(1)} OR ${shifted(-1)} THEN 'twice'",
    to: "WHEN false THEN 'twice'",
    test: "pipeline/mapping/mapper_test.ts",
    filter: "times are of the zone",
  },
];
