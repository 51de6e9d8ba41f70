import { assertEquals } from "@std/assert";
import type { SqlSession } from "../sql/session.ts";
import { Project } from "../transform/project.ts";
import { SNOWFLAKE } from "./models.ts";

Deno.test("SNOWFLAKE clusters a table by what its model says, as dbt does", async () => {
  const { models } = await Project.load(new URL("../../models", import.meta.url).pathname);
  const sent: string[] = [];
  const session = {
    run: (sql: string) => Promise.resolve(sent.push(sql)),
    query: () => Promise.reject(new Error("nothing is asked")),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  } satisfies SqlSession;
  for (const model of models) await SNOWFLAKE.cluster?.(session, model);
  assertEquals(sent, [
    "ALTER TABLE silver.silver_clean_bars CLUSTER BY (cast(open_time as date))",
    "ALTER TABLE silver.silver_clean_index_bars CLUSTER BY (date)",
    "ALTER TABLE gold.gold_candlestick_bars CLUSTER BY (dataset, symbol, cast(open_time as date))",
    "ALTER TABLE silver.silver_clean_stock_quotes CLUSTER BY (cast(market_timestamp as date))",
    "ALTER TABLE silver.silver_clean_ticks CLUSTER BY (cast(event_second as date))",
    "ALTER TABLE gold.gold_candlestick_1s CLUSTER BY (dataset, symbol, cast(open_time as date))",
    "ALTER TABLE gold.gold_candlestick_1m CLUSTER BY (dataset, symbol, cast(open_time as date))",
    "ALTER TABLE gold.gold_candlestick_1d CLUSTER BY (dataset, symbol, trading_day)",
    "ALTER TABLE silver.silver_clean_corporate_actions CLUSTER BY (ex_date)",
    "ALTER TABLE gold.gold_candlestick_long CLUSTER BY (dataset, symbol, cast(open_time as date))",
  ]);
});
