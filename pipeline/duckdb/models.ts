import type { ModelEngine } from "../warehouse/model_engine.ts";

/** Snowflake's functions that DuckDB does not have. */
const FUNCTIONS = new URL("../../sql/duckdb/macros.sql", import.meta.url);

/** DuckDB. */
export const DUCKDB: ModelEngine = {
  name: "duckdb",
  prepare: async (session) => {
    await session.run(await Deno.readTextFile(FUNCTIONS));
  },
  // Temporary tables lie in a schema of their own.
  scratch: (model) => ({ kind: "TEMP TABLE", name: `_new_${model.name}` }),
};
