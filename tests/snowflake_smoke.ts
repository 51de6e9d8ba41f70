/**
 * A smoke test on a real Snowflake account: `deno task snowflake:smoke` with four variables,
 * TICKHOUSE_SNOWFLAKE_ACCOUNT, _USER, _WAREHOUSE, and _PASSWORD or _KEY. It makes a database of its
 * own, brings ticks in by each way, builds the models, compares log, lake and Snowflake, and drops
 * the database. The role must be allowed to create databases. By a key pair it tries Snowpipe and
 * Snowpipe Streaming too, which takes some minutes.
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Packed } from "tickhouse/batch.ts";
import { EmbeddedBroker } from "tickhouse/broker/embedded/embedded.ts";
import { jsonCodec } from "tickhouse/codec/json.ts";
import { type Dataset, deadLetterTopic } from "tickhouse/datasets/dataset.ts";
import { quotes, ticks } from "tickhouse/datasets/datasets.ts";
import { messageOf } from "tickhouse/errors.ts";
import { migrate } from "tickhouse/migrate/migrate.ts";
import { migrationsFor } from "tickhouse/migrate/migrations.ts";
import { reconcile } from "tickhouse/reconcile/reconcile.ts";
import { deadLetterQueue } from "tickhouse/sink/dead_letters.ts";
import { LakeSink } from "tickhouse/lake/lake.ts";
import type { Sink } from "tickhouse/sink/sink.ts";
import { WarehouseSink } from "tickhouse/warehouse/sink.ts";
import { loadBySnowpipe } from "tickhouse/snowflake/load_snowpipe.ts";
import { Snowpipe } from "tickhouse/snowflake/snowpipe.ts";
import { StreamingSink } from "tickhouse/snowflake/streaming/streaming_sink.ts";
import { DirectoryStore } from "tickhouse/store/directory.ts";
import { loadLake } from "tickhouse/lake/load.ts";
import { LIVE, stream } from "tickhouse/stream/stream.ts";
import { TempFolder, validMessage } from "tickhouse/testing.ts";
import { SNOWFLAKE } from "tickhouse/snowflake/models.ts";
import { transform } from "tickhouse/transform/transform.ts";
import { SnowflakeWarehouse } from "tickhouse/snowflake/warehouse.ts";
import type { SnowflakeOptions } from "tickhouse/snowflake/options.ts";
import { SnowflakeSession } from "tickhouse/snowflake/session.ts";
import { lakeSide } from "tickhouse/lake/side.ts";
import type { SideOf } from "tickhouse/reconcile/side.ts";
import { warehouseSide } from "tickhouse/warehouse/side.ts";

const MODELS = fileURLToPath(new URL("../models", import.meta.url));

/** What to try besides insert, COPY and the models. */
export interface SmokeOptions {
  /** The account; its database is where the session starts, and is left alone. */
  readonly snowflake: SnowflakeOptions;
  /** Where Snowpipe's REST answers, by key pair; left out: not tried. */
  readonly snowpipe?: SnowflakeOptions | undefined;
  /** Where Snowpipe Streaming answers, by key pair; left out: not tried. */
  readonly streaming?: SnowflakeOptions | undefined;
  /** Told of each step that is done. */
  readonly say: (step: string) => void;
}

/** Throws at the first step that fails; the database is dropped all the same. */
export async function smoke(options: SmokeOptions): Promise<void> {
  const { snowflake, say } = options;
  const name = `TICKHOUSE_SMOKE_${crypto.randomUUID().slice(0, 8)}`.toUpperCase();
  await using admin = await SnowflakeSession.open(snowflake);
  await admin.run(`CREATE DATABASE ${name}`);
  say(`made the database ${name}`);
  try {
    await fill(options, name);
  } finally {
    await admin.run(`DROP DATABASE ${name}`);
    say("dropped it");
  }
}

async function fill(options: SmokeOptions, database: string): Promise<void> {
  const { say } = options;
  const snowflake = { ...options.snowflake, database };
  await using session = await SnowflakeSession.open(snowflake);
  const migrations = await migrationsFor("snowflake");
  const files = await migrate({ target: "snowflake", session, migrations });
  say(`applied ${files.length} migrations`);
  using folder = new TempFolder();
  await using broker = new EmbeddedBroker({ path: join(folder.path, "broker.sqlite") });
  const deadLetters = deadLetterQueue(broker, "snowflake");
  await using warehouse = await SnowflakeWarehouse.open({
    ...{ ...snowflake, codec: jsonCodec, deadLetters },
  });
  await using store = new DirectoryStore(join(folder.path, "lake"));

  await send(broker, ticks, 300);
  await drain(broker, ticks, new WarehouseSink(warehouse, ticks, "snowflake"));
  say("streamed 300 records by insert, two of them bad");

  await send(broker, ticks, 200);
  await fillLake(broker, store);
  const loaded = await loadLake(store, warehouse, ticks);
  say(`loaded ${loaded.rows} rows of the lake by COPY`);

  if (options.snowpipe) {
    await send(broker, ticks, 100);
    await fillLake(broker, store);
    const pipes = new Snowpipe({ ...options.snowpipe, database });
    const report = await loadBySnowpipe({ store, session, pipes, dataset: ticks });
    say(`loaded ${report.rows} rows of the lake by Snowpipe`);
  }
  await prove(broker, [ticks], [lakeSide(store), warehouseSide(warehouse, "snowflake")]);
  say("log, lake and Snowflake hold the same ticks, each once");

  const { models, failed } = await transform({ project: MODELS, session, engine: SNOWFLAKE });
  if (failed.length > 0) throw new Error(`models at fault: ${failed.map((f) => f.name)}`);
  say(`built ${models.length} models, their tests pass`);
  if (!options.streaming) return;
  await using sink = await StreamingSink.open({
    ...{ snowflake: { ...options.streaming, database }, codec: jsonCodec, deadLetters },
    dataset: quotes,
  });
  await send(broker, quotes, 200);
  await drain(broker, quotes, sink);
  const streamed = {
    query: warehouse.query.bind(warehouse),
    position: sink.position.bind(sink),
  };
  await prove(broker, [quotes], [warehouseSide(streamed, "snowflake")]);
  say("streamed 200 records by Snowpipe Streaming, each there once");
}

/** Appends records of which one in 200 is bad. */
async function send(broker: EmbeddedBroker, dataset: Dataset, count: number): Promise<void> {
  const { topic, partitions } = dataset;
  await broker.createTopic({ name: topic, partitions });
  await broker.createTopic({ name: deadLetterTopic(topic), partitions: 1 });
  const before = (await Promise.all(
    Array.from({ length: partitions }, (_, partition) => broker.offsets(topic, partition)),
  )).reduce((sum, { next }) => sum + next, 0);
  const records = Array.from({ length: count }, (_, i) => {
    const message = JSON.stringify(validMessage(dataset, before + i));
    const value = i % 200 === 99 ? `bad ${i}` : message;
    return { key: `K${i % 7}`, values: Packed.from([value]) };
  });
  await broker.produce(topic, records);
}

/** Writes what the log holds. */
async function drain(broker: EmbeddedBroker, dataset: Dataset, sink: Sink): Promise<void> {
  await stream({ broker, topic: dataset.topic, sink, policy: LIVE, signal: AbortSignal.abort() });
}

async function fillLake(broker: EmbeddedBroker, store: DirectoryStore): Promise<void> {
  const deadLetters = deadLetterQueue(broker, "lake");
  await using lake = await LakeSink.open({ store, dataset: ticks, codec: jsonCodec, deadLetters });
  await drain(broker, ticks, lake);
}

async function prove(
  broker: EmbeddedBroker,
  datasets: readonly Dataset[],
  ends: readonly SideOf[],
): Promise<void> {
  const proof = await reconcile({ broker, codec: jsonCodec, datasets, ends });
  if (proof.proven) return;
  throw new Error(proof.partitions.flatMap(({ differences }) => differences).join("\n"));
}

/** The four variables, and those besides that an account may need. */
function fromEnvironment(): SnowflakeOptions {
  const of = (name: string) => Deno.env.get(`TICKHOUSE_SNOWFLAKE_${name}`) || undefined;
  const need = (name: string) => {
    const value = of(name);
    if (value) return value;
    console.error(`set TICKHOUSE_SNOWFLAKE_${name}; docs/snowflake.md tells how`);
    Deno.exit(2);
  };
  return {
    account: need("ACCOUNT"),
    user: need("USER"),
    warehouse: need("WAREHOUSE"),
    ...of("KEY")
      ? { authenticator: "key-pair", keyPath: of("KEY"), keyPassphrase: of("KEY_PASSPHRASE") }
      : { authenticator: "password", password: need("PASSWORD") },
    role: of("ROLE"),
    url: of("URL"),
    database: of("DATABASE") ?? "TICKHOUSE",
  };
}

if (import.meta.main) {
  const snowflake = fromEnvironment();
  const byKey = snowflake.authenticator === "key-pair" ? snowflake : undefined;
  const say = (step: string) => console.log(`ok  ${step}`);
  try {
    await smoke({ snowflake, snowpipe: byKey, streaming: byKey, say });
  } catch (error) {
    console.error(`FAILED  ${messageOf(error)}`);
    Deno.exit(1);
  }
}
