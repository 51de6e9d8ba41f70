/** Defects of the sinks and their stores. @module */
import type { Mutant } from "./mutant.ts";

const LAKE = "pipeline/lake/lake_test.ts";
const DUCKDB = "pipeline/duckdb/warehouse_test.ts";
const DIRECTORY = "pipeline/store/directory_test.ts";

export const SINK_MUTANTS: readonly Mutant[] = [
  {
    name: "an object's day is that of the writer's clock",
    file: "pipeline/lake/lake.ts",
    from: "const day = dayOf(runAt(batch, 0).timestampMs, nowMs) ?? last;",
    to: "const day = new Date(nowMs).toISOString().slice(0, 10);",
    test: LAKE,
    filter: "an object is named by topic, day",
  },
  {
    name: "each writer decides the day of an object by itself",
    file: "pipeline/lake/lake.ts",
    from: "    return date;\n  }",
    to: "    return date && (day || new Date(nowMs).toISOString().slice(0, 10));\n  }",
    test: LAKE,
    filter: "name one key",
  },
  {
    name: "days fall along a chain",
    file: "pipeline/lake/lake.ts",
    from: 'if (day !== "" && day <= last) return last;',
    to: "",
    test: LAKE,
    filter: "days never fall",
  },
  {
    name: "a time of microseconds is a day",
    file: "pipeline/lake/layout.ts",
    from: "timestampMs <= nowMs + AHEAD_MAX_MS;",
    to: "timestampMs <= Infinity;",
    test: LAKE,
    filter: "times that can't be",
  },
  {
    name: "the lake takes a batch that starts elsewhere",
    file: "pipeline/lake/lake.ts",
    from:
      "if (tail.nextOffset !== batch.startOffset) throw this.#conflict(batch, tail.nextOffset);",
    to: "",
    test: LAKE,
    filter: "LakeSink parquet: write() refuses a batch that does not start",
  },
  {
    name: "a lake's chain begins at 0 wherever the log did",
    file: "pipeline/lake/chain.ts",
    from: "nextOffset: log?.beginnings[partition] ?? 0,",
    to: "nextOffset: log ? 0 : 0,",
    test: LAKE,
    filter: "LakeSink parquet: the first claim() says where the log begins",
  },
  {
    name: "a lake takes the records of another log",
    file: "pipeline/lake/lake.ts",
    from: "if (id !== logId) throw logReplaced(this.name, topic);",
    to: "",
    test: LAKE,
    filter: "LakeSink parquet: claim() keeps the first log",
  },
  {
    name: "a directory's object replaces the one of its key",
    file: "pipeline/store/directory.ts",
    from: "await Deno.link(staged, this.#path(key));",
    to: "await Deno.copyFile(staged, this.#path(key));",
    test: DIRECTORY,
    filter: "DirectoryStore",
  },
  {
    name: "the names of new folders are not synced",
    file: "pipeline/store/directory.ts",
    from: "      await sync(dirname(at));\n",
    to: "",
    test: DIRECTORY,
    filter: "the names of new folders are synced",
  },
  {
    name: "DuckDB moves a position without comparing it",
    file: "pipeline/duckdb/warehouse.ts",
    from: " AND p.next_offset = r.start_offset`;",
    to: "`;",
    test: DUCKDB,
    filter: "refuses a batch that does not start at the position",
  },
  {
    name: "DuckDB's position is committed before the rows",
    file: "pipeline/duckdb/warehouse.ts",
    from: "      await this.#begin(batches);\n      return await",
    to:
      '      await this.#begin(batches);\n      await this.#session.run("COMMIT; BEGIN");\n      return await',
    test: DUCKDB,
    filter: "while dead letters can't be kept, nothing is written",
  },
  {
    name: "DuckDB's claim says nothing of where the log begins",
    file: "pipeline/duckdb/warehouse.ts",
    from: "if (offset > 0) await this.#session.run(beginAt(topic, partition, offset));",
    to: "",
    test: DUCKDB,
    filter: "the first claim() says where the log begins",
  },
  {
    name: "a claim moves partitions that were written before",
    file: "pipeline/duckdb/warehouse.ts",
    from: "ON CONFLICT DO NOTHING`;",
    to: "ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset`;",
    test: DUCKDB,
    filter: "leaves a partition alone that was written before",
  },
  {
    name: "an object that was loaded is loaded again",
    file: "pipeline/duckdb/warehouse.ts",
    from: "if (position >= object.nextOffset) return 0;",
    to: "",
    test: DUCKDB,
    filter: "that is there already changes nothing",
  },
  {
    name: "of an object that overlaps, all rows are loaded",
    file: "pipeline/duckdb/warehouse.ts",
    from: "WHERE _offset >= ${position}`,",
    to: "`,",
    test: DUCKDB,
    filter: "share one position",
  },
];
