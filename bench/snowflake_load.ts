/**
 * The ways into Snowflake, against the stand-in: what each costs the client's processor a row,
 * beside a statement a row. The stand-in is no measure of Snowflake: rates say little, and a real
 * one adds a round trip of tens of milliseconds to each statement, of which the naive way has most.
 * @module
 */
import { cpuUsage } from "node:process";
import { join } from "node:path";
import { startSnowflake } from "services/mod.ts";
import type { RecordBatch } from "tickhouse/batch.ts";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { LakeSink } from "tickhouse/sink/lake.ts";
import { DirectoryStore } from "tickhouse/store/directory.ts";
import { loadLake } from "tickhouse/stream/load.ts";
import { validBatch } from "tickhouse/testing.ts";
import { SnowflakeWarehouse } from "tickhouse/warehouse/snowflake.ts";
import type { SnowflakeOptions } from "tickhouse/warehouse/snowflake_options.ts";
import type { Figures } from "./rig.ts";

/** Records of a batch, and rows of an object. */
const BATCH = 50_000;
/** Rows that are sent one by one: a million would take an hour. */
const NAIVE = 2_000;

/** A way in: gets the records into the warehouse. */
export type Way = (
  warehouse: SnowflakeWarehouse,
  batches: readonly RecordBatch[],
  folder: string,
) => Promise<void>;

/** What is measured; others, such as Snowpipe, add themselves here. */
export const WAYS: Record<string, { readonly way: Way; readonly prepare?: Way }> = {
  insert: {
    way: async (warehouse, batches) => {
      for (const batch of batches) await warehouse.write(ticks, [batch]);
    },
  },
  copy: {
    prepare: async (_, batches, folder) => {
      await using lake = await LakeSink.open({
        store: new DirectoryStore(join(folder, "lake")),
        dataset: ticks,
        codec: jsonCodec,
        deadLetters: () => Promise.resolve(),
      });
      for (const batch of batches) await lake.write([batch]);
    },
    way: async (warehouse, _, folder) => {
      await loadLake(new DirectoryStore(join(folder, "lake")), warehouse, ticks);
    },
  },
};

/** Rows a second, and the client's processor microseconds a row, of each way. */
export async function snowflakeLoad(records: number): Promise<Figures> {
  await using server = await startSnowflake();
  const folder = Deno.makeTempDirSync({ prefix: "tickhouse-bench-" });
  try {
    const batches = Array.from(
      { length: Math.ceil(records / BATCH) },
      (_, i) => validBatch(ticks, 0, i * BATCH, Math.min(BATCH, records - i * BATCH)),
    );
    const figures: Figures = { records, naive_records: NAIVE };
    for (const [name, { way, prepare }] of Object.entries(WAYS)) {
      await using warehouse = await freshWarehouse(server.variables, name);
      await prepare?.(warehouse, batches, folder);
      await measure(figures, name, records, () => way(warehouse, batches, folder));
      const found = await warehouse.query("SELECT count(*) FROM bronze.ticks");
      if (found.rows[0]?.[0] !== records) throw new Error(`${name} brought ${found.rows[0]}`);
    }
    await using warehouse = await freshWarehouse(server.variables, "naive");
    await measure(figures, "naive", NAIVE, () => naive(warehouse, NAIVE));
    return figures;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** As in many a tutorial: parse a message, insert a row. */
async function naive(warehouse: SnowflakeWarehouse, records: number): Promise<void> {
  await using session = await warehouse.session();
  const { values } = validBatch(ticks, 0, 0, records);
  const decoder = new TextDecoder();
  for (let i = 0; i < records; i++) {
    const { symbol, price, size, event_time, source, trade_id } = JSON.parse(
      decoder.decode(values.at(i)),
    );
    const at = new Date(event_time / 1000).toISOString();
    await session.query(
      "INSERT INTO bronze.ticks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ["ticks", 0, i, at, symbol, String(price), String(size), at, source, trade_id],
    );
  }
}

async function freshWarehouse(
  variables: Readonly<Record<string, string>>,
  name: string,
): Promise<SnowflakeWarehouse> {
  const of = (setting: string) => variables[`TICKHOUSE_SNOWFLAKE_${setting}`] ?? "";
  const options: SnowflakeOptions = {
    account: of("ACCOUNT"),
    user: of("USER"),
    authenticator: "password",
    password: of("PASSWORD"),
    url: of("URL"),
    database: `BENCH_${name.toUpperCase()}`,
  };
  const warehouse = await SnowflakeWarehouse.open({
    ...options,
    codec: jsonCodec,
    deadLetters: () => Promise.resolve(),
    sessionsMax: 1,
  });
  await warehouse.query(`CREATE DATABASE ${options.database}`);
  await warehouse.migrate();
  return warehouse;
}

async function measure(
  figures: Figures,
  name: string,
  records: number,
  work: () => Promise<void>,
): Promise<void> {
  const before = cpuUsage();
  const startedAt = performance.now();
  await work();
  const { user, system } = cpuUsage(before);
  figures[`${name}_rate`] = records / (performance.now() - startedAt) * 1000;
  figures[`${name}_cpuUs`] = (user + system) / records;
}

if (import.meta.main) console.log(await snowflakeLoad(Number(Deno.args[0] ?? 1_000_000)));
