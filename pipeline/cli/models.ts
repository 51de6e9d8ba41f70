/**
 * The models beside a stream: built again and again.
 * @module
 */
import { fileURLToPath } from "node:url";
import { Project, transform } from "../transform/transform.ts";
import type { DuckDbWarehouse } from "../warehouse/duckdb.ts";

/** The folder of the dbt project. */
export const MODELS_FOLDER = fileURLToPath(new URL("../../models", import.meta.url));

/** Reads the project once. The result builds, each time, what changed since the last time. */
export async function openModels(warehouse: DuckDbWarehouse): Promise<() => Promise<void>> {
  const project = await Project.load(MODELS_FOLDER);
  return async () => {
    await using session = await warehouse.session();
    await transform({ project, session, database: warehouse, checks: false });
  };
}
