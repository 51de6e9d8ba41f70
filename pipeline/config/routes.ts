/**
 * Routes: named presets of settings that put source, log and sinks together.
 * @module
 */
import { TickhouseError } from "../errors.ts";
import { redactedSetting } from "../shown.ts";

/** Where a route's records come from. */
export type RouteSource = "simulator" | "finnhub-quotes" | "yahoo" | "csv";

/** A preset. */
export interface Route {
  readonly name: string;
  /** What flows where, as a sentence. */
  readonly meaning: string;
  /** Names of the datasets that it carries. */
  readonly datasets: readonly string[];
  /** What `deno task stream` reads unless told otherwise. */
  readonly source: RouteSource;
  /** The file that `csv` reads unless told otherwise. */
  readonly file?: string;
  /** What the route consists of: log, messages, sinks. These settings can't be overridden. */
  readonly parts: Readonly<Record<string, string>>;
  /** Settings by variable, as text; environment and `.env` go before them. */
  readonly settings: Readonly<Record<string, string>>;
}

/** All presets. */
export const ROUTES: readonly Route[] = [
  {
    name: "simulated",
    meaning: "simulated ticks, five every two seconds, through Kafka into Snowflake",
    datasets: ["ticks"],
    source: "simulator",
    parts: { TICKHOUSE_BROKER: "kafka", TICKHOUSE_CODEC: "json", TICKHOUSE_SINKS: "snowflake" },
    settings: {
      TICKHOUSE_RATE: "2.5",
      TICKHOUSE_EVERY_SECONDS: "2",
      TICKHOUSE_MARKET: "plain",
      TICKHOUSE_MESSAGE_LOG: "logs",
    },
  },
  {
    name: "index-history",
    meaning: "index history from CSV as Avro through Kafka into Azure Blob, one object a record",
    datasets: ["index_bars"],
    source: "csv",
    file: "data/index_daily_sample.csv",
    parts: {
      TICKHOUSE_BROKER: "kafka",
      TICKHOUSE_CODEC: "avro",
      TICKHOUSE_SINKS: "lake",
      TICKHOUSE_STORE: "azure",
    },
    settings: {
      TICKHOUSE_TOPICS: "index_bars=market_data",
      TICKHOUSE_PARTITIONS: "1",
      TICKHOUSE_LAKE_FORMAT: "json",
      TICKHOUSE_LAKE_RECORD_KEY: "kafka-messages{offset}.json",
      TICKHOUSE_LAKE_ROLL_ROWS: "1000",
      TICKHOUSE_LAKE_ROLL_SECONDS: "5",
    },
  },
  {
    name: "quotes",
    meaning: "Finnhub's quotes through Kafka into MinIO as Parquet, a file a minute",
    datasets: ["quotes"],
    source: "finnhub-quotes",
    parts: {
      TICKHOUSE_BROKER: "kafka",
      TICKHOUSE_CODEC: "json",
      TICKHOUSE_SINKS: "lake",
      TICKHOUSE_STORE: "s3",
    },
    settings: {
      TICKHOUSE_S3_BUCKET: "real-time",
      TICKHOUSE_LAKE_ROLL_SECONDS: "60",
    },
  },
  {
    name: "bars",
    meaning:
      "bars of Yahoo Finance through the log into lake and warehouse, splits and payouts too",
    datasets: ["bars", "corporate_actions"],
    source: "yahoo",
    parts: { TICKHOUSE_SINKS: "lake,warehouse" },
    settings: {},
  },
  {
    name: "ticks",
    meaning: "ticks through Kafka into S3 as Parquet, a file each 15 seconds",
    datasets: ["ticks"],
    source: "simulator",
    parts: {
      TICKHOUSE_BROKER: "kafka",
      TICKHOUSE_CODEC: "json",
      TICKHOUSE_SINKS: "lake",
      TICKHOUSE_STORE: "s3",
    },
    settings: {
      TICKHOUSE_S3_BUCKET: "raw",
      TICKHOUSE_LAKE_ROLL_SECONDS: "15",
    },
  },
];

/** The route of that name; throws `ROUTE_UNKNOWN`. */
export function routeNamed(name: string): Route {
  const found = ROUTES.find((route) => route.name === name);
  if (found) return found;
  throw new TickhouseError("ROUTE_UNKNOWN", "there is no such route", {
    field: "TICKHOUSE_ROUTE",
    value: redactedSetting(name),
    fix: `use one of ${ROUTES.map((route) => route.name).join(", ")}`,
  });
}

/** A route's settings, its own folder among them: its positions are not those of another log. */
export function routeSettings(route: Route): Readonly<Record<string, string>> {
  return { TICKHOUSE_HOME: `.tickhouse/${route.name}`, ...route.settings };
}
