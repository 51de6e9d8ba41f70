/** The DuckDB of the home: as an end, and as a target. @module */
import type { End, EndContext, OpenEnd, StreamContext } from "../ends/end.ts";
import { nowhere, type Target } from "../ends/target.ts";
import { loadLake } from "../lake/load.ts";
import type { LoadReport } from "../warehouse/warehouse.ts";
import type { SideOf } from "../reconcile/side.ts";
import { connect } from "../read/connect.ts";
import { warehousePath } from "../read/home.ts";
import { LIVE } from "../stream/stream.ts";
import { type Asked, warehouseSide } from "../warehouse/side.ts";
import { WarehouseSink } from "../warehouse/sink.ts";
import { tableError, whenFree } from "./engine/errors.ts";
import { DUCKDB } from "./models.ts";
import { DuckDbWarehouse } from "./warehouse.ts";

/** Enough for the batches and models of a live stream, whose process shall stay small. */
export const STREAM_MEMORY = "160MiB";
/** About three seconds in all. */
const HELD_RETRY = { maxAttempts: 12, minTimeout: 100, maxTimeout: 400, jitter: 0.5 };

/** The warehouse, which one process writes. */
export const warehouseEnd: End = {
  name: "warehouse",
  spoken: "the warehouse",
  waitMs: () => 0,
  open: async (context) => warehouseOver(await openWarehouse(context)),
  probe: async ({ config }) => {
    await using reader = await connect({ home: config.home });
    const found = await reader.query("SELECT version()");
    return `DuckDB ${found.rows[0]?.[0]} answers`;
  },
  compare: async ({ config }) => {
    const reader = await connect({ home: config.home });
    return {
      side: sideOf(reader),
      [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
    };
  },
};

/** The warehouse that is open, which is closed with it. */
export function warehouseOver(warehouse: DuckDbWarehouse): OpenEnd {
  return {
    policy: LIVE,
    engine: warehouse,
    side: sideOf(warehouse),
    position: warehouse.position.bind(warehouse),
    sink: (dataset) => Promise.resolve(new WarehouseSink(warehouse, dataset)),
    [Symbol.asyncDispose]: () => warehouse[Symbol.asyncDispose](),
  };
}

/** Of a warehouse whose tables may not be those that tickhouse made. */
function sideOf(asked: Pick<Asked, "query">): SideOf {
  return warehouseSide({
    query: async (sql, binds) => {
      try {
        return await asked.query(sql, binds);
      } catch (error) {
        throw tableError(error);
      }
    },
  });
}

/** The same for what reads no log. */
export const duckdbTarget: Target = {
  name: "duckdb",
  engine: () => Promise.resolve(DUCKDB),
  open: (context) => openWarehouse(context),
  load: async (context, store, datasets) => {
    await using warehouse = await openWarehouse(context);
    const reports: LoadReport[] = [];
    for (const dataset of datasets) reports.push(await loadLake(store, warehouse, dataset));
    return reports;
  },
  session: async (context) => {
    const warehouse = await openWarehouse(context);
    const session = await warehouse.session();
    return {
      run: session.run.bind(session),
      query: session.query.bind(session),
      [Symbol.asyncDispose]: async () => {
        await session[Symbol.asyncDispose]();
        await warehouse[Symbol.asyncDispose]();
      },
    };
  },
  variables: () => ({}),
  appliedBy: () => "",
};

/**
 * The warehouse, its tables made; to be streamed into if the context has a place for dead letters.
 * Throws `DATABASE_HELD` while another process writes it; one that only reads lets go of the file
 * every now and then, which is waited for.
 */
export async function openWarehouse(
  context: EndContext | StreamContext,
): Promise<DuckDbWarehouse> {
  const { config, codec, declared } = context;
  const deadLetters = "deadLetters" in context ? context.deadLetters : undefined;
  await Deno.mkdir(config.home, { recursive: true });
  const memoryLimit = config.memory || (deadLetters ? STREAM_MEMORY : "");
  await using stack = new AsyncDisposableStack();
  const warehouse = stack.use(
    await whenFree(() =>
      DuckDbWarehouse.open({
        path: warehousePath(config.home),
        codec,
        datasets: declared,
        deadLetters: deadLetters ?? nowhere,
        ...(memoryLimit ? { memoryLimit } : {}),
        // Readers share what streams; other verbs bring files of their own.
        ...(deadLetters ? { lockedTo: [] } : {}),
      }), HELD_RETRY),
  );
  await warehouse.migrate();
  // Open from here on: whoever has it closes it.
  stack.move();
  return warehouse;
}
