/** Snowflake into the local DuckDB. @module */
import { number } from "../console.ts";
import { openWarehouse } from "../duckdb/end.ts";
import type { EndContext } from "../ends/end.ts";
import { mirror, type Mirrored } from "../mirror/mirror.ts";
import type { PullBy } from "../mirror/pull.ts";
import { drawn } from "../notebook/drawn.ts";
import { openSnowflake } from "../snowflake/open.ts";

export type { Mirrored };

/** What to pull. */
export interface MirrorOptions {
  /** Of bronze, only this dataset. Default: all that are carried. */
  readonly dataset?: string;
  /** `bronze` by position, others whole. Default: bronze. */
  readonly schemas?: readonly string[];
  /** By the user's stage, or by rows of a result. Default: unload. */
  readonly by?: PullBy;
  /** Told of what was pulled. */
  readonly onPulled?: (pulled: Mirrored) => void;
}

/** Pulls into the DuckDB of the home. The report draws itself. */
export async function mirrorSnowflake(
  context: EndContext,
  { schemas = ["bronze"], by = "unload", onPulled }: MirrorOptions,
): Promise<Mirrored[]> {
  await using into = await openWarehouse(context);
  await using snowflake = await openSnowflake(context);
  await using from = await snowflake.session();
  const { datasets } = context;
  const pulled = await mirror({
    ...{ from, into, datasets, schemas, by },
    ...(onPulled ? { onPulled } : {}),
  });
  return drawn(pulled, () => [{
    head: ["table", "action", "rows"],
    rows: pulled.map(({ relation, action, rows }) => [relation, action, number(rows)]),
  }]);
}
