import type { Config } from "../config/config.ts";
import { mirror, type Mirrored } from "../mirror/mirror.ts";
import type { PullBy } from "../mirror/pull.ts";
import { openDatasets, openWarehouse } from "./adapters.ts";
import { number, print, printJson, status, table } from "./console.ts";
import { openSnowflakeWarehouse } from "../ends/snowflake.ts";

/** What `mirror` may be told. */
export interface MirrorFlags {
  readonly dataset?: string | undefined;
  readonly schemas: readonly string[];
  readonly by: PullBy;
  readonly json: boolean;
}

/** Pulls schemas of Snowflake into the DuckDB of the home. */
export async function runMirror(config: Config, flags: MirrorFlags): Promise<number> {
  await using into = await openWarehouse(config, undefined, "batch");
  await using snowflake = await openSnowflakeWarehouse(config);
  await using from = await snowflake.session();
  const pulled = await mirror({
    from,
    into,
    datasets: openDatasets(config, flags.dataset === undefined ? [] : [flags.dataset]),
    schemas: flags.schemas,
    by: flags.by,
    onPulled: ({ relation }) => status.show(`pulled ${relation}`),
  });
  status.clear();
  if (flags.json) printJson(pulled);
  else print(show(pulled));
  return 0;
}

function show(pulled: readonly Mirrored[]): string {
  const rows = pulled.map(({ relation, action, rows }) => [relation, action, number(rows)]);
  return table(["table", "action", "rows"], rows);
}
