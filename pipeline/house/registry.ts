/**
 * What tickhouse knows by name: ends, targets and feeds. A new one is an object in a folder of its
 * own and a line here, or is given to `open()`.
 * @module
 */
import { duckdbTarget, warehouseEnd } from "../duckdb/end.ts";
import type { End } from "../ends/end.ts";
import type { Target } from "../ends/target.ts";
import { lakeEnd } from "../lake/end.ts";
import { snowflakeEnd, snowflakeTarget } from "../snowflake/end.ts";

/** Where a stream can end, in the order in which they are told of. */
export const ENDS: readonly End[] = [
  lakeEnd,
  warehouseEnd,
  snowflakeEnd({
    streaming: async () => (await import("../snowflake/streaming/way.ts")).streamingWay,
  }),
];

/** What `--target` can name. */
export const TARGETS: readonly Target[] = [duckdbTarget, snowflakeTarget];
