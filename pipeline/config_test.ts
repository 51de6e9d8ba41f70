import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { envExample, parseConfig, showConfig } from "./config.ts";
import { TickhouseError } from "./errors.ts";
import { SETTINGS } from "./settings.ts";

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

Deno.test("parseConfig() names the variable, the value and the mend", () => {
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
