/** What the tests on real Kafka share. @module */
import { type Kafka, startKafka } from "services/mod.ts";
import { KafkaBroker, type KafkaBrokerOptions } from "tickhouse/broker/kafka/kafka.ts";
import type { BrokerUnderTest } from "tickhouse/broker/conformance.ts";

let count = 0;

/** A name of its own for each test on a shared cluster. */
export function freshPrefix(): string {
  return `t${++count}-${crypto.randomUUID().slice(0, 8)}.`;
}

/** One cluster for all tests of a file: started by the first, ended when the file's tests end. */
export function sharedKafka(start = () => startKafka()): () => Promise<Kafka> {
  let kafka: Promise<Kafka> | undefined;
  Deno.test.afterAll(async () => {
    await (await kafka)?.[Symbol.asyncDispose]();
  });
  return () => kafka ??= start();
}

/** A broker of a fresh namespace, and more clients of the same. */
export async function freshBroker(
  kafka: Kafka,
  options: Partial<KafkaBrokerOptions> = {},
): Promise<BrokerUnderTest & { readonly broker: KafkaBroker; open(): Promise<KafkaBroker> }> {
  const all = { brokers: kafka.brokers, prefix: freshPrefix(), ...options };
  const broker = await KafkaBroker.open(all);
  return {
    broker,
    open: () => KafkaBroker.open(all),
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}
