/**
 * Every setting gets a canary for a secret: none may come out, whatever fails and whoever says why.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type Setting, url } from "tickhouse/config/setting.ts";
import { SETTINGS } from "tickhouse/config/settings.ts";
import { assertNoStack, type Finished, Place } from "./command.ts";

/** What every canary begins with. Base64 of it is a key for Azure. */
const CANARY = "CanaryOf";

/** Variables, by name. */
type Environment = Record<string, string>;

/** Each secret setting is a canary, and each address has one for a user's password. */
function canaries(port: number): Environment {
  const settings = Object.values<Setting>(SETTINGS);
  const secrets = settings.filter(({ secret }) => secret);
  const addresses = settings.filter(({ schema }) => schema === url);
  assert(secrets.length >= 8 && addresses.length >= 4, "the registry has both");
  const name = (variable: string) => `${CANARY}${variable.replace("TICKHOUSE_", "")}`;
  return {
    ...Object.fromEntries(secrets.map(({ variable }) => [variable, name(variable)])),
    ...Object.fromEntries(addresses.map(({ variable }) => [
      variable,
      `http://me:${name(variable)}@127.0.0.1:${port}`,
    ])),
    TICKHOUSE_AZURE_CONNECTION: `BlobEndpoint=http://127.0.0.1:${port}/me;AccountName=me;` +
      `AccountKey=${CANARY}AccountKeyX`,
  };
}

/** What makes every adapter prove who it is. */
function adapters(port: number): Environment {
  return {
    TICKHOUSE_KAFKA_BROKERS: `127.0.0.1:${port}`,
    TICKHOUSE_KAFKA_SECURITY: "SASL_PLAINTEXT",
    TICKHOUSE_KAFKA_USERNAME: "me",
    TICKHOUSE_REGISTRY_USERNAME: "me",
    TICKHOUSE_S3_ACCESS_KEY: "me",
    TICKHOUSE_SNOWFLAKE_ACCOUNT: "standin",
    TICKHOUSE_SNOWFLAKE_USER: "me",
    TICKHOUSE_KAFKA_PASSWORD: `${CANARY}KAFKA_PASSWORD`,
  };
}

/** What each adapter is asked by. */
const PARTS: Readonly<Record<string, Environment>> = {
  kafka: { TICKHOUSE_BROKER: "kafka" },
  kafkajs: { TICKHOUSE_BROKER: "kafka", TICKHOUSE_KAFKA_CLIENT: "kafkajs" },
  registry: { TICKHOUSE_CODEC: "avro" },
  s3: { TICKHOUSE_STORE: "s3", TICKHOUSE_PROXY: "" },
  "s3 by a proxy": { TICKHOUSE_STORE: "s3" },
  azure: { TICKHOUSE_STORE: "azure", TICKHOUSE_PROXY: "" },
  "azure by a proxy": { TICKHOUSE_STORE: "azure" },
  snowflake: { TICKHOUSE_SINKS: "snowflake" },
  "snowflake by a token": {
    TICKHOUSE_SINKS: "snowflake",
    TICKHOUSE_SNOWFLAKE_AUTHENTICATOR: "oauth",
  },
};

const LIMITED = ["stream", "--limit", "10", "--no-models"];

/** Fails if a canary is in what was printed, plain or as Base64. */
function assertKept(what: string, { code, out, err }: Finished): void {
  const text = `${out}\n${err}`;
  const at = text.indexOf(CANARY);
  assert(at < 0, `${what} tells a secret: ${text.slice(Math.max(0, at - 200), at + 100)}`);
  for (const word of text.match(/[A-Za-z0-9+/]{12,}/g) ?? []) {
    for (const skip of [0, 1, 2, 3]) {
      const part = word.slice(skip, skip + Math.floor((word.length - skip) / 4) * 4);
      assert(!atob(part).includes(CANARY), `${what} tells a secret in Base64: ${word}`);
    }
  }
  assert(code === 0 || code === 1 || code === 2, `${what} ends with ${code}: ${text}`);
  assertNoStack({ code, out, err });
}

/** A port of loopback at which nothing listens. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** A server that refuses everything, and says in many ways what it was sent. */
function echo(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const sent = [
      request.url,
      ...[...request.headers].map(([name, value]) => `${name}: ${value}`),
      await request.text(),
    ].join(" ");
    if (request.headers.has("x-amz-date") || request.headers.has("x-ms-version")) {
      const text = sent.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
      const body = `<Error><Code>AccessDenied</Code><Message>${text}</Message></Error>`;
      return new Response(body, { status: 403, headers: { "content-type": "application/xml" } });
    }
    const status = request.url.includes("/session/") ? 200 : 401;
    return Response.json({ success: false, code: "390100", message: sent, data: {} }, { status });
  });
}

for (const [kind, serve] of Object.entries({ "a closed port": undefined, "an echo": echo })) {
  for (const [part, own] of Object.entries(PARTS)) {
    if (serve && part.startsWith("kafka")) continue; // It does not speak HTTP.
    Deno.test(`no secret comes out of ${part} at ${kind}`, async () => {
      using place = new Place();
      await using server = serve?.();
      const port = server?.addr.port ?? closedPort();
      const env = { ...canaries(port), ...adapters(port), ...own };
      const verbs = [LIMITED, ["doctor"], ["doctor", "--json"]];
      const results = await Promise.all(verbs.map((verb) => place.run(verb, env)));
      results.push(await place.run(["status"], env));
      for (const [i, result] of results.entries()) {
        assertKept(`${verbs[i]?.[0] ?? "status"} of ${part}`, result);
      }
      // The parts did fail, and the canaries were there to be told.
      assertEquals(results[0]?.code, 2, results[0]?.err);
      assert(/\(secret\)/.test(results[1]?.out ?? ""));
      JSON.parse(results[2]?.out ?? "");
    });
  }
}

Deno.test("no secret comes out of verbs that ask Snowflake", async () => {
  using place = new Place();
  const port = closedPort();
  const env = { ...canaries(port), ...adapters(port) };
  const snowflake = ["--target", "snowflake"];
  const verbs = [
    ["query", "select 1", ...snowflake],
    ["load", ...snowflake],
    ["transform", ...snowflake],
    ["migrate", ...snowflake],
    ["mirror"],
    ["reconcile"],
  ];
  await Promise.all(verbs.map(async (verb) => {
    assertKept(verb.join(" "), await place.run(verb, env));
  }));
});

// How each kind of a wrong value is shown, `config_test.ts` looks at.
Deno.test("no secret comes out of an address that is refused", async () => {
  using place = new Place();
  const addresses = Object.values<Setting>(SETTINGS).filter(({ schema }) => schema === url);
  await Promise.all(addresses.map(async ({ variable }) => {
    const odd = { [variable]: `http://me:${CANARY}@127.0.0.1/?sv=1&sig=${CANARY}` };
    const results = [await place.run(["doctor"], odd), await place.run(["status"], odd)];
    for (const result of results) assertKept(variable, result);
    assertEquals(results.map(({ code }) => code), [1, 2]);
  }));
});

Deno.test("a symbol from a feed steers no terminal: status line, query, JSON", async () => {
  using place = new Place();
  const symbol = "A\u001b[31mB\u009bC\u202eD";
  const file = place.write(
    "a.csv",
    `Ticker,Date,Open,High,Low,Close\n${symbol},2000-01-03,1,1,1,1\n`,
  );
  const sql = "select symbol from bronze.bars";
  const results = [
    await place.run(["ingest", "--file", file]),
    await place.run(["query", sql]),
    await place.run(["query", "--json", sql]),
    await place.run(["ingest", "--file", file, "--set", `${symbol}=1`]),
  ];
  for (const { out, err } of results) {
    // deno-lint-ignore no-control-regex
    assert(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(out + err), out + err);
  }
  assertEquals(results.map(({ code }) => code), [0, 0, 0, 2]);
  assert(results[1]?.out.includes("A\\u001b[31mB"), results[1]?.out);
  assertEquals(JSON.parse(results[2]?.out ?? ""), [{ symbol }]);
});
