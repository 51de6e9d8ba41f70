/**
 * Real servers on loopback without a container engine: what `deno task services` and the tests use.
 *
 * ```ts ignore
 * await using kafka = await startService("kafka", { brokers: 3 });
 * await kafka.kill(2);
 * await kafka.start(2);
 * ```
 * @module
 */
import { startAzurite } from "./azurite/azurite.ts";
import { type Kafka, type KafkaOptions, startKafka } from "./kafka/kafka.ts";
import { startMinio } from "./minio.ts";
import { startPostgres } from "./postgres.ts";
import { startRegistry } from "./registry.ts";
import { type FeedsOptions, startFeeds } from "./feeds/service.ts";
import type { StartOptions } from "./kit/service.ts";
import type { Single } from "./kit/single.ts";
import { startSnowflake } from "./snowflake.ts";
import type { ServiceName } from "./kit/versions.ts";
import { startVersitygw } from "./versitygw.ts";

export { type Kafka, type KafkaNode, type KafkaOptions, startKafka } from "./kafka/kafka.ts";
export { type Minio, startMinio } from "./minio.ts";
export type { Service, StartOptions } from "./kit/service.ts";
export type { Single } from "./kit/single.ts";
export { SERVICE_NAMES, type ServiceName, VERSIONS } from "./kit/versions.ts";
export { startAzurite, startFeeds, startPostgres, startRegistry, startSnowflake, startVersitygw };

/** What `startService` takes for each name. */
export type OptionsOf<N extends ServiceName> = N extends "kafka" ? KafkaOptions
  : N extends "feeds" ? FeedsOptions
  : StartOptions;

/** What `startService` gives for each name. */
export type ServiceOf<N extends ServiceName> = N extends "kafka" ? Kafka : Single;

const STARTS: { [N in ServiceName]: (options?: OptionsOf<N>) => Promise<ServiceOf<N>> } = {
  kafka: startKafka,
  minio: startMinio,
  versitygw: startVersitygw,
  azurite: startAzurite,
  registry: startRegistry,
  postgres: startPostgres,
  snowflake: startSnowflake,
  feeds: startFeeds,
};

/** Installs a server if it is missing, starts it, and waits until it is ready. */
export function startService<N extends ServiceName>(
  name: N,
  options?: OptionsOf<N>,
): Promise<ServiceOf<N>> {
  return STARTS[name](options);
}
