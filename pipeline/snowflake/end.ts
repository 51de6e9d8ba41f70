/** Snowflake as an end, by the way in that the settings name, and as a target. @module */
import { TickhouseError } from "../errors.ts";
import type { End, EndContext, OpenEnd, StreamContext } from "../ends/end.ts";
import type { Target } from "../ends/target.ts";
import { loadLake } from "../lake/load.ts";
import type { LoadReport } from "../warehouse/warehouse.ts";
import type { Config } from "../config/config.ts";
import type { SideOf } from "../reconcile/side.ts";
import { warehouseSide } from "../warehouse/side.ts";
import { WarehouseSink } from "../warehouse/sink.ts";
import { assertOneWay } from "./one_way.ts";
import { openSnowflake, snowflakeOptions } from "./open.ts";
import { assertSnowflakeReads } from "./reads.ts";
import type { SnowflakeWarehouse } from "./warehouse.ts";

/** A way from the log into Snowflake that keeps positions of its own, beside inserts. */
export interface OwnWay {
  /** Opens it over the warehouse, which its caller closes. */
  open(context: StreamContext, warehouse: SnowflakeWarehouse): Promise<OpenEnd>;
  /** How it is compared. */
  compare(context: EndContext, warehouse: SnowflakeWarehouse): { side: SideOf } & AsyncDisposable;
}

/** Ways of their own by their names in `TICKHOUSE_SNOWFLAKE_WAY`. */
export type OwnWays = Readonly<Record<string, () => Promise<OwnWay>>>;

/** Snowflake, by inserts or one of the other ways. */
export function snowflakeEnd(ways: OwnWays = {}): End {
  return {
    name: "snowflake",
    spoken: "Snowflake",
    waitMs,
    open: async (context) => {
      const { snowflakeWay: name } = context.config;
      const way = await ways[name]?.();
      if (!way && name !== "insert") throw fromLakeOnly(name, Object.keys(ways));
      return await over(await openSnowflake(context, context.deadLetters), async (warehouse) => {
        await warehouse.evolve();
        for (const dataset of context.datasets) {
          await assertOneWay(warehouse, dataset, way ? "channels" : "positions");
        }
        return await way?.open(context, warehouse) ?? byInserts(context.config, warehouse);
      });
    },
    probe: async (context) => {
      const { snowflakeAccount, sinks } = context.config;
      if (snowflakeAccount === "" && !sinks.includes("snowflake")) return undefined;
      await using opened = await openSnowflake(context);
      const found = await opened.query("SELECT current_version(), current_user(), current_role()");
      const [version, user, role] = found.rows[0] ?? [];
      return `Snowflake ${version} answers ${user} as ${role}`;
    },
    compare: async (context) => {
      const way = await ways[context.config.snowflakeWay]?.();
      return await over(
        await openSnowflake(context),
        (warehouse) => way?.compare(context, warehouse) ?? asItStands(warehouse),
      );
    },
  };
}

/** The same for what reads no log. */
export const snowflakeTarget: Target = {
  name: "snowflake",
  engine: async () => (await import("./models.ts")).SNOWFLAKE,
  open: (context) => openSnowflake(context),
  load: async (context, store, datasets) => {
    const { config } = context;
    await using warehouse = await openSnowflake(context);
    await warehouse.evolve();
    const reports: LoadReport[] = [];
    if (config.snowflakeWay !== "snowpipe") {
      for (const dataset of datasets) {
        await assertOneWay(warehouse, dataset, "positions");
        reports.push(await loadLake(store, warehouse, dataset));
      }
      return reports;
    }
    const { Snowpipe } = await import("./snowpipe.ts");
    const { loadBySnowpipe } = await import("./load_snowpipe.ts");
    const pipes = new Snowpipe(snowflakeOptions(config));
    await using session = await warehouse.session();
    const external = config.snowflakeStage !== "";
    for (const dataset of datasets) {
      reports.push(await loadBySnowpipe({ store, session, pipes, dataset, external }));
    }
    return reports;
  },
  session: async ({ config }, dryRun) => {
    // A dry run without an account is that of an empty one.
    if (dryRun && !config.snowflakeAccount) return undefined;
    const { SnowflakeSession } = await import("./session.ts");
    return await SnowflakeSession.open(snowflakeOptions(config));
  },
  appliedBy: ({ snowflakeUser }) => snowflakeUser,
  assertReads: assertSnowflakeReads,
  variables: (config) => {
    const stage = /^(?:bronze\.)?(\w+)$/i.exec(config.snowflakeStage)?.[1];
    return {
      database: config.snowflakeDatabase,
      // What the pipes read: they follow the settings, or else `load` would name files in vain.
      lake_format: config.lakeFormat.startsWith("ndjson") ? "lake_ndjson" : "lake_parquet",
      ...(stage ? { lake_stage: stage } : {}),
      ...(config.snowflakeWarehouse ? { warehouse: config.snowflakeWarehouse } : {}),
    };
  },
};

function waitMs({ snowflakeRollSeconds }: Config): number {
  return snowflakeRollSeconds * 1000;
}

/** What is made over the warehouse, which is closed with it, or if it can't be made. */
async function over<T extends AsyncDisposable>(
  warehouse: SnowflakeWarehouse,
  make: (warehouse: SnowflakeWarehouse) => T | Promise<T>,
): Promise<T> {
  await using stack = new AsyncDisposableStack();
  stack.use(warehouse);
  const made = stack.use(await make(warehouse));
  const kept = stack.move();
  return { ...made, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function byInserts(config: Config, warehouse: SnowflakeWarehouse): OpenEnd {
  const rows = config.snowflakeRollRows;
  return {
    ...asItStands(warehouse),
    policy: { minRecords: rows, maxRecords: rows, maxWaitMs: waitMs(config) },
    position: warehouse.position.bind(warehouse),
    sink: (dataset) => Promise.resolve(new WarehouseSink(warehouse, dataset, "snowflake")),
  };
}

/** By its tables, positions among them. */
function asItStands(warehouse: SnowflakeWarehouse): { side: SideOf } & AsyncDisposable {
  const query = warehouse.query.bind(warehouse);
  const position = warehouse.position.bind(warehouse);
  return {
    side: warehouseSide({ query, position }, "snowflake"),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function fromLakeOnly(way: string, ways: readonly string[]): TickhouseError {
  return new TickhouseError("CONFIG_INVALID", "is a way from the lake, not from the log", {
    field: "TICKHOUSE_SNOWFLAKE_WAY",
    value: way,
    fix: "stream into the lake, and run `deno task load --target snowflake`; or use " +
      ["insert", ...ways].join(" or "),
  });
}
