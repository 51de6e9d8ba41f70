/** Defects of the logs. @module */
import type { Mutant } from "./mutant.ts";

const EMBEDDED = "pipeline/broker/embedded_test.ts";

export const BROKER_MUTANTS: readonly Mutant[] = [
  {
    name: "the cursor is kept though another ingest has taken the source over",
    file: "pipeline/broker/embedded.ts",
    from: "if (claim === this.#log.lastClaim(source)) return claim;",
    to: "return claim;",
    test: EMBEDDED,
    filter: "the later fences the earlier",
  },
  {
    name: "asking for a cursor takes nothing over",
    file: "pipeline/broker/embedded.ts",
    from: "[this.#log.claim(source), this.#log.cursor(source)] as const",
    to: "[this.#log.lastClaim(source), this.#log.cursor(source)] as const",
    test: "pipeline/stream/ingest_test.ts",
    filter: "twice at once of one source",
  },
  {
    name: "the cursor is kept in a second transaction, after the records",
    file: "pipeline/broker/embedded.ts",
    from:
      "      if (cursor) this.#log.keepCursor(cursor.source, cursor.state);\n      return claim;\n    });",
    to:
      "      return claim;\n    });\n    if (cursor) await this.#write(() => this.#log.keepCursor(cursor.source, cursor.state));",
    test: EMBEDDED,
    filter: "records whose cursor can't be kept are not there",
  },
  {
    name: "the cursor is not kept",
    file: "pipeline/broker/embedded.ts",
    from: "if (cursor) this.#log.keepCursor(cursor.source, cursor.state);",
    to: "",
    test: EMBEDDED,
    filter: "a cursor is kept in the commit",
  },
  {
    name: "the cursor kept is one append behind",
    file: "pipeline/stream/ingest.ts",
    from: "{ source: source.name, state: batch.state });",
    to: "{ source: source.name, state: String(Number(batch.state) - 1) });",
    test: "pipeline/stream/ingest_test.ts",
    filter: "appends all of a source",
  },
  {
    name: "retention drops by time, wherever it finds it",
    file: "pipeline/broker/embedded_log.ts",
    from: "         ORDER BY next_offset LIMIT 1`,",
    to: "         ORDER BY next_offset DESC LIMIT 1`,",
    test: EMBEDDED,
    filter: "drops a beginning of the log",
  },
  {
    name: "retention does not raise the earliest offset",
    file: "pipeline/broker/embedded_log.ts",
    from:
      '    this.#sql("UPDATE heads SET earliest = ? WHERE topic = ? AND partition = ?")\n      .run(offset, topic, partition);',
    to: "",
    test: EMBEDDED,
    filter: "drops old records whole",
  },
  {
    name: "a hole of the log is skipped, and its offsets with it",
    file: "pipeline/broker/embedded_log.ts",
    from: "return startOffset === offset ? batch : widenBatch(batch, offset);",
    to: "return batch;",
    test: EMBEDDED,
    filter: "pass the holes",
  },
  {
    name: "what follows a hole is given the hole's offsets",
    file: "pipeline/broker/embedded_log.ts",
    from: "        startOffset = nextOffset = start;",
    to: "",
    test: EMBEDDED,
    filter: "pass the holes",
  },
  {
    name: "appends are not one transaction",
    file: "pipeline/broker/embedded_log.ts",
    from: '      this.#db.exec("BEGIN IMMEDIATE");\n      try {',
    to: "      try {",
    test: EMBEDDED,
    filter: "an append that fails leaves nothing behind",
  },
  {
    name: "a read gives one record too many",
    file: "pipeline/broker/embedded_log.ts",
    from: "limit - (nextOffset - startOffset), left);",
    to: "limit - (nextOffset - startOffset) + 1, left);",
    test: EMBEDDED,
    filter: "read() starts and ends inside",
  },
  {
    name: "equal keys go round the partitions",
    file: "pipeline/broker/embedded.ts",
    from: "const partition = partitionOf(key, partitions);",
    to: "const partition = Math.floor(Math.random() * partitions);",
    test: EMBEDDED,
    filter: "equal keys keep their order",
  },
];
