/**
 * The models beside a stream: built again and again on one connection.
 * @module
 */
import { fileURLToPath } from "node:url";
import { Project, transform } from "../transform/transform.ts";
import type { DuckDbWarehouse } from "../warehouse/duckdb.ts";

/** The folder of the dbt project. */
export const MODELS_FOLDER = fileURLToPath(new URL("../../models", import.meta.url));

/** Builds the models of the project folder, again and again. */
export interface ModelBuilder extends AsyncDisposable {
  /** Builds what changed since the last time. */
  build(): Promise<void>;
}

/** Reads the project once, and keeps a connection of its own. */
export async function openModels(warehouse: DuckDbWarehouse): Promise<ModelBuilder> {
  const project = await Project.load(MODELS_FOLDER);
  const session = await warehouse.session();
  return {
    build: async () => void await transform({ project, session, checks: false }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
