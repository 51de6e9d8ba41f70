import { assertEquals, assertStringIncludes } from "@std/assert";
import { breaksSession, snowflakeError } from "./errors.ts";
import type { SnowflakeOptions } from "./options.ts";

const OPTIONS: SnowflakeOptions = {
  account: "org-one",
  user: "loader",
  authenticator: "password",
  password: "hunter2",
  warehouse: "wh",
  database: "db",
};

const thrown = (code: unknown, message = "said", more = {}) =>
  Object.assign(new Error(message), { code, ...more });

Deno.test("snowflakeError() names code, field and whether a retry helps", () => {
  const cases: [code: unknown, ours: string, field: string | undefined, kind: string][] = [
    ["390100", "SNOWFLAKE_LOGIN", "user", "terminal"],
    ["390144", "SNOWFLAKE_LOGIN", "keyPath", "terminal"],
    ["390318", "SNOWFLAKE_LOGIN", "token", "terminal"],
    ["390189", "SNOWFLAKE_LOGIN", "role", "terminal"],
    ["390999", "SNOWFLAKE_LOGIN", undefined, "terminal"],
    ["390114", "SNOWFLAKE_SESSION", undefined, "transient"],
    [407002, "SNOWFLAKE_SESSION", undefined, "transient"],
    [401001, "SNOWFLAKE_UNREACHABLE", "account", "transient"],
    ["000606", "SNOWFLAKE_WAREHOUSE", "warehouse", "terminal"],
    ["002003", "SNOWFLAKE_OBJECT", undefined, "terminal"],
    ["090105", "SNOWFLAKE_OBJECT", "database", "terminal"],
    ["003001", "SNOWFLAKE_DENIED", "role", "terminal"],
    ["000630", "SNOWFLAKE_TIMEOUT", undefined, "transient"],
    ["001003", "SNOWFLAKE_SQL", undefined, "terminal"],
    [undefined, "SNOWFLAKE_SQL", undefined, "terminal"],
  ];
  for (const [code, ours, field, kind] of cases) {
    const error = snowflakeError(thrown(code), OPTIONS);
    assertEquals([error.code, error.field, error.kind], [ours, field, kind], String(code));
  }
});

Deno.test("snowflakeError() takes a forbidden request for a wrong account, not for an outage", () => {
  const error = snowflakeError(thrown(401002, "no", { response: { statusCode: 403 } }), OPTIONS);
  assertEquals([error.field, error.kind], ["account", "terminal"]);
});

Deno.test("snowflakeError() shows the statement's beginning and no secret", () => {
  const cause = thrown("001003", "near hunter2", { request: { password: "hunter2" } });
  const error = snowflakeError(cause, OPTIONS, `SELECT\n  1 ${"x".repeat(500)}`);
  assertStringIncludes(error.message, "in: SELECT 1 xxx");
  assertEquals(error.message.length < 250, true);
  assertEquals(Deno.inspect(error, { depth: 9 }).includes("hunter2"), false);
});

Deno.test("breaksSession() is true where the connection is lost, false where a statement failed", () => {
  const broken = (code: string) => breaksSession(snowflakeError(thrown(code), OPTIONS));
  assertEquals(["390114", "401001", "000611"].map(broken), [true, true, true]);
  assertEquals(["001003", "000606", "100072"].map(broken), [false, false, false]);
});
