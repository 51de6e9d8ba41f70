/**
 * Real servers on loopback without a container engine: what `deno task services` and the tests use.
 *
 * ```ts ignore
 * await using kafka = await startKafka({ brokers: 3 });
 * await kafka.kill(2);
 * await kafka.start(2);
 * ```
 * @module
 */
export { type Kafka, type KafkaNode, type KafkaOptions, startKafka } from "./kafka/kafka.ts";
export { type Minio, startMinio } from "./minio.ts";
export type { Service, StartOptions } from "./service.ts";
export { SERVICE_NAMES, type ServiceName, VERSIONS } from "./versions.ts";
