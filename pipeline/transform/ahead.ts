/** How far ahead of its arrival a record may be dated for the models to count it. @module */
import { settingsOf } from "./project.ts";

/**
 * Seconds by the name of the dataset, as the variable `ahead_seconds` of the project says them. Throws
 * `PROJECT_MISSING`, `PROJECT_INVALID`.
 */
export async function aheadSeconds(folder: string): Promise<ReadonlyMap<string, number>> {
  const { vars } = await settingsOf(folder);
  return new Map(Object.entries(vars.ahead_seconds ?? {}));
}
