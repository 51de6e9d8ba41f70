/** The routes as a user runs them, on real servers. @module */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { withServices } from "services/fixture.ts";
import { parseConfig } from "tickhouse/config/config.ts";
import { openStore } from "tickhouse/house/adapters.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { assertDone, assertRefused, Place } from "../cli/command.ts";

const servers = await withServices([
  ...["kafka", "minio", "registry", "azurite", "snowflake", "feeds"] as const,
]);
const SAMPLE = join(import.meta.dirname ?? "", "..", "..", "data", "index_daily_sample.csv");

/** A place whose topics and keys no other test uses. */
class Site extends Place {
  readonly env: Record<string, string>;

  constructor() {
    super();
    const prefix = crypto.randomUUID().slice(0, 8);
    const all = Object.values(servers).map(({ variables }) => variables);
    this.env = {
      ...Object.assign({}, ...all),
      TICKHOUSE_KAFKA_PREFIX: `${prefix}.`,
      TICKHOUSE_LAKE_PREFIX: `${prefix}/`,
    };
  }

  /** Runs a verb on the servers. */
  go(args: readonly string[], env: Record<string, string> = {}) {
    return this.run(args, { ...this.env, ...env });
  }

  /** The keys of the lake that the route writes. */
  async keys(route: string, prefix: string): Promise<string[]> {
    const env = { ...this.env, TICKHOUSE_HOME: this.home, TICKHOUSE_ROUTE: route };
    await using store = await openStore(parseConfig(env));
    return await Array.fromAsync(store.list(prefix));
  }
}

Deno.test("route simulated: five ticks every two seconds through Kafka into Snowflake, each in logs/ too", async () => {
  using site = new Site();
  const logs = join(site.home, "logs");
  const database = `ROUTES_${crypto.randomUUID().slice(0, 8).toUpperCase()}`;
  const env = { TICKHOUSE_SNOWFLAKE_DATABASE: database, TICKHOUSE_MESSAGE_LOG: logs };
  assertDone(await site.go(["migrate", "--target", "snowflake"], env));
  const stream = ["stream", "--route", "simulated", "--no-models", "--limit"];
  const slow = { ...env, TICKHOUSE_RATE: "2.5" };
  const first = assertDone(await site.go([...stream, "10"], slow));
  assertMatch(first, /proven +10 records/);
  assertMatch(first, /sent +1\d records acknowledged by the brokers, 0 given up/);
  // On from where it stood, at full speed.
  assertMatch(assertDone(await site.go([...stream, "20000"], env)), /read +19,990 records/);
  const sql = "select count(*) as n, count(distinct _partition || ' ' || _offset) as d " +
    "from bronze.ticks";
  const query = ["query", sql, "--target", "snowflake", "--route", "simulated", "--json"];
  const found = JSON.parse(assertDone(await site.go(query, env)));
  assertEquals(found.map((row: object) => Object.values(row).map(Number)), [[20_000, 20_000]]);
  const proof = assertDone(await site.go(["reconcile", "--route", "simulated"], env));
  assertMatch(proof, /proven: 20,000 records, each exactly once/);
  const files = [...Deno.readDirSync(logs)].map(({ name }) => name);
  const lines = files.flatMap((name) =>
    Deno.readTextFileSync(join(logs, name)).trimEnd().split("\n")
  );
  assert(files.every((name) => /^ticks-\d{4}-\d\d-\d\d\.ndjson$/.test(name)), files.join());
  assertEquals([lines.length, JSON.parse(lines[0] ?? "").source], [20_000, "simulator"]);
});

Deno.test("route bars: history and what follows it, from Yahoo into lake and warehouse, answers kept", async () => {
  using site = new Site();
  const history = ["ingest", "--route", "bars", "--source", "yahoo", "--symbols", "IBM,^GSPC"];
  const range = ["--from", "2024-01-02", "--to", "2024-06-28"];
  const first = assertDone(await site.go([...history, ...range]));
  assertMatch(first, /fetched +yahoo IBM 1d: 124 new/);
  assertMatch(first, /proven +\d+ records/);
  assertMatch(assertDone(await site.go([...history, ...range])), /nothing new of 2 series/);
  assertMatch(assertDone(await site.go(["gaps", "--route", "bars"])), /explained/);
  const proof = assertDone(await site.go(["reconcile", "--route", "bars", "--explain"]));
  assertMatch(proof, /each exactly once[^]*explained/);
  const keys = await site.keys("bars", "feeds/yahoo/1d/");
  assertEquals(keys.map((key) => key.replace(/\/[^/]*(\.\w+)$/, "/*$1")), [
    "feeds/yahoo/1d/=5EGSPC/*.csv",
    "feeds/yahoo/1d/=5EGSPC/*.json",
    "feeds/yahoo/1d/IBM/*.csv",
    "feeds/yahoo/1d/IBM/*.json",
  ]);
  const live = ["stream", "--route", "bars", "--symbols", "BTC-USD", "--seconds", "8"];
  assertMatch(assertDone(await site.go(live)), /fetched +yahoo BTC-USD 1m: [\d,]+ new/);
});

Deno.test("route ticks: Parquet in S3, read back by load", async () => {
  using site = new Site();
  const stream = ["stream", "--route", "ticks", "--limit", "20000"];
  assertMatch(assertDone(await site.go(stream)), /stored +20,000 rows in the lake/);
  const keys = await site.keys("ticks", "ticks/date=");
  assert(keys.length > 0);
  for (const key of keys) {
    assertMatch(key, /^ticks\/date=\d{4}-\d\d-\d\d\/partition=\d\/\d{20}\.parquet$/);
  }
  const loaded = assertDone(await site.go(["load", "--route", "ticks", "--json"]));
  assertEquals(JSON.parse(loaded).map((r: { rows: number }) => r.rows), [20_000]);
});

Deno.test("route quotes: Finnhub's quotes in the bucket real-time", async () => {
  using site = new Site();
  const stream = ["stream", "--route", "quotes", "--symbols", "AAPL,BRK.B,NOPE", "--seconds", "6"];
  const done = await site.go(stream);
  // One that Finnhub does not know is named, and stops no other.
  assertMatch(done.err, /NOPE/);
  assertMatch(done.out, /each exactly once in the lake/);
  const keys = await site.keys("quotes", "quotes/date=");
  assert(keys.length > 0 && keys.every((key) => key.endsWith(".parquet")), keys.join());
});

Deno.test("route index-history: each row of the file an object in Azure, through Avro", async () => {
  using site = new Site();
  using folder = new TempFolder();
  const file = join(folder.path, "index.csv");
  const lines = Deno.readTextFileSync(SAMPLE).split("\n").slice(0, 41);
  Deno.writeTextFileSync(file, lines.join("\n"));
  const stream = ["stream", "--route", "index-history", "--file", file];
  assertMatch(assertDone(await site.go(stream)), /proven +40 records/);
  const keys = (await site.keys("index-history", "kafka-messages")).sort();
  assertEquals(keys.length, 40);
  assertEquals(keys.includes("kafka-messages0.json"), true);
  const again = assertDone(await site.go(stream));
  assertMatch(again, /read +nothing new/);
  assertEquals((await site.keys("index-history", "kafka-messages")).length, 40);
  assertDone(await site.go(["reconcile", "--route", "index-history"]));
});

Deno.test("Avro messages that are none become dead letters, and the rest is proven", async () => {
  using site = new Site();
  const avro = {
    TICKHOUSE_BROKER: "kafka",
    TICKHOUSE_CODEC: "avro",
    TICKHOUSE_STORE: "s3",
  };
  const stream = ["stream", "--limit", "2000", "--no-models"];
  assertMatch(assertDone(await site.go(stream, avro)), /proven +2,000 records/);
  // Others put JSON into the topic of Avro messages.
  const rows = Array.from({ length: 30 }, (_, i) => `A,1.5,1,2026-11-20T15:00:00Z,x${i}`);
  const file = site.write(
    "ticks.csv",
    ["symbol,price,size,event_time,trade_id", ...rows].join("\n"),
  );
  const json = { ...avro, TICKHOUSE_CODEC: "json" };
  assertDone(await site.go(["ingest", "--log-only", "--file", file], json));
  const rest = ["stream", "--source", "none", "--seconds", "1", "--no-models"];
  // Nothing else came: that run is none to be content with.
  const refused = await site.go(rest, avro);
  assertEquals(refused.code, 1, refused.err);
  assertMatch(refused.out, /dead +30 dead letters/);
  const proof = assertDone(await site.go(["reconcile", "--dataset", "ticks"], avro));
  assertMatch(proof, /proven: 2,030 records.*2,000 rows, 30 dead letters/);
});

Deno.test("two workers share a lake, and the proof covers both", async () => {
  using site = new Site();
  const lake = {
    ...site.env,
    TICKHOUSE_BROKER: "kafka",
    TICKHOUSE_STORE: "s3",
    TICKHOUSE_SINKS: "lake",
    TICKHOUSE_LAKE_ROLL_ROWS: "500",
    TICKHOUSE_LAKE_ROLL_SECONDS: "0.5",
  };
  assertDone(await site.run(["stream", "--limit", "1000", "--no-models"], lake));
  const worker = ["stream", "--source", "none", "--no-models"];
  await using first = site.start(worker, lake);
  await using second = site.start(worker, lake);
  const feed = ["stream", "--limit", "30000", "--no-models"];
  assertDone(await site.run(feed, lake));
  assertEquals((await first.end()).code, 0);
  assertEquals((await second.end()).code, 0);
  const proof = assertDone(await site.run(["reconcile"], lake));
  assertMatch(proof, /proven: 30,000 records, each exactly once, no gap/);
});

Deno.test("what a route needs and does not find is named, with what to do", async () => {
  using site = new Site();
  const nothing = await site.run(["stream", "--route", "ticks"]);
  assertRefused(
    nothing,
    "CONFIG_INVALID",
    /TICKHOUSE_KAFKA_BROKERS/,
    /deno task services up kafka/,
  );
  const route = await site.go(["stream", "--route", "nope"]);
  assertRefused(route, "ROUTE_UNKNOWN", /simulated, index-history, quotes, bars, ticks/);
  const page = await site.go(["stream", "--route", "ticks", "--dashboard"]);
  assertRefused(page, "OPTION_INVALID", /dashboard/, /TICKHOUSE_SINKS/);
  const file = ["ingest", "--file", SAMPLE];
  const other = await site.go(file, { TICKHOUSE_ROUTE: "ticks" });
  assertRefused(other, "OPTION_INVALID", /index_bars/, /ticks/);
});

Deno.test("doctor and status speak of the route's servers, and hide secrets", async () => {
  using site = new Site();
  assertDone(await site.go(["stream", "--route", "ticks", "--limit", "100"]));
  const doctor = await site.go(["doctor", "--route", "ticks"]);
  assertEquals(doctor.code, 0, doctor.out);
  assertMatch(doctor.out, new RegExp(site.env["TICKHOUSE_KAFKA_BROKERS"] ?? "?"));
  const secret = site.env["TICKHOUSE_S3_SECRET_KEY"] ?? "";
  assert(secret !== "" && !doctor.out.includes(secret));
  const status = JSON.parse(assertDone(await site.go(["status", "--route", "ticks", "--json"])));
  assertEquals(status.map((row: { dataset: string }) => row.dataset), ["ticks"]);
});
