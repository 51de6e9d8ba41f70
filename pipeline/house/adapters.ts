/**
 * The one place where adapters meet ports.
 * @module
 */
import { join } from "node:path";
import type { Packed } from "../batch.ts";
import type { Broker } from "../broker/broker.ts";
import { EmbeddedBroker } from "../broker/embedded/embedded.ts";
import { AvroCodec } from "../codec/avro.ts";
import type { KafkaConnection } from "../broker/kafka/options.ts";
import type { Codec } from "../codec/codec.ts";
import { jsonCodec, toJsonLines } from "../codec/json.ts";
import { SchemaRegistry } from "../codec/registry.ts";
import type { Config } from "../config/config.ts";
import { type Dataset, deadLetterTopic } from "../datasets/dataset.ts";
import { TickhouseError } from "../errors.ts";
import { datasetNamed, DATASETS } from "../datasets/datasets.ts";
import { routeNamed } from "../config/routes.ts";
import { exists } from "./home.ts";
import { DirectoryStore } from "../store/directory.ts";
import type { EndContext, StreamContext } from "../ends/end.ts";
import { deadLetterQueue } from "../sink/dead_letters.ts";
import { MessageLog } from "../stream/message_log.ts";
import type { ObjectStore } from "../store/store.ts";
import { note } from "../console.ts";

/** Takes what a person should know, a line each. */
export type OnNote = (text: string) => void;

/** The broker that the configuration names. Throws what its adapter throws, and `CONFIG_INVALID`. */
export async function openBroker(config: Config, onNote: OnNote = note): Promise<Broker> {
  if (config.broker === "embedded") return new EmbeddedBroker({ path: brokerPath(config) });
  demand(config.kafkaBrokers.length > 0, "TICKHOUSE_KAFKA_BROKERS", "kafka");
  const { KafkaBroker } = await import("../broker/kafka/kafka.ts");
  return await KafkaBroker.open({
    ...kafkaConnection(config),
    client: config.kafkaClient,
    prefix: config.kafkaPrefix,
    log: (level, message) => level === "info" || onNote(`kafka      ${message}`),
    ...(config.kafkaReplication ? { replication: config.kafkaReplication } : {}),
  });
}

/**
 * A client of the log that producers write: Kafka where its brokers are named, also beside an
 * embedded log; else the embedded log. Topics bear their full names in it. Throws `TOPIC_UNKNOWN`
 * where there is neither, and what the adapter throws.
 */
export async function openTopics(config: Config, onNote: OnNote = note): Promise<Broker> {
  const broker = config.kafkaBrokers.length > 0 ? "kafka" : "embedded";
  if (broker === "embedded" && !exists(brokerPath(config))) {
    throw new TickhouseError("TOPIC_UNKNOWN", "no Kafka is named, and there is no embedded log", {
      field: "TICKHOUSE_KAFKA_BROKERS",
      fix: "name the brokers that the producers write to, host:port",
    });
  }
  return await openBroker({ ...config, broker, kafkaPrefix: "" }, onNote);
}

/** Topics of that log that tickhouse itself writes. */
export function ownTopics(config: Config, datasets: readonly Dataset[]): string[] {
  if (config.kafkaBrokers.length > 0 && config.broker === "embedded") return [];
  const prefix = config.broker === "kafka" ? config.kafkaPrefix : "";
  return datasets.flatMap(({ topic }) => [topic, deadLetterTopic(topic)])
    .map((topic) => prefix + topic);
}

/** Messages of a format as lines of JSON, whatever they hold. Throws `CONFIG_INVALID`. */
export function linesOf(config: Config, format: "json" | "avro") {
  if (format === "json") return toJsonLines;
  const codec = new AvroCodec({ registry: openRegistry(config), register: false });
  return (values: Packed) => codec.toJson(values);
}

function kafkaConnection(config: Config): KafkaConnection {
  return {
    brokers: config.kafkaBrokers,
    security: config.kafkaSecurity,
    mechanism: config.kafkaMechanism,
    ...(config.kafkaUsername ? { username: config.kafkaUsername } : {}),
    ...(config.kafkaPassword ? { password: config.kafkaPassword } : {}),
    ...(config.kafkaCa ? { caPath: config.kafkaCa } : {}),
    ...(config.kafkaCertificate ? { certPath: config.kafkaCertificate } : {}),
    ...(config.kafkaKey ? { keyPath: config.kafkaKey } : {}),
  };
}

/** The file of the embedded broker. */
export function brokerPath(config: Config): string {
  return join(config.home, "broker.sqlite");
}

/** The lake's object store. Throws what its adapter throws, and `CONFIG_INVALID`. */
export async function openStore(config: Config): Promise<ObjectStore> {
  const shared = {
    prefix: config.lakePrefix,
    ...(config.proxy ? { proxy: config.proxy } : {}),
  };
  if (config.store === "s3") {
    demand(config.s3AccessKey !== "", "TICKHOUSE_S3_ACCESS_KEY", "minio");
    const { S3Store } = await import("../store/s3/s3.ts");
    return await S3Store.open({
      ...shared,
      bucket: config.s3Bucket,
      accessKey: config.s3AccessKey,
      secretKey: config.s3SecretKey,
      region: config.s3Region,
      ...(config.s3Endpoint ? { endpoint: config.s3Endpoint } : {}),
      ...(config.s3SessionToken ? { sessionToken: config.s3SessionToken } : {}),
    });
  }
  if (config.store === "azure") {
    demand(config.azureConnection !== "", "TICKHOUSE_AZURE_CONNECTION", "azurite");
    const { AzureStore } = await import("../store/azure/azure.ts");
    const { azureConnection: connectionString, azureContainer: container } = config;
    return await AzureStore.open({ ...shared, connectionString, container });
  }
  return new DirectoryStore(join(config.home, "lake"));
}

/** The codec of messages. Throws `CONFIG_INVALID`. */
export function openCodec(config: Config): Codec {
  if (config.codec === "json") return jsonCodec;
  return new AvroCodec({ registry: openRegistry(config), register: config.registryRegister });
}

/** The Schema Registry. Throws `CONFIG_INVALID`. */
export function openRegistry(config: Config): SchemaRegistry {
  demand(config.registryUrl !== "", "TICKHOUSE_REGISTRY_URL", "registry");
  return new SchemaRegistry({
    url: config.registryUrl,
    ...(config.registryUsername ? { username: config.registryUsername } : {}),
    ...(config.registryPassword ? { password: config.registryPassword } : {}),
  });
}

/** The datasets that the configuration carries, on the topics that it names. */
export function openDatasets(
  config: Config,
  names: readonly string[] = [],
  known: readonly Dataset[] = DATASETS,
): Dataset[] {
  const route = config.route ? routeNamed(config.route).datasets : [];
  const chosen = names.length > 0 ? names : route;
  const datasets = chosen.length > 0 ? chosen.map((name) => datasetNamed(name, known)) : known;
  return datasets.map((dataset) => ({
    ...dataset,
    topic: config.topics[dataset.name] ?? dataset.topic,
    partitions: config.partitions ?? dataset.partitions,
  }));
}

/** Where a copy of each message goes, for `ingest`; nothing unless the settings name a folder. */
export function messagesOf({ messageLog }: Config): { readonly messages?: MessageLog } {
  return messageLog === "" ? {} : { messages: new MessageLog(messageLog) };
}

/** What an end is opened with. */
export function contextOf(
  config: Config,
  datasets: readonly Dataset[],
  declared: readonly Dataset[] = DATASETS,
): EndContext {
  return {
    config,
    datasets,
    declared,
    codec: openCodec(config),
    openStore: () => openStore(config),
  };
}

/** The same for the end of that name, to be streamed into. */
export function streamContextOf(
  config: Config,
  datasets: readonly Dataset[],
  broker: Broker,
  name: string,
  declared: readonly Dataset[] = DATASETS,
): StreamContext {
  const deadLetters = deadLetterQueue(broker, name);
  return { ...contextOf(config, datasets, declared), broker, deadLetters };
}

/** Throws unless a setting that another one needs is there; `service` is one that would do here. */
function demand(isThere: boolean, variable: string, service: string): void {
  if (isThere) return;
  throw new TickhouseError("CONFIG_INVALID", "must be set, since another setting needs it", {
    field: variable,
    fix: `set it, or start one here with \`deno task services up ${service}\`, which prints it`,
  });
}
