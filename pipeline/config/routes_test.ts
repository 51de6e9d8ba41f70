import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseConfig, showConfig } from "./config.ts";
import { DATASETS } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { ROUTES } from "./routes.ts";
import { SETTINGS } from "./settings.ts";

const route = (name: string, more: Record<string, string> = {}) =>
  parseConfig({ TICKHOUSE_ROUTE: name, ...more });

Deno.test("ROUTES name datasets and settings that exist, with values that are valid", () => {
  const variables = Object.values(SETTINGS).map((setting) => setting.variable as string);
  for (const { name, datasets, parts, settings } of ROUTES) {
    for (const dataset of datasets) assert(DATASETS.some((d) => d.name === dataset), dataset);
    for (const variable of Object.keys({ ...parts, ...settings })) {
      assert(variables.includes(variable), `${name}: ${variable}`);
    }
    assertEquals(route(name).home, `.tickhouse/${name}`);
  }
});

Deno.test("the setting of routes names each of them", () => {
  for (const { name } of ROUTES) assert(SETTINGS.route.meaning.includes(name), name);
});

Deno.test("a route is what it consists of, whatever the environment says", () => {
  const config = route("index-history", { TICKHOUSE_STORE: "s3", TICKHOUSE_CODEC: "json" });
  assertEquals([config.broker, config.codec, config.store], ["kafka", "avro", "azure"]);
  assertEquals(config.sinks, ["lake"]);
});

Deno.test("environment and .env go before a route's settings", () => {
  const environment = { TICKHOUSE_ROUTE: "quotes", TICKHOUSE_S3_BUCKET: "mine" };
  const dotEnv = { TICKHOUSE_LAKE_ROLL_SECONDS: "5" };
  const config = parseConfig(environment, dotEnv);
  assertEquals([config.s3Bucket, config.lakeRollSeconds], ["mine", 5]);
  const shown = showConfig(environment, dotEnv);
  const origins = new Map(shown.map(({ variable, origin }) => [variable, origin]));
  assertEquals(origins.get("TICKHOUSE_S3_BUCKET"), "environment");
  assertEquals(origins.get("TICKHOUSE_LAKE_ROLL_SECONDS"), ".env");
  assertEquals(origins.get("TICKHOUSE_BROKER"), "route");
  assertEquals(origins.get("TICKHOUSE_HOME"), "route");
  assertEquals(origins.get("TICKHOUSE_SEED"), "default");
});

Deno.test("a route that does not exist is refused with those that do", () => {
  const error = assertThrows(() => route("nope"), TickhouseError, "simulated, index-history");
  assertEquals(error.code, "ROUTE_UNKNOWN");
});

Deno.test("settings of Kafka, stores and topics say what is wrong with them", () => {
  const bad = {
    TICKHOUSE_KAFKA_BROKERS: "no-port",
    TICKHOUSE_KAFKA_SECURITY: "SSL3",
    TICKHOUSE_S3_ENDPOINT: "localhost:9000",
    TICKHOUSE_TOPICS: "ticks",
    TICKHOUSE_SINKS: "lake,nowhere",
    TICKHOUSE_LAKE_RECORD_KEY: "{topic}.json",
    TICKHOUSE_LAKE_PREFIX: "no-slash",
    TICKHOUSE_REGISTRY_REGISTER: "maybe",
    TICKHOUSE_PARTITIONS: "0",
  };
  for (const [variable, value] of Object.entries(bad)) {
    const error = assertThrows(() => parseConfig({ [variable]: value }), TickhouseError, variable);
    assertEquals(error.code, "CONFIG_INVALID");
  }
});

Deno.test("passwords and keys are never shown", () => {
  const secrets = Object.values(SETTINGS).filter((s) => "secret" in s && s.secret)
    .map((setting) => setting.variable);
  assert(secrets.length >= 6, secrets.join());
  for (const variable of secrets) {
    const [shown] = showConfig({ [variable]: "open-sesame-open-sesame" })
      .filter((setting) => setting.variable === variable);
    assertEquals(shown?.value, "(secret)");
  }
});
