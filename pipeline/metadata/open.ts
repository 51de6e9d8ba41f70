/** Opens the metadata store that the settings name. @module */
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { MetadataStore } from "./metadata.ts";

/** What of the settings says where it is. */
export type MetadataConfig = Pick<Config, "home" | "metadata">;

/**
 * The store, made if it is missing, its tables up to date. Throws `METADATA_NEWER` for one of a newer
 * tickhouse, `METADATA_UNREADABLE`, `METADATA_DAMAGED` and `DISK_FULL` of a file,
 * `METADATA_UNAVAILABLE` and `METADATA_DENIED` of PostgreSQL, else `METADATA_FAILED`.
 */
export async function openMetadata(
  config: MetadataConfig,
  signal?: AbortSignal,
): Promise<MetadataStore> {
  const { storeOn } = await import("./store.ts");
  if (config.metadata !== "") {
    const { postgresEngine } = await import("./postgres.ts");
    return await storeOn(postgresEngine({ url: config.metadata }), signal);
  }
  const { sqliteEngine } = await import("./sqlite.ts");
  return await storeOn(sqliteEngine({ path: metadataPath(config) }), signal);
}

/** The file in the home, where no database is named. */
export function metadataPath({ home }: Pick<Config, "home">): string {
  return join(home, "metadata.sqlite");
}
