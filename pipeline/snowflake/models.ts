import type { ModelEngine } from "../warehouse/model_engine.ts";

/** Snowflake, whose functions the models are written in. */
export const SNOWFLAKE: ModelEngine = {
  name: "snowflake",
  prepare: () => Promise.resolve(),
  // As dbt is told to, in dbt_project.yml; and a session need not have a schema.
  scratch: (model) => ({ kind: "TRANSIENT TABLE", name: `${model.schema}._new_${model.name}` }),
};
