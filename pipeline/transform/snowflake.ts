import type { Dialect } from "./dialect.ts";

/** Snowflake, whose functions the models are written in. */
export const SNOWFLAKE: Dialect = {
  name: "snowflake",
  prepare: () => Promise.resolve(),
  // A session need not have a schema.
  scratch: (model) => `${model.schema}._new_${model.name}`,
};
