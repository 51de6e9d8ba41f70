/**
 * The rooms of the house: each folder with code, and what it is for. They stand on one another in
 * this order: a room may use those below it, never one above.
 * @module
 */

/** A folder below the project's, and what is in it. */
export type Room = readonly [folder: string, meaning: string];

/** From the roof to the ground. */
export const ROOMS: readonly Room[] = [
  ["services", "real servers on loopback: `deno task services`"],
  ["services/compose", "passwords and digests of docker-compose.yml"],
  ["services/kafka", "Kafka's brokers, one or a cluster"],
  ["services/azurite", "Azurite, which speaks as Azure Blob does"],
  ["services/feeds", "stand-ins for the feeds: the server, its port and its control"],
  ["services/feeds/finnhub", "Finnhub as it answers and sends"],
  ["services/feeds/yahoo", "Yahoo's charts as it answers"],
  ["services/feeds/alphavantage", "Alpha Vantage as it answers"],
  ["services/feeds/world", "what the stand-ins share: market, quirks, limits, requests"],
  ["services/feeds/market", "the seeded market: trades, and bars made of exactly these"],
  ["services/kit", "what all servers use: installing, starting, watching, ending"],
  ["pipeline/mod.ts", "what notebooks and scripts import as `tickhouse`"],
  ["pipeline/generate", "writes the files that derive from datasets, settings, errors and folders"],
  ["services/feeds/quirks", "the list of all that the stand-ins can do wrong"],
  ["pipeline/cli", "the command line: parsing and printing; the launcher and its permissions"],
  [
    "pipeline/house",
    "the library: `open()`, a method for each verb, the registry of ends and feeds",
  ],
  ["pipeline/mirror", "Snowflake's tables pulled into DuckDB"],
  ["pipeline/migrate", "the numbered files of `sql/`, each applied once"],
  ["pipeline/transform", "the models of `models/`, rendered and built"],
  ["pipeline/snowflake/streaming", "Snowpipe Streaming; experimental, and can be removed alone"],
  ["pipeline/snowflake", "Snowflake: sessions, inserts, COPY, Snowpipe; its end and target"],
  ["pipeline/duckdb", "the DuckDB warehouse; its end and target"],
  ["pipeline/lake", "raw objects in a chain of offsets; its end"],
  ["pipeline/ends", "the ports of ends and targets"],
  ["pipeline/warehouse", "the port of warehouses, and what they share"],
  ["pipeline/reconcile", "the proof: log and ends compared"],
  ["pipeline/stream", "the runners: a feed into the log, the log into a sink"],
  ["pipeline/withdraw", "what a file, a feed or a symbol brought, taken back by appending"],
  ["pipeline/dead", "dead letters as people look at them: listed, exported, tried again"],
  ["pipeline/dashboard", "the live page"],
  ["pipeline/read", "`connect()`, the endpoint, the guard, and processes that read"],
  ["pipeline/source/csv", "CSV files as a feed"],
  ["pipeline/source/formats", "vendors' files, as data"],
  ["pipeline/source/topic", "a topic of others as a feed"],
  ["pipeline/source/simulator", "simulated feeds"],
  ["pipeline/source/finnhub", "Finnhub: trades, quotes, candles"],
  ["pipeline/source/yahoo", "Yahoo Finance"],
  [
    "pipeline/history",
    "bars of providers: what is not covered yet is fetched, what is missing noted",
  ],
  ["pipeline/source", "the port of feeds"],
  ["pipeline/provider", "what all providers of data are asked by: limits, retries, symbols"],
  ["pipeline/mapping", "messages of others into records, by mappings that are declared as data"],
  ["pipeline/decode", "messages into typed rows, by DuckDB"],
  ["pipeline/sink", "the port of sinks; dead letters"],
  ["pipeline/notebook", "charts and reports in notebooks"],
  ["pipeline/calendar", "when exchanges trade, out of the reference tables of `models/seeds`"],
  [
    "pipeline/install",
    "packages that a verb needs, and Python environments, when they are first used",
  ],
  [
    "pipeline/metadata",
    "what tickhouse knows of its work: runs, watermarks, gaps, requests, symbols",
  ],
  ["pipeline/config", "settings, routes, and where they are read"],
  ["pipeline/codec", "JSON and Avro messages"],
  ["pipeline/broker/kafka", "Apache Kafka as the log"],
  ["pipeline/broker/embedded", "the log in an SQLite file"],
  ["pipeline/broker", "the port of logs"],
  ["pipeline/store/azure", "Azure Blob Storage"],
  ["pipeline/store/s3", "Amazon S3 and MinIO"],
  ["pipeline/store", "the port of object stores; folders"],
  ["pipeline/duckdb/engine", "DuckDB itself: files, sessions, errors"],
  ["pipeline/datasets", "what is carried: columns, types, limits"],
  ["pipeline/sql", "names, sessions, statements of SQL"],
  ["pipeline", "what all use: errors, batches of records, time, what may be shown"],
];
