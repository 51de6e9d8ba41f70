import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { TickhouseError } from "../../errors.ts";
import { AzureStore } from "../azure/azure.ts";
import { S3Bucket } from "./bucket.ts";
import { S3Store } from "./s3.ts";

const KEYS = { bucket: "raw", accessKey: "user", secretKey: "password" };

/** The first request of a store whose host is not on this machine, and so can't be asked. */
async function firstRequest(options: { pathStyle?: boolean; region?: string }): Promise<Request> {
  const { fetch } = globalThis;
  const asked = Promise.withResolvers<Request>();
  globalThis.fetch = (input, init) => {
    asked.resolve(new Request(input, init));
    return Promise.resolve(new Response(null, { status: 412 }));
  };
  try {
    await using _ = await S3Store.open({ ...KEYS, ...options, endpoint: "http://store:9000" });
    return await asked.promise;
  } finally {
    globalThis.fetch = fetch;
  }
}

Deno.test("S3Store names the bucket in the path, or in the host", async () => {
  assertEquals((await firstRequest({})).url, "http://store:9000/raw/.tickhouse");
  const inHost = await firstRequest({ pathStyle: false, region: "eu-central-1" });
  assertEquals(inHost.url, "http://raw.store:9000/.tickhouse");
  assert(inHost.headers.get("authorization")?.includes("/eu-central-1/s3/"));
  assertEquals(inHost.headers.get("if-none-match"), "*");
});

Deno.test("S3Store says which permission is missing", async () => {
  // Loopback too, but not allowed unless everything is.
  const endpoint = "http://127.0.0.2:19099";
  const { state } = await Deno.permissions.query({ name: "net", host: "127.0.0.2:19099" });
  const open = () => S3Store.open({ ...KEYS, endpoint, attemptsMax: 1 });
  const error = await assertRejects(open, TickhouseError);
  if (state === "granted") assertEquals(error.code, "STORE_UNAVAILABLE");
  else assert(error.message.includes("--allow-net=127.0.0.2:19099"), error.message);
});

Deno.test("S3Store is Amazon's of the region without an endpoint", () => {
  for (const [region, host] of [["eu-west-1", "com"], ["cn-north-1", "com.cn"]]) {
    using bucket = new S3Bucket({ ...KEYS, region: region ?? "" });
    const { message } = bucket.error(new Error("x"));
    assert(message.includes(`https://s3.${region}.amazonaws.${host}`), message);
  }
});

Deno.test("S3Store refuses an endpoint that is no server's URL, and shows no password of it", () => {
  const bad = ["store:9000", "ftp://store", "http://store/path", "http://user:hidden@store", ""];
  for (const endpoint of bad) {
    const error = assertThrows(() => new S3Bucket({ ...KEYS, endpoint }), TickhouseError);
    assertEquals([error.code, error.field], ["CONFIG_INVALID", "TICKHOUSE_S3_ENDPOINT"], endpoint);
    assert(!error.message.includes("hidden"));
  }
});

Deno.test("AzureStore refuses what is no connection string, and does not show it", async () => {
  const bad = ["", "AccountKey=hidden", "DefaultEndpointsProtocol=https;AccountKey=hidden;"];
  for (const connectionString of bad) {
    const open = () => AzureStore.open({ connectionString, container: "raw" });
    const error = await assertRejects(open, TickhouseError);
    assertEquals([error.code, error.field], ["CONFIG_INVALID", "TICKHOUSE_AZURE_CONNECTION"]);
    assert(!Deno.inspect(error).includes("hidden"));
  }
});

Deno.test("S3Store and AzureStore refuse a prefix that is no key", async () => {
  const options = { ...KEYS, endpoint: "http://127.0.0.1:1", prefix: "../up/" };
  const error = await assertRejects(() => S3Store.open(options), TickhouseError);
  assertEquals(error.code, "KEY_INVALID");
});
