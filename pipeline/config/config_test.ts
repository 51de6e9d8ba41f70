import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { envExample, parseConfig, readDotEnv, showConfig } from "./config.ts";
import { TickhouseError } from "../errors.ts";
import { SETTINGS } from "./settings.ts";
import { TempFolder } from "../testing.ts";

Deno.test("parseConfig() of nothing gives defaults that run", () => {
  const config = parseConfig({});
  assertEquals(config.home, ".tickhouse");
  assertEquals(config.symbols, ["AAPL", "GOOGL", "MSFT", "AMZN", "TSLA"]);
  assertEquals(config.rate, 50);
});

Deno.test("parseConfig() puts the environment before .env before the default", () => {
  const dotEnv = { TICKHOUSE_PORT: "1", TICKHOUSE_RATE: "2" };
  const config = parseConfig({ TICKHOUSE_PORT: "3", TICKHOUSE_SEED: "" }, dotEnv);
  assertEquals([config.port, config.rate, config.seed], [3, 2, 1]);
});

Deno.test("parseConfig() names the variable, the value and the fix", () => {
  const cases: [string, string, string][] = [
    ["TICKHOUSE_RATE", "fast", "fast"],
    ["TICKHOUSE_RATE", "0.1", "0.1"],
    ["TICKHOUSE_RATE", "NaN", "NaN"],
    ["TICKHOUSE_PORT", "70000", "at most 65535"],
    ["TICKHOUSE_PORT", "80.5", "whole number"],
    ["TICKHOUSE_SYMBOLS", " , ", "at least one symbol"],
    ["TICKHOUSE_SESSION", "lunch", "one of always, us-equities"],
    ["TICKHOUSE_MEMORY", "lots", "such as 2GiB"],
  ];
  for (const [variable, value, says] of cases) {
    const error = assertThrows(() => parseConfig({ [variable]: value }), TickhouseError, variable);
    assertStringIncludes(error.message, says);
    assertStringIncludes(error.message, ".env.example");
  }
});

Deno.test("parseConfig() refuses a misspelt name", () => {
  assertThrows(() => parseConfig({ TICKHOUSE_PROT: "1" }), TickhouseError, "TICKHOUSE_PROT");
});

Deno.test("a secret appears neither in errors nor in showConfig()", () => {
  const secret = { TICKHOUSE_QUERY_TOKEN: "hunter2" };
  const error = assertThrows(() => parseConfig(secret), TickhouseError);
  assertEquals(error.message.includes("hunter2"), false);
  assertEquals(JSON.stringify(showConfig(secret)).includes("hunter2"), false);
});

Deno.test("envExample() names every setting", () => {
  for (const { variable } of Object.values(SETTINGS)) assertStringIncludes(envExample(), variable);
});

Deno.test("parseConfig() refuses values that can't be meant, and names the variable", () => {
  const cases: [string, string, RegExp][] = [
    ["TICKHOUSE_TOPICS", "ticks=x,quotes=x", /one topic.*ticks.*quotes/],
    ["TICKHOUSE_TOPICS", "ticks=a,ticks=b", /ticks.*twice/],
    ["TICKHOUSE_TOPICS", "trades=a", /no dataset trades.*ticks/],
    ["TICKHOUSE_TOPICS", "ticks=quotes", /one topic.*ticks.*quotes/],
    ["TICKHOUSE_TOPICS", "ticks=quotes,quotes=ticks", /default topic/],
    ["TICKHOUSE_TOPICS", "ticks=quotes.dead", /dead letters/],
    ["TICKHOUSE_TOPICS", "ticks=ticks.dead", /dead letters/],
    ["TICKHOUSE_TOPICS", "ticks=a,quotes=a.dead", /dead letters/],
    ["TICKHOUSE_TOPICS", "ticks=a.b,quotes=A_b", /one topic/],
    ["TICKHOUSE_TOPICS", "ticks=..", /must be pairs/],
    ["TICKHOUSE_TOPICS", "ticks=a=b", /must be pairs/],
    ["TICKHOUSE_TOPICS", `ticks=${"x".repeat(245)}`, /must be pairs/],
    ["TICKHOUSE_QUERY_TOKEN", "äöüäöüäöüäöüäöüäöü", /printable ASCII/],
    ["TICKHOUSE_QUERY_TOKEN", "with spaces in it, long", /printable ASCII/],
    ["TICKHOUSE_KAFKA_PASSWORD", "canary-of-a-file\n", /control character/],
    ["TICKHOUSE_SYMBOLS", "A\u001b[31mB", /control character/],
    ["TICKHOUSE_SYMBOLS", "A\u202eB", /control character/],
    ["TICKHOUSE_HOME", "a\u0000b", /control character/],
    ["TICKHOUSE_HOME", "   ", /only of spaces/],
    ["TICKHOUSE_HOME", "http://127.0.0.1:9/home", /not an address/],
    ["TICKHOUSE_HOME", "me:word@host", /not an address/],
    ["TICKHOUSE_HOME", "/data/a?b", /no question mark/],
    ["TICKHOUSE_SEED", "   ", /only of spaces/],
    ["TICKHOUSE_SEED", "0x10", /must be a number/],
    ["TICKHOUSE_LAKE_ROLL_SECONDS", "Infinity", /must be a number/],
    ["TICKHOUSE_SYMBOLS", "x,".repeat(50_000), /at most/],
    ["TICKHOUSE_KAFKA_BROKERS", "host:99999", /host:port/],
    ["TICKHOUSE_KAFKA_BROKERS", "host:0", /host:port/],
    ["TICKHOUSE_PROXY", "http://[", /https:\/\/host:port/],
    ["TICKHOUSE_PROXY", "http://host:99999", /https:\/\/host:port/],
    ["TICKHOUSE_REGISTRY_URL", "http://host/?x=1", /https:\/\/host:port/],
    ["TICKHOUSE_S3_REGION", "evil.example/", /region/],
    ["TICKHOUSE_SNOWFLAKE_ACCOUNT", "evil.example/x", /account/],
    ["TICKHOUSE_S3_BUCKET", "../other", /bucket/],
    ["TICKHOUSE_AZURE_CONTAINER", "a/b", /container/],
    ["TICKHOUSE_METADATA", "mysql://host/db", /postgres:/],
    ["TICKHOUSE_METADATA", "metadata.sqlite", /postgres:/],
    ["TICKHOUSE_METADATA", "postgres://host", /postgres:/],
    ["TICKHOUSE_METADATA", "postgres://user:word@/db", /host/],
    ["TICKHOUSE_METADATA", "postgres://host:99999/db", /host/],
  ];
  for (const [variable, value, says] of cases) {
    const error = assertThrows(() => parseConfig({ [variable]: value }), TickhouseError, variable);
    assertEquals(error.code, "CONFIG_INVALID");
    assertMatch(error.message, says);
  }
});

Deno.test("parseConfig() takes what is odd but right", () => {
  const config = parseConfig({
    TICKHOUSE_TOPICS: "ticks=market.ticks, quotes=market.quotes",
    TICKHOUSE_SEED: " 7 ",
    TICKHOUSE_RATE: "1e3",
    TICKHOUSE_QUERY_TOKEN: "~!#$%^&*()_+-=[]{}",
    TICKHOUSE_PROXY: "http://me:pass%40word@[::1]:3128",
    TICKHOUSE_KAFKA_PASSWORD: " spaces are kept ",
  });
  assertEquals(config.topics, { ticks: "market.ticks", quotes: "market.quotes" });
  assertEquals([config.seed, config.rate, config.kafkaPassword], [7, 1000, " spaces are kept "]);
});

Deno.test("what is secret within a value is not shown: a user of a URL, a signature", () => {
  const canary = "canary-8c2e";
  const values: Record<string, string> = {
    TICKHOUSE_PROXY: `http://me:${canary}@127.0.0.1:1`,
    TICKHOUSE_REGISTRY_URL: `http://me:${canary}/with@slash@127.0.0.1:1`,
    TICKHOUSE_S3_ENDPOINT: `http://127.0.0.1:1/?X-Amz-Signature=${canary}`,
    TICKHOUSE_KAFKA_BROKERS: `me:${canary}@host:9092`,
    TICKHOUSE_METADATA: `postgres://me:${canary},more@host/db?sslmode=require`,
    TICKHOUSE_SNOWFLAKE_URL: `nonsense://${canary}@host`,
  };
  for (const [variable, value] of Object.entries(values)) {
    const shown = JSON.stringify(showConfig({ [variable]: value }));
    assert(!shown.includes(canary), `${variable} in ${shown.slice(0, 4000)}`);
    try {
      parseConfig({ [variable]: value });
    } catch (error) {
      assert(error instanceof TickhouseError && !error.message.includes(canary), String(error));
    }
  }
});

Deno.test("an @ alone is no secret: of a folder, or of a user's name", () => {
  const values = {
    TICKHOUSE_HOME: "/data/me@work/home",
    TICKHOUSE_SNOWFLAKE_USER: "someone@example.org",
    TICKHOUSE_KAFKA_CA: "C:/certs/me@work.pem",
  };
  const shown = showConfig(values).map(({ value }) => value);
  for (const value of Object.values(values)) assert(shown.includes(value), value);
});

Deno.test("readDotEnv(): a line that makes no setting is refused, without what may be a secret", () => {
  using folder = new TempFolder();
  const path = join(folder.path, ".env");
  for (
    const line of [
      "TICKHOUSE_RATE 10",
      "tickhouse_rate=10",
      "export Tickhouse_Rate=1",
      "TICKHOUSE_",
    ]
  ) {
    Deno.writeTextFileSync(path, `# TICKHOUSE_SEED 1\nOTHER\n${line} hunter2\n`);
    const error = assertThrows(() => readDotEnv(path), TickhouseError, "makes no setting");
    assert(!error.message.includes("hunter2"), error.message);
  }
  Deno.writeTextFileSync(path, 'export TICKHOUSE_RATE = 10\r\nTICKHOUSE_SEED="7"\n');
  assertEquals(readDotEnv(path), { TICKHOUSE_RATE: "10", TICKHOUSE_SEED: "7" });
});

Deno.test("readDotEnv(): a folder or an unreadable file is refused by name", () => {
  using folder = new TempFolder();
  const error = assertThrows(() => readDotEnv(folder.path), TickhouseError, folder.path);
  assertEquals(error.code, "CONFIG_INVALID");
  assertEquals(readDotEnv(`${folder.path}/missing`), {});
});
