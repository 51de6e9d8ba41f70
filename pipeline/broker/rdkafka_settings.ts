/**
 * What is set, by librdkafka's names.
 * @module
 */
import {
  type KafkaCompression,
  type KafkaConnection,
  REQUEST_MS,
  RETRY_MS,
} from "./kafka_options.ts";

/** Values by librdkafka's names of settings. */
export type Settings = Readonly<Record<string, string | number>>;

const CONNECT_MS = 5_000;
const RECONNECT_MAX_MS = 1_000;
/** Severity as in syslog: warnings and what is worse. */
const LOG_LEVEL = 4;
/** Milliseconds until a changed leader is noticed at the latest. */
const METADATA_MS = 60_000;
/** Bytes of a message or a record batch at the most: the broker decides. */
const MESSAGE_BYTES_MAX = 100 * 2 ** 20;

/** Milliseconds that brokers may be away. */
const DELIVERY_MS = 120_000;
/** Milliseconds to wait for more, which makes batches of what an append holds. */
const LINGER_MS = 1;
/** Bytes of a record batch, before compression; the brokers' default limit is 1 MiB. */
const BATCH_BYTES = 900 * 1024;
const QUEUE_MESSAGES = 200_000;
const QUEUE_KBYTES = 64 * 1024;

/**
 * Milliseconds that a broker waits for a first record. Short, as no other fetch of that broker goes
 * out meanwhile: not even for partitions whose queues were full and now have room.
 */
const WAIT_MS = 20;
/** Milliseconds until a queue that was full is looked at again. */
const FULL_MS = 1;
const ERROR_MS = 100;
/** Bytes asked for of a partition at the least. */
const PARTITION_BYTES_MIN = 64 * 1024;
/** Queues hold what is unpacked, and ticks are packed to a quarter or less. */
const UNPACKED = 4;

/** For every client. */
export function connectionSettings(connection: KafkaConnection): Settings {
  const { brokers, clientId = "tickhouse", security = "PLAINTEXT" } = connection;
  const { mechanism = "PLAIN", username = "", password = "" } = connection;
  const { caPath, certPath, keyPath } = connection;
  const sasl = {
    "sasl.mechanism": mechanism,
    "sasl.username": username,
    "sasl.password": password,
  };
  return {
    "bootstrap.servers": brokers.join(","),
    "client.id": clientId,
    "security.protocol": security.toLowerCase(),
    "socket.timeout.ms": REQUEST_MS,
    "socket.connection.setup.timeout.ms": CONNECT_MS,
    "reconnect.backoff.max.ms": RECONNECT_MAX_MS,
    "topic.metadata.refresh.interval.ms": METADATA_MS,
    "log.queue": "true",
    log_level: LOG_LEVEL,
    ...(security.startsWith("SASL") ? sasl : {}),
    ...(caPath ? { "ssl.ca.location": caPath } : {}),
    ...(certPath ? { "ssl.certificate.location": certPath } : {}),
    ...(keyPath ? { "ssl.key.location": keyPath } : {}),
  };
}

/** Idempotent, acknowledged by all replicas in step. */
export function produceSettings(compression: KafkaCompression): Settings {
  return {
    "enable.idempotence": "true",
    acks: "all",
    "compression.codec": compression,
    "message.timeout.ms": DELIVERY_MS,
    "retry.backoff.ms": RETRY_MS,
    "linger.ms": LINGER_MS,
    "batch.size": BATCH_BYTES,
    "message.max.bytes": MESSAGE_BYTES_MAX,
    "queue.buffering.max.messages": QUEUE_MESSAGES,
    "queue.buffering.max.kbytes": QUEUE_KBYTES,
  };
}

/** Reads what was committed, from where it is told to, and tells the end of a partition. */
export function fetchSettings(
  { group, partitions, partitionBytesMax, bytesMax }: {
    readonly group: string;
    /** Among which `bytesMax` is shared out. */
    readonly partitions: number;
    readonly partitionBytesMax: number;
    readonly bytesMax: number;
  },
): Settings {
  const share = Math.max(PARTITION_BYTES_MIN, Math.floor(bytesMax / partitions));
  const bytes = Math.min(partitionBytesMax, share);
  const answer = Math.max(bytesMax, MESSAGE_BYTES_MAX);
  return {
    "group.id": group,
    "auto.offset.reset": "error",
    "enable.auto.commit": "false",
    "enable.auto.offset.store": "false",
    "enable.partition.eof": "true",
    "isolation.level": "read_committed",
    "check.crcs": "true",
    "fetch.wait.max.ms": WAIT_MS,
    "fetch.error.backoff.ms": ERROR_MS,
    "fetch.queue.backoff.ms": FULL_MS,
    "fetch.message.max.bytes": bytes,
    "fetch.max.bytes": answer,
    "message.max.bytes": MESSAGE_BYTES_MAX,
    "receive.message.max.bytes": answer + 2 ** 20,
    // Of each partition.
    "queued.max.messages.kbytes": Math.ceil(UNPACKED * bytes / 1024),
  };
}
