import type { ModelEngine } from "../warehouse/model_engine.ts";

/** Snowflake, whose functions the models are written in. */
export const SNOWFLAKE: ModelEngine = {
  name: "snowflake",
  prepare: () => Promise.resolve(),
  // As dbt does by the same setting.
  cluster: async (session, { relation, clusterBy }) => {
    if (clusterBy.length === 0) return;
    await session.run(`ALTER TABLE ${relation} CLUSTER BY (${clusterBy.join(", ")})`);
  },
  // As dbt is told to, in dbt_project.yml; and a session need not have a schema.
  scratch: (model) => ({ kind: "TRANSIENT TABLE", name: `${model.schema}._new_${model.name}` }),
};
