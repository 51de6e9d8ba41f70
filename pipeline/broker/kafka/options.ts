/**
 * How a Kafka cluster is reached: one description for all clients.
 * @module
 */
import type { BaseOptions } from "@platformatic/kafka";
import type { KafkaConfig, SASLOptions } from "kafkajs";
import { messageOf, TickhouseError } from "../../errors.ts";

/** Encryption and password, as brokers name them. */
export type KafkaSecurity = "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
/** How the password is proven. */
export type KafkaMechanism = "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
/** How record batches are compressed. */
export type KafkaCompression = "none" | "gzip" | "snappy" | "lz4" | "zstd";
/** Told what goes on; never a secret. */
export type KafkaLog = (level: "info" | "warn" | "error", message: string) => void;

/** How to reach the cluster. */
export interface KafkaConnection {
  /** host:port of some brokers; they name the others. */
  readonly brokers: readonly string[];
  /** Default: `tickhouse`. */
  readonly clientId?: string;
  /** Default: `PLAINTEXT`. */
  readonly security?: KafkaSecurity;
  /** Default: `PLAIN`; of effect with SASL only. */
  readonly mechanism?: KafkaMechanism;
  readonly username?: string;
  /** A secret. */
  readonly password?: string;
  /** PEM file of the authorities to trust. Default: the system's. */
  readonly caPath?: string;
  /** PEM file of the client's own certificate. */
  readonly certPath?: string;
  /** PEM file of its key. */
  readonly keyPath?: string;
}

/** Milliseconds between attempts. */
export const RETRY_MS = 250;
/** Milliseconds until a connection counts as failed. */
const CONNECT_MS = 5_000;
/** Milliseconds until a request counts as lost. */
export const REQUEST_MS = 15_000;
/** Milliseconds after which the broker gives up a transaction that its producer does not end. */
export const TRANSACTION_MS = 60_000;
/** Milliseconds that a description of topics and leaders stays good. */
const METADATA_MS = 5_000;
/** Attempts of a call about the cluster. */
export const RETRIES = 8;

/** The same for `@platformatic/kafka`. Throws `CONFIG_INVALID` for what can't be. */
export function platformaticOptions(connection: KafkaConnection): BaseOptions {
  const { tls, sasl } = credentials(connection);
  return {
    clientId: connection.clientId ?? "tickhouse",
    bootstrapBrokers: [...connection.brokers],
    connectTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    timeout: REQUEST_MS - 5_000,
    retries: RETRIES,
    retryDelay: RETRY_MS,
    metadataMaxAge: METADATA_MS,
    autocreateTopics: false,
    ...(tls ? { tls } : {}),
    ...(sasl
      ? {
        sasl: { mechanism: sasl.mechanism, username: sasl.username, password: sasl.password },
      }
      : {}),
  };
}

/** The same for kafkajs. Throws `CONFIG_INVALID` for what can't be. */
export function kafkajsOptions(connection: KafkaConnection): KafkaConfig {
  const { tls, sasl } = credentials(connection);
  return {
    clientId: connection.clientId ?? "tickhouse",
    brokers: [...connection.brokers],
    connectionTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    retry: { retries: RETRIES, initialRetryTime: RETRY_MS },
    ...(tls ? { ssl: tls } : {}),
    ...(sasl
      ? {
        sasl: {
          mechanism: sasl.mechanism.toLowerCase(),
          username: sasl.username,
          password: sasl.password,
        } as SASLOptions,
      }
      : {}),
  };
}

interface Credentials {
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: {
    readonly mechanism: KafkaMechanism;
    readonly username: string;
    readonly password: string;
  };
}

function credentials(connection: KafkaConnection): Credentials {
  const { brokers, security = "PLAINTEXT", mechanism = "PLAIN" } = connection;
  if (
    brokers.length === 0 || !brokers.every((broker) => /^[^\s:/]+:\d+$|^\[.+\]:\d+$/.test(broker))
  ) {
    throw new TickhouseError("CONFIG_INVALID", "not a list of brokers", {
      field: "TICKHOUSE_KAFKA_BROKERS",
      value: brokers.join(","),
      fix: "name at least one as host:port, several with commas between",
    });
  }
  const { caPath, certPath, keyPath, username = "", password = "" } = connection;
  const tls = security.endsWith("SSL")
    ? {
      ...pem("ca", "TICKHOUSE_KAFKA_CA", caPath),
      ...pem("cert", "TICKHOUSE_KAFKA_CERTIFICATE", certPath),
      ...pem("key", "TICKHOUSE_KAFKA_KEY", keyPath),
    }
    : undefined;
  if (!security.startsWith("SASL")) return tls ? { tls } : {};
  if (username === "" || password === "") {
    throw new TickhouseError("CONFIG_INVALID", `${security} needs a user name and a password`, {
      field: username === "" ? "TICKHOUSE_KAFKA_USERNAME" : "TICKHOUSE_KAFKA_PASSWORD",
      fix: "set both, or use SSL or PLAINTEXT",
    });
  }
  const sasl = { mechanism, username, password };
  return tls ? { tls, sasl } : { sasl };
}

function pem(name: string, field: string, path: string | undefined): Record<string, string> {
  if (path === undefined || path === "") return {};
  try {
    return { [name]: Deno.readTextFileSync(path) };
  } catch (cause) {
    throw new TickhouseError("CONFIG_INVALID", messageOf(cause), {
      field,
      value: path,
      fix: "name a PEM file that this user may read",
      cause,
    });
  }
}
