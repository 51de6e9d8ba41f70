/**
 * The one place where adapters meet ports.
 * @module
 */
import { retry, RetryError } from "@std/async";
import { join } from "node:path";
import type { Broker } from "../broker/broker.ts";
import { EmbeddedBroker } from "../broker/embedded.ts";
import type { Codec } from "../codec/codec.ts";
import { jsonCodec } from "../codec/json.ts";
import type { Config } from "../config.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { TickhouseError } from "../errors.ts";
import { warehousePath } from "../read/home.ts";
import { deadLetterQueue } from "../sink/dead_letters.ts";
import { LakeSink } from "../sink/lake.ts";
import { DEFAULT_INSTRUMENTS, type Instrument, Simulator } from "../source/simulator.ts";
import { DirectoryStore } from "../store/directory.ts";
import type { ObjectStore } from "../store/store.ts";
import { DuckDbWarehouse } from "../warehouse/duckdb.ts";

/** The broker that the configuration names. */
export function openBroker(config: Config): EmbeddedBroker {
  return new EmbeddedBroker({ path: brokerPath(config) });
}

/** The file of the embedded broker. */
export function brokerPath(config: Config): string {
  return join(config.home, "broker.sqlite");
}

/** The lake's object store. */
export function openStore(config: Config): ObjectStore {
  return new DirectoryStore(join(config.home, "lake"));
}

/** The codec of messages. */
export function openCodec(): Codec {
  return jsonCodec;
}

/** The lake as a sink for one dataset. */
export function openLake(
  config: Config,
  broker: Broker,
  store: ObjectStore,
  dataset: Dataset,
): Promise<LakeSink> {
  return LakeSink.open({
    store,
    dataset,
    codec: openCodec(),
    deadLetters: deadLetterQueue(broker, "lake"),
    format: config.lakeFormat,
  });
}

/**
 * The warehouse, its tables made. Throws `DATABASE_HELD` while another process writes it; one that
 * only reads lets go of the file every now and then, which is waited for.
 */
export async function openWarehouse(
  config: Config,
  broker: Broker,
  use: "stream" | "batch",
): Promise<DuckDbWarehouse> {
  await Deno.mkdir(config.home, { recursive: true });
  const memoryLimit = config.memory || (use === "stream" ? STREAM_MEMORY : "");
  const warehouse = await retry(() =>
    DuckDbWarehouse.open({
      path: warehousePath(config.home),
      codec: openCodec(),
      deadLetters: deadLetterQueue(broker, "warehouse"),
      ...(memoryLimit ? { memoryLimit } : {}),
    }), { ...HELD_RETRY, isRetriable: isHeld }).catch(unwrap);
  await warehouse.migrate();
  return warehouse;
}

/** Enough for the batches and models of a live stream, whose process shall stay small. */
const STREAM_MEMORY = "160MiB";

/** About three seconds in all. */
const HELD_RETRY = { maxAttempts: 12, minTimeout: 100, maxTimeout: 400, jitter: 0.5 };

function isHeld(error: unknown): boolean {
  return error instanceof TickhouseError && error.code === "DATABASE_HELD";
}

/** What made the last attempt fail. */
function unwrap(error: unknown): never {
  throw error instanceof RetryError ? error.cause : error;
}

/** The simulator that the configuration describes. */
export function openSimulator(config: Config, limit?: number): Simulator {
  return new Simulator({
    instruments: config.symbols.map(instrument),
    rate: config.rate,
    seed: config.seed,
    session: config.session,
    ...(limit === undefined ? {} : { limit }),
  });
}

/** A known instrument, or one of middling price and volatility. */
function instrument(symbol: string): Instrument {
  const known = DEFAULT_INSTRUMENTS.find((i) => i.symbol === symbol);
  return known ?? { symbol, price: 100, volatility: 0.35 };
}
