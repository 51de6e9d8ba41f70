/**
 * Every setting, declared once: the configuration, `.env.example`, the reference in the docs and
 * `doctor` derive from it.
 * @module
 */
import { z } from "zod";
import {
  amount,
  anyText,
  choice,
  count,
  hosts,
  list,
  nameOf,
  optional,
  pairs,
  type Setting,
  url,
  yes,
} from "./setting.ts";
import { FEED_SETTINGS } from "./feeds.ts";
import { SNOWFLAKE_SETTINGS } from "./snowflake.ts";

/** Where a stream can end. */
const SINKS = ["lake", "warehouse", "snowflake"] as const;

/** The settings by their name in the code. */
export const SETTINGS = {
  home: {
    variable: "TICKHOUSE_HOME",
    // DuckDB takes what has a colon early for an address, or for the name of an extension, and puts
    // the ending of its log's name before a question mark.
    schema: z.string().min(1, "must name a folder")
      .regex(/^(?![A-Za-z][\w+.-]+:)/, "must name a folder, not an address")
      .regex(/^[^?]*$/, "must have no question mark"),
    default: ".tickhouse",
    meaning: "Folder of the embedded log, lake and warehouse.",
  },
  route: {
    variable: "TICKHOUSE_ROUTE",
    schema: anyText,
    default: "",
    meaning:
      "A preset of these settings, as --route: simulated, index-history, quotes, bars or ticks.",
  },
  symbols: {
    variable: "TICKHOUSE_SYMBOLS",
    schema: z.string().transform((text) => text.split(",").map((s) => s.trim()).filter(Boolean))
      .refine((symbols) => symbols.length > 0, "must name at least one symbol")
      .refine(
        (symbols) => symbols.every((s) => s.length <= 32),
        "symbols have at most 32 characters",
      ),
    default: "AAPL,GOOGL,MSFT,AMZN,TSLA",
    meaning: "Symbols to simulate, separated by commas.",
  },
  rate: {
    variable: "TICKHOUSE_RATE",
    schema: z.union(
      [z.literal("max").transform(() => Infinity), amount(0.5, 1e7)],
      "must be `max` or a number from 0.5 to 10,000,000",
    ),
    default: "50",
    meaning: "Simulated ticks per second over all symbols, from 0.5; `max` for as fast as it goes.",
  },
  everySeconds: {
    variable: "TICKHOUSE_EVERY_SECONDS",
    schema: amount(0, 3600),
    default: "0",
    meaning:
      "Seconds between bursts of simulated ticks: 2, with a rate of 2.5, is five every two " +
      "seconds; 0 for ticks one by one.",
  },
  messageLog: {
    variable: "TICKHOUSE_MESSAGE_LOG",
    schema: anyText,
    default: "",
    meaning:
      "Folder in which each message of a feed is a line of JSON too, a file a topic and day; " +
      "if not set, nowhere.",
  },
  seed: {
    variable: "TICKHOUSE_SEED",
    schema: count(0, Number.MAX_SAFE_INTEGER),
    default: "1",
    meaning: "Seed of the simulator: equal seeds walk equal prices.",
  },
  market: {
    variable: "TICKHOUSE_MARKET",
    schema: choice("realistic", "plain"),
    default: "realistic",
    meaning:
      "Simulated trades: `realistic` has late, repeated, corrected and cancelled ones, sale " +
      "conditions, halts, openings and closings; `plain` has none of that.",
  },
  session: {
    variable: "TICKHOUSE_SESSION",
    schema: choice("always", "us-equities"),
    default: "always",
    meaning: "When the simulated market is open: always, or 09:30 to 16:00 New York on weekdays.",
  },
  sinks: {
    variable: "TICKHOUSE_SINKS",
    schema: z.string().transform(list(",")).refine(
      (names) => names.length > 0 && names.every((n) => SINKS.some((sink) => sink === n)),
      "must be one or more of lake, warehouse and snowflake, separated by commas",
    ),
    default: "lake,warehouse",
    meaning: "Where a stream ends: lake, warehouse (DuckDB), snowflake. Several processes may " +
      "share lake and Snowflake; one writes the warehouse.",
  },
  topics: {
    variable: "TICKHOUSE_TOPICS",
    schema: pairs,
    default: "",
    meaning: "Topics by dataset where they differ from its name, such as index_bars=market_data.",
  },
  mappings: {
    variable: "TICKHOUSE_MAPPINGS",
    schema: anyText,
    default: "",
    meaning: "File of mappings, JSON, by which topics of others are read; see docs/topics.md.",
  },
  partitions: {
    variable: "TICKHOUSE_PARTITIONS",
    schema: optional(count(1, 1024)),
    default: "",
    meaning: "Partitions of topics to be made; if not set, what the dataset declares.",
  },
  broker: {
    variable: "TICKHOUSE_BROKER",
    schema: choice("embedded", "kafka"),
    default: "embedded",
    meaning: "The log: embedded (a file in the home) or kafka.",
  },
  kafkaBrokers: {
    variable: "TICKHOUSE_KAFKA_BROKERS",
    schema: hosts,
    default: "",
    meaning: "Kafka's bootstrap servers, host:port, several separated by commas.",
  },
  kafkaClient: {
    variable: "TICKHOUSE_KAFKA_CLIENT",
    schema: choice("platformatic", "kafkajs"),
    default: "platformatic",
    meaning: "Client that appends: platformatic; or kafkajs, which loses records when a broker " +
      "dies.",
  },
  kafkaSecurity: {
    variable: "TICKHOUSE_KAFKA_SECURITY",
    schema: choice("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    default: "PLAINTEXT",
    meaning: "How Kafka is spoken to; Confluent Cloud and most hosted clusters: SASL_SSL.",
  },
  kafkaMechanism: {
    variable: "TICKHOUSE_KAFKA_SASL_MECHANISM",
    schema: choice("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
    default: "PLAIN",
    meaning: "How the user proves who it is, with SASL_PLAINTEXT and SASL_SSL.",
  },
  kafkaUsername: {
    variable: "TICKHOUSE_KAFKA_USERNAME",
    schema: anyText,
    default: "",
    meaning: "Kafka's user, or API key.",
  },
  kafkaPassword: {
    variable: "TICKHOUSE_KAFKA_PASSWORD",
    schema: anyText,
    default: "",
    meaning: "Its password, or API secret.",
    secret: true,
  },
  kafkaCa: {
    variable: "TICKHOUSE_KAFKA_CA",
    schema: anyText,
    default: "",
    meaning: "File of the authorities to trust, PEM; if not set, the system's.",
  },
  kafkaCertificate: {
    variable: "TICKHOUSE_KAFKA_CERTIFICATE",
    schema: anyText,
    default: "",
    meaning: "File of this client's certificate, PEM, for clusters that ask for one.",
  },
  kafkaKey: {
    variable: "TICKHOUSE_KAFKA_KEY",
    schema: anyText,
    default: "",
    meaning: "File of that certificate's key, PEM.",
  },
  kafkaPrefix: {
    variable: "TICKHOUSE_KAFKA_PREFIX",
    schema: z.string().regex(/^[A-Za-z0-9._-]{0,100}$/, "must be a piece of a topic's name"),
    default: "",
    meaning: "Put before the names of topics, groups and transactions on a shared cluster.",
  },
  kafkaReplication: {
    variable: "TICKHOUSE_KAFKA_REPLICATION",
    schema: optional(count(1, 15)),
    default: "",
    meaning: "Replicas of topics to be made; if not set, 3, or as many as there are brokers.",
  },
  codec: {
    variable: "TICKHOUSE_CODEC",
    schema: choice("json", "avro"),
    default: "json",
    meaning: "Format of messages: json, or avro with a Schema Registry.",
  },
  registryUrl: {
    variable: "TICKHOUSE_REGISTRY_URL",
    schema: url,
    default: "",
    meaning: "The Schema Registry, such as https://host:8081.",
  },
  registryUsername: {
    variable: "TICKHOUSE_REGISTRY_USERNAME",
    schema: anyText,
    default: "",
    meaning: "Its user, or API key.",
  },
  registryPassword: {
    variable: "TICKHOUSE_REGISTRY_PASSWORD",
    schema: anyText,
    default: "",
    meaning: "Its password, or API secret.",
    secret: true,
  },
  registryRegister: {
    variable: "TICKHOUSE_REGISTRY_REGISTER",
    schema: yes,
    default: "yes",
    meaning: "Register the dataset's schema: yes, or no to write with the latest that is there.",
  },
  store: {
    variable: "TICKHOUSE_STORE",
    schema: choice("directory", "s3", "azure"),
    default: "directory",
    meaning: "The lake: directory (in the home), s3 (Amazon S3, MinIO and the like) or azure.",
  },
  s3Endpoint: {
    variable: "TICKHOUSE_S3_ENDPOINT",
    schema: url,
    default: "",
    meaning: "S3 endpoint, such as http://host:9000; if not set, Amazon's of the region.",
  },
  s3Region: {
    variable: "TICKHOUSE_S3_REGION",
    schema: nameOf(/^[A-Za-z0-9-]{1,64}$/, "the name of a region, such as eu-central-1"),
    default: "us-east-1",
    meaning: "S3 region.",
  },
  s3Bucket: {
    variable: "TICKHOUSE_S3_BUCKET",
    schema: nameOf(/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/, "the name of a bucket"),
    default: "raw",
    meaning: "S3 bucket; it must exist.",
  },
  s3AccessKey: {
    variable: "TICKHOUSE_S3_ACCESS_KEY",
    schema: anyText,
    default: "",
    meaning: "S3 access key.",
  },
  s3SecretKey: {
    variable: "TICKHOUSE_S3_SECRET_KEY",
    schema: anyText,
    default: "",
    meaning: "S3 secret key.",
    secret: true,
  },
  s3SessionToken: {
    variable: "TICKHOUSE_S3_SESSION_TOKEN",
    schema: anyText,
    default: "",
    meaning: "S3 session token, for temporary keys.",
    secret: true,
  },
  azureConnection: {
    variable: "TICKHOUSE_AZURE_CONNECTION",
    schema: anyText,
    default: "",
    meaning: "Azure Storage connection string, with an account key or a SAS.",
    secret: true,
  },
  azureContainer: {
    variable: "TICKHOUSE_AZURE_CONTAINER",
    schema: nameOf(/^[$A-Za-z0-9-]{3,63}$/, "the name of a container"),
    default: "raw",
    meaning: "Azure Blob container; it must exist.",
  },
  lakePrefix: {
    variable: "TICKHOUSE_LAKE_PREFIX",
    schema: z.string().regex(/^([A-Za-z0-9_=-][A-Za-z0-9._=-]*\/)*$/, "must end in / or be empty"),
    default: "",
    meaning: "Put before all keys in the bucket or container, such as market/.",
  },
  proxy: {
    variable: "TICKHOUSE_PROXY",
    schema: url,
    default: "",
    meaning: "HTTP proxy to the object store, such as http://host:3128.",
  },
  lakeFormat: {
    variable: "TICKHOUSE_LAKE_FORMAT",
    schema: choice("parquet", "ndjson", "ndjson-zstd", "json"),
    default: "parquet",
    meaning: "Format of raw objects: parquet (zstd), ndjson (gzip), ndjson-zstd, or json: one " +
      "object a record.",
  },
  lakeRecordKey: {
    variable: "TICKHOUSE_LAKE_RECORD_KEY",
    schema: z.string().regex(/\{offset\}/, "must have {offset} in it"),
    default: "{topic}/{partition}/{offset}.json",
    meaning: "Key of a record's object in the format json, of {topic}, {partition} and {offset}.",
  },
  lakeRollRows: {
    variable: "TICKHOUSE_LAKE_ROLL_ROWS",
    schema: count(1, 10_000_000),
    default: "75000",
    meaning: "Rows after which raw objects are written.",
  },
  lakeRollSeconds: {
    variable: "TICKHOUSE_LAKE_ROLL_SECONDS",
    schema: amount(0.1, 3600),
    default: "60",
    meaning: "Seconds after which raw objects are written, full or not.",
  },
  ...SNOWFLAKE_SETTINGS,
  ...FEED_SETTINGS,
  retentionHours: {
    variable: "TICKHOUSE_RETENTION_HOURS",
    schema: amount(0.01, 1e6),
    default: "168",
    meaning: "Hours for which the log keeps records: the embedded one, and topics to be made.",
  },
  retentionMib: {
    variable: "TICKHOUSE_RETENTION_MIB",
    schema: count(1, 1e9),
    default: "20480",
    meaning: "MiB that the embedded log takes at the most; older records are dropped.",
  },
  beginAnew: {
    variable: "TICKHOUSE_BEGIN_ANEW",
    schema: yes,
    default: "no",
    meaning: "Let a new lake or warehouse begin where the log does, though one before it had " +
      "taken what the log no longer has: no, or yes for one start.",
  },
  metadata: {
    variable: "TICKHOUSE_METADATA",
    schema: z.string().regex(
      /^(postgres(ql)?:\/\/[^\s,/?#]+\/[^\s,/?#]+(\?[^\s#]*)?)?$/,
      "must be such as postgres://user:password@host:5432/database",
    ).refine(
      (value) => value === "" || (URL.parse(value)?.hostname ?? "") !== "",
      "must name a host",
    ),
    default: "",
    meaning:
      "Where runs, watermarks, gaps and the like are kept: postgres://user:password@host/db; " +
      "if not set, metadata.sqlite in the home.",
  },
  transformSeconds: {
    variable: "TICKHOUSE_TRANSFORM_SECONDS",
    schema: amount(0.1, 86_400),
    default: "1",
    meaning: "Seconds between builds of the models while streaming.",
  },
  memory: {
    variable: "TICKHOUSE_MEMORY",
    schema: z.string().regex(/^(\d+(MiB|GiB|MB|GB))?$/, "must be such as 2GiB"),
    default: "",
    meaning:
      "Memory that DuckDB may take; if not set, 160MiB while streaming, else most of the machine's.",
  },
  port: {
    variable: "TICKHOUSE_PORT",
    schema: optional(count(0, 65_535)),
    default: "",
    meaning: "Port of the dashboard on 127.0.0.1, 0 for any; if not set, the first free from 8600.",
  },
  queryToken: {
    variable: "TICKHOUSE_QUERY_TOKEN",
    // It travels in a header.
    schema: z.string().regex(
      /^([\x21-\x7e]{16,1024})?$/,
      "must have at least 16 characters, all of them printable ASCII without spaces",
    ),
    default: "",
    meaning: "Token of the query endpoint; if not set, a new one at each start.",
    secret: true,
  },
} as const satisfies Record<string, Setting>;

/**
 * The configuration: every setting by its name in the code.
 * @ignore
 */
export type Config = {
  readonly [K in keyof typeof SETTINGS]: z.infer<typeof SETTINGS[K]["schema"]>;
};
