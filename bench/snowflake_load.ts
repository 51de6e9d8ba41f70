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
import { bronzeTable } from "tickhouse/datasets/tables.ts";
import { migrate } from "tickhouse/migrate/migrate.ts";
import { migrationsFor } from "tickhouse/migrate/migrations.ts";
import { LakeSink } from "tickhouse/lake/lake.ts";
import { loadBySnowpipe } from "tickhouse/snowflake/load_snowpipe.ts";
import { Snowpipe } from "tickhouse/snowflake/snowpipe.ts";
import { StreamingSink } from "tickhouse/snowflake/streaming/streaming_sink.ts";
import { DirectoryStore } from "tickhouse/store/directory.ts";
import { loadLake } from "tickhouse/lake/load.ts";
import { validBatch } from "tickhouse/testing.ts";
import { SnowflakeWarehouse } from "tickhouse/snowflake/warehouse.ts";
import type { SnowflakeOptions } from "tickhouse/snowflake/options.ts";
import { makeKey } from "../tests/snowpipe/keys.ts";
import { PipeServer } from "../tests/snowpipe/pipe_server.ts";
import { makeBronze, startSnowduck, streamingOptions } from "../tests/snowpipe/snowduck.ts";
import type { Figures } from "./rig.ts";

/** Records of a batch, and rows of an object. */
const BATCH = 50_000;
/** Rows that are sent one by one: a million would take an hour. */
const NAIVE = 2_000;

/** A way in: gets the records into the warehouse. */
type Way = (
  warehouse: SnowflakeWarehouse,
  batches: readonly RecordBatch[],
  folder: string,
) => Promise<void>;

/** The ways of the warehouse itself. */
const WAYS: Record<string, { readonly way: Way; readonly prepare?: Way }> = {
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
    await bySnowpipe(figures, server.variables, join(folder, "lake"), records);
    await byStreaming(figures, batches.slice(0, 1));
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
      `INSERT INTO bronze.ticks (_topic, _partition, _offset, _ingest_time, symbol, price, size,
         event_time, source, trade_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ["ticks", 0, i, at, symbol, String(price), String(size), at, source, trade_id],
    );
  }
}

/** The lake that COPY loaded, named to a pipe; the service's own share of the processor is counted. */
async function bySnowpipe(
  figures: Figures,
  variables: Readonly<Record<string, string>>,
  lake: string,
  records: number,
): Promise<void> {
  using key = makeKey();
  await using warehouse = await freshWarehouse(variables, "snowpipe");
  await using session = await warehouse.session();
  const migrations = await migrationsFor("snowflake");
  await migrate({ target: "snowflake", session, migrations });
  const options = optionsOf(variables, "snowpipe");
  await using server = new PipeServer(options, key.publicKey);
  const user = { ...options, authenticator: "key-pair" as const, keyPath: key.path };
  const pipes = new Snowpipe({ ...user, url: server.url });
  await using store = new DirectoryStore(lake);
  await measure(figures, "snowpipe", records, async () => {
    const { rows } = await loadBySnowpipe({ store, session, pipes, dataset: ticks, pollMs: 100 });
    if (rows !== records) throw new Error(`snowpipe brought ${rows}`);
  });
}

/** Rows by Snowpipe Streaming, into snowduck, which takes a thousand a second: so one batch. */
async function byStreaming(figures: Figures, batches: readonly RecordBatch[]): Promise<void> {
  using key = makeKey();
  const server = await startSnowduck();
  const database = "BENCH_STREAMING";
  await makeBronze(server, database, ticks);
  await using sink = await StreamingSink.open({
    snowflake: streamingOptions(server, database, key.path),
    dataset: ticks,
    codec: jsonCodec,
    deadLetters: () => Promise.resolve(),
    // snowduck puts a pipe's rows into the table of its name.
    pipe: bronzeTable(ticks),
  });
  const records = batches.reduce((sum, batch) => sum + batch.values.length, 0);
  figures["streaming_records"] = records;
  await measure(figures, "streaming", records, async () => {
    for (const batch of batches) await sink.write([batch]);
  });
}

async function freshWarehouse(
  variables: Readonly<Record<string, string>>,
  name: string,
): Promise<SnowflakeWarehouse> {
  const options = optionsOf(variables, name);
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

function optionsOf(
  variables: Readonly<Record<string, string>>,
  name: string,
): SnowflakeOptions {
  const of = (setting: string) => variables[`TICKHOUSE_SNOWFLAKE_${setting}`] ?? "";
  return {
    account: of("ACCOUNT"),
    user: of("USER"),
    authenticator: "password",
    password: of("PASSWORD"),
    url: of("URL"),
    database: `BENCH_${name.toUpperCase()}`,
  };
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
