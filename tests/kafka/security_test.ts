import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { type Kafka, startKafka } from "services/mod.ts";
import { KafkaBroker, type KafkaBrokerOptions } from "tickhouse/broker/kafka/kafka.ts";
import type { KafkaMechanism } from "tickhouse/broker/kafka/options.ts";
import { Packed } from "tickhouse/batch.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { TempFolder, texts } from "tickhouse/testing.ts";
import { freshPrefix, sharedKafka } from "./rig.ts";

const kafka = sharedKafka(() => startKafka({ secure: true }));
const CLIENTS = ["platformatic", "kafkajs"] as const;

function password({ variables }: Kafka): string {
  return variables["TICKHOUSE_KAFKA_PASSWORD"] ?? "";
}

function sasl(service: Kafka, mechanism: KafkaMechanism): KafkaBrokerOptions {
  return {
    brokers: service.saslBrokers,
    security: "SASL_SSL",
    mechanism,
    username: service.variables["TICKHOUSE_KAFKA_USERNAME"] ?? "",
    password: password(service),
    caPath: service.variables["TICKHOUSE_KAFKA_CA"] ?? "",
    prefix: freshPrefix(),
  };
}

async function ssl(): Promise<KafkaBrokerOptions> {
  const { sslBrokers, variables } = await kafka();
  const caPath = variables["TICKHOUSE_KAFKA_CA"] ?? "";
  return { brokers: sslBrokers, security: "SSL", caPath, prefix: freshPrefix() };
}

/** All that a broker does: make, append with and without a cursor, read, consume. */
async function exercise(options: KafkaBrokerOptions): Promise<void> {
  await using broker = await KafkaBroker.open(options);
  await broker.createTopic({ name: "t", partitions: 1 });
  await broker.produce("t", [{ key: "k", values: Packed.from(["1"]) }]);
  const cursor = { source: "s", state: "2" };
  await broker.produce("t", [{ key: "k", values: Packed.from(["2"]) }], cursor);
  assertEquals(await broker.cursor("s"), "2");
  const position = () => Promise.resolve(0);
  await using consumer = await broker.consumer({ group: "g", topic: "t", position });
  const seen: string[] = [];
  for (let tries = 0; tries < 20 && seen.length < 2; tries++) {
    const batches = await consumer.poll({ maxRecords: 10, waitMs: 500 });
    seen.push(...batches.flatMap(({ values }) => texts(values)));
  }
  assertEquals(seen, ["1", "2"]);
}

for (const client of CLIENTS) {
  for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
    Deno.test(`KafkaBroker (${client}): all calls over SASL_SSL with ${mechanism}`, async () => {
      await exercise({ ...sasl(await kafka(), mechanism), client });
    });
  }

  Deno.test(`KafkaBroker (${client}): all calls over SSL`, async () => {
    await exercise({ ...await ssl(), client });
  });
}

async function refusal(options: KafkaBrokerOptions): Promise<TickhouseError> {
  const error = await assertRejects(() => KafkaBroker.open(options), TickhouseError);
  return error;
}

Deno.test("KafkaBroker: open() refuses a wrong password without telling it", async () => {
  for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
    const secret = "not-the-password-7351";
    const error = await refusal({ ...sasl(await kafka(), mechanism), password: secret });
    assertEquals(error.code, "KAFKA_AUTHENTICATION");
    assertEquals([error.kind, error.field], ["terminal", "TICKHOUSE_KAFKA_PASSWORD"]);
    assert(!Deno.inspect(error, { depth: 9 }).includes(secret));
  }
});

Deno.test("KafkaBroker: open() refuses a broker whose authority it does not know", async () => {
  const { caPath: _, ...rest } = await ssl();
  const error = await refusal(rest);
  assertEquals([error.code, error.field], ["KAFKA_TLS", "TICKHOUSE_KAFKA_CA"]);
});

Deno.test("KafkaBroker: open() without encryption on a listener that has it, and the reverse", async () => {
  const { sslBrokers: brokers, brokers: plain } = await kafka();
  const { caPath = "" } = await ssl();
  const mixed: KafkaBrokerOptions[] = [
    { brokers },
    { brokers: plain, security: "SSL", caPath },
  ];
  for (const options of mixed) {
    const error = await refusal(options);
    assertEquals([error.code, error.field], ["KAFKA_TLS", "TICKHOUSE_KAFKA_SECURITY"]);
  }
});

Deno.test("KafkaBroker: open() where nobody listens names the brokers", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const brokers = [`127.0.0.1:${listener.addr.port}`];
  listener.close();
  const error = await refusal({ brokers });
  assertEquals([error.code, error.field], ["KAFKA_UNREACHABLE", "TICKHOUSE_KAFKA_BROKERS"]);
  assert(error.message.includes(brokers[0] ?? "-"), error.message);
});

Deno.test("KafkaBroker: open() refuses settings that can't be", async () => {
  using folder = new TempFolder();
  const brokers = ["127.0.0.1:9092"];
  const wrong: [KafkaBrokerOptions, string][] = [
    [{ brokers: [] }, "TICKHOUSE_KAFKA_BROKERS"],
    [{ brokers: ["localhost"] }, "TICKHOUSE_KAFKA_BROKERS"],
    [{ brokers: ["http://localhost:9092"] }, "TICKHOUSE_KAFKA_BROKERS"],
    [{ brokers, security: "SASL_SSL", password: "p" }, "TICKHOUSE_KAFKA_USERNAME"],
    [{ brokers, security: "SASL_SSL", username: "u" }, "TICKHOUSE_KAFKA_PASSWORD"],
    [{ brokers, security: "SSL", caPath: join(folder.path, "none.pem") }, "TICKHOUSE_KAFKA_CA"],
  ];
  for (const [options, field] of wrong) {
    const error = await refusal(options);
    assertEquals([error.code, error.field], ["CONFIG_INVALID", field]);
  }
});
