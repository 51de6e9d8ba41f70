import { BlobServiceClient } from "@azure/storage-blob";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Kafka as KafkaClient, logLevel } from "kafkajs";
import { Client } from "minio";
import { answers } from "services/kit/ports.ts";
import { BUCKETS } from "services/kit/s3.ts";
import {
  type Kafka,
  startAzurite,
  startKafka,
  startMinio,
  startPostgres,
  startRegistry,
  startService,
  startSnowflake,
} from "services/mod.ts";
import { until } from "./cli.ts";

Deno.test("kafka answers, and takes the settings and the ports given", async () => {
  await using proxy = new Forwarder();
  await using kafka = await startKafka({
    properties: { "log.retention.ms": 123_456 },
    advertised: (_node, port) => proxy.open(port),
  });
  assertEquals(kafka.brokers, [`127.0.0.1:${proxy.port}`]);
  const admin = adminOf({ brokers: [...kafka.brokers] });
  await admin.connect();
  const { brokers } = await admin.describeCluster();
  assertEquals(brokers.map(({ host, port }) => `${host}:${port}`), kafka.brokers);
  await admin.disconnect();
  const settings = Deno.readTextFileSync(`${kafka.logFolder}/../node-1.properties`);
  assertMatch(settings, /^log\.retention\.ms=123456$/m);
});

Deno.test("kafka secure: passwords by three mechanisms, encryption alone, and no wrong password", async () => {
  await using kafka = await startKafka({ secure: true });
  const { TICKHOUSE_KAFKA_BROKERS = "", TICKHOUSE_KAFKA_PASSWORD = "" } = kafka.variables;
  assertEquals(TICKHOUSE_KAFKA_BROKERS, kafka.saslBrokers.join());
  for (const mechanism of ["plain", "scram-sha-256", "scram-sha-512"] as const) {
    assertEquals(await logIn(kafka, mechanism, TICKHOUSE_KAFKA_PASSWORD), 1);
  }
  await assertRejects(() => logIn(kafka, "scram-sha-512", "wrong"), Error, "Authentication");
  const admin = adminOf({ brokers: [...kafka.sslBrokers], ssl: trust(kafka) });
  await admin.connect();
  assertEquals(await admin.listTopics(), []);
  await admin.disconnect();
});

for (const name of ["minio", "versitygw"] as const) {
  Deno.test(`${name} has its buckets, and keeps an object when killed and started again`, async () => {
    await using store = await startService(name);
    const { TICKHOUSE_S3_ACCESS_KEY = "", TICKHOUSE_S3_SECRET_KEY = "" } = store.variables;
    const client = new Client({
      endPoint: "127.0.0.1",
      port: store.port,
      useSSL: false,
      accessKey: TICKHOUSE_S3_ACCESS_KEY,
      secretKey: TICKHOUSE_S3_SECRET_KEY,
      region: "us-east-1",
    });
    const names = (await client.listBuckets()).map((bucket) => bucket.name);
    assertEquals(names.sort(), [...BUCKETS].sort());
    await client.putObject("raw", "a/b", "bytes");
    await store.kill();
    assertEquals(store.pids, []);
    await store.start();
    assertEquals(await new Response(await streamOf(client, "a/b")).text(), "bytes");
  });
}

Deno.test("minio paused answers nobody, and goes on when resumed", async () => {
  await using minio = await startMinio();
  const health = `${minio.endpoint}/minio/health/live`;
  minio.pause();
  // Its threads stop one after the other.
  await until(async () => !await answers(health, 300));
  minio.resume();
  const response = await fetch(health);
  await response.body?.cancel();
  assertEquals(response.status, 200);
});

Deno.test("azurite has its containers", async () => {
  await using azurite = await startAzurite();
  const { TICKHOUSE_AZURE_CONNECTION = "" } = azurite.variables;
  const client = BlobServiceClient.fromConnectionString(TICKHOUSE_AZURE_CONNECTION);
  const names = await Array.fromAsync(client.listContainers(), ({ name }) => name);
  assertEquals(names.sort(), [...BUCKETS].sort());
});

Deno.test("registry speaks Confluent's protocol", async () => {
  await using registry = await startRegistry();
  const { TICKHOUSE_REGISTRY_URL = "" } = registry.variables;
  const subjects = () => fetch(`${TICKHOUSE_REGISTRY_URL}/subjects`).then((reply) => reply.json());
  assertEquals(await subjects(), []);
  const posted = await fetch(`${TICKHOUSE_REGISTRY_URL}/subjects/ticks-value/versions`, {
    method: "POST",
    headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
    body: JSON.stringify({ schema: '"string"' }),
  });
  assertEquals(typeof (await posted.json()).id, "number");
  assertEquals(await subjects(), ["ticks-value"]);
});

Deno.test("postgres answers psql", async () => {
  await using postgres = await startPostgres();
  const { success, stdout } = await new Deno.Command("psql", {
    args: ["-X", "-A", "-t", "-c", "select current_user, current_database()"],
    env: { ...postgres.variables },
  }).output();
  assertEquals([success, new TextDecoder().decode(stdout)], [true, "tickhouse|tickhouse\n"]);
});

Deno.test("snowflake lets in who has the password, and answers a query", async () => {
  await using snowflake = await startSnowflake();
  const { TICKHOUSE_SNOWFLAKE_URL = "", TICKHOUSE_SNOWFLAKE_PASSWORD = "" } = snowflake.variables;
  const post = async (path: string, body: unknown, token = "") => {
    const reply = await fetch(TICKHOUSE_SNOWFLAKE_URL + path, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Snowflake Token="${token}"` },
      body: JSON.stringify(body),
    });
    return await reply.json();
  };
  const logIn = (PASSWORD: string) =>
    post("/session/v1/login-request?databaseName=tickhouse", {
      data: { LOGIN_NAME: "tickhouse", PASSWORD, ACCOUNT_NAME: "standin" },
    });
  assertEquals((await logIn("wrong")).code, "390100");
  const { data } = await logIn(TICKHOUSE_SNOWFLAKE_PASSWORD);
  const answer = await post("/queries/v1/query-request", { sqlText: "select 1" }, data.token);
  assertEquals(answer.data.rowset, [["1"]]);
});

type Options = ConstructorParameters<typeof KafkaClient>[0];

function adminOf(options: Options) {
  const retry = { retries: 0 };
  return new KafkaClient({ ...options, retry, logLevel: logLevel.NOTHING }).admin();
}

function trust(kafka: Kafka) {
  return { ca: [Deno.readTextFileSync(kafka.variables["TICKHOUSE_KAFKA_CA"] ?? "")] };
}

/** The number of brokers, as one sees who has logged in. */
async function logIn(
  kafka: Kafka,
  mechanism: "plain" | "scram-sha-256" | "scram-sha-512",
  password: string,
): Promise<number> {
  const username = kafka.variables["TICKHOUSE_KAFKA_USERNAME"] ?? "";
  // Each mechanism has a type of its own there.
  const sasl = { mechanism, username, password } as NonNullable<Options["sasl"]>;
  const admin = adminOf({ brokers: [...kafka.saslBrokers], ssl: trust(kafka), sasl });
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length;
  } finally {
    await admin.disconnect();
  }
}

async function streamOf(client: Client, key: string): Promise<ReadableStream> {
  const object = await client.getObject("raw", key);
  return ReadableStream.from(object);
}

/** Passes connections on to a port: what a proxy of a test does, without its faults. */
class Forwarder implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  #running: Promise<unknown> = Promise.resolve();

  readonly port = this.#listener.addr.transport === "tcp" ? this.#listener.addr.port : 0;

  open(target: number): number {
    this.#running = this.#serve(target);
    return this.port;
  }

  async #serve(port: number): Promise<void> {
    const pipes: Promise<unknown>[] = [];
    for await (const inner of this.#listener) {
      const outer = await Deno.connect({ hostname: "127.0.0.1", port });
      const both = [inner.readable.pipeTo(outer.writable), outer.readable.pipeTo(inner.writable)];
      pipes.push(Promise.allSettled(both));
    }
    await Promise.all(pipes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#running;
  }
}
